"""Previews of one image as training and as serving read it, from settings alone: no model or finished export is
needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy.typing as npt

from workbench.core.export.frozen_preprocess import (
    FrozenSession,
    channels_of,
    geometry_of,
    geometry_session,
    values_session,
)
from workbench.core.instances.error_diagnosis import explain
from workbench.core.instances.folder_walk import walk
from workbench.core.instances.image_instances import read_image
from workbench.core.predict.input_preview import preview
from workbench.core.predict.pixel_difference import difference
from workbench.core.training.image_reading import read_one
from workbench.core.training.opencv_reading import check_installed
from workbench.core.training.skimage_reading import check_skimage
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess, check_alpha, check_channels, check_fit, check_opencv
from workbench.spec.reading_preview import PixelDifference, ReaderPreview, ReadingPreview
from workbench.spec.resources import resource
from workbench.spec.row_summary import InputPreview
from workbench.spec.step_rules import check_steps

Array = npt.NDArray[Any]

KEPT: Final = 8
"""Maximum number of graphs kept, since users go back and forth between settings. Each takes some hundred kilobytes."""


class _Side(NamedTuple):
    """The array that training or serving makes of the image, or the error."""

    pixels: Array | None = None
    seen: InputPreview | None = None
    error: ErrorInfo | None = None


class ReadingInspector:
    """Reads an image by the library of training and by the graph; the graphs used last are kept."""

    def __init__(self) -> None:
        self._graphs: OrderedDict[tuple[bytes, TensorFacts], FrozenSession] = OrderedDict()

    def look(
        self, source: Path, settings: Preprocess, trained: Preprocess, tensor: TensorFacts, folder: Path
    ) -> ReadingPreview:
        """The two readings as PNGs in `folder`: serving's by `settings`, training's by `trained`.

        What one of the two cannot read is its error. Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE.
        """
        data = read_image(str(source))
        training = _side("training", lambda: read_by_library(data, trained, channels_of(tensor)), trained, folder)
        serving = _side("serving", lambda: self._serving(data, settings, tensor), settings, folder)
        apart, error = _apart(serving.pixels, training.pixels, settings, folder)
        return ReadingPreview(
            source=str(source),
            training=training.seen,
            serving=serving.seen,
            difference=apart,
            training_error=training.error,
            serving_error=serving.error,
            difference_error=error,
        )

    def _serving(self, data: bytes, settings: Preprocess, tensor: TensorFacts) -> Array:
        """Raises `WorkbenchError` as `preprocess_function`, or with what is wrong with an image that is rejected."""
        with closing(values_session(settings, tensor)) as values:  # Not kept: its files of numbers may change.
            levels = self._levels(data, settings, tensor)
            pixels: Array = values.run(levels)[0]
        return pixels

    def _levels(self, data: bytes, settings: Preprocess, tensor: TensorFacts) -> Array:
        try:
            return self._graph(geometry_of(settings), tensor).run([data])
        except WorkbenchError as err:
            if err.code != "RUN_FAILED":
                raise
            found = explain(data, "", err.message)
            raise WorkbenchError(found.code, found.message, hint=found.hint) from err

    def _graph(self, geometry: Preprocess, tensor: TensorFacts) -> FrozenSession:
        key = (msgspec.json.encode(geometry), tensor)
        graph = self._graphs.get(key) or geometry_session(geometry, tensor)
        self._graphs[key] = graph
        self._graphs.move_to_end(key)
        while len(self._graphs) > KEPT:
            self._graphs.popitem(last=False)[1].close()
        return graph


def compare_readers(
    source: Path, settings: Preprocess, readers: Sequence[str], tensor: TensorFacts, folder: Path
) -> Iterator[ReaderPreview]:
    """What each reader's own library makes of an image, beside what that of `settings` does; PNGs in `folder`.

    Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE.
    """
    data, channels = read_image(str(source)), channels_of(tensor)
    chosen = _side("", lambda: read_by_library(data, settings, channels), settings, folder)
    for reader in readers:
        other = msgspec.structs.replace(settings, reader=reader)
        side = _side("", lambda other=other: read_by_library(data, other, channels), other, folder)  # type: ignore[misc]
        apart, error = _apart(side.pixels, chosen.pixels, settings, folder)
        yield ReaderPreview(reader, side.seen, apart, side.error or error)


def read_by_library(data: bytes, settings: Preprocess, channels: int) -> Array:
    """An encoded image as training gave it to the network, by the libraries that training used.

    Raises `WorkbenchError` NO_OPENCV, OTHER_OPENCV or NO_SKIMAGE where they are not installed, NOT_READ, and as the
    checks of the settings do.
    """
    for check in (check_fit, check_opencv, check_installed, check_skimage):
        check(settings)
    check_alpha(settings, channels)
    check_channels(settings, channels)
    check_steps(settings, channels)
    return read_one(data, settings, channels)


def first_image(sources: Iterable[str]) -> Path:
    """The first file that is there, or first image in a folder, of the places named; else the built-in photograph."""
    for source in sources:
        path = Path(source)
        if path.is_file():
            return path
        if path.is_dir():
            for name in walk(str(path)):
                return Path(name)
    return resource("photo.jpg")


def _side(name: str, read: Callable[[], Array], settings: Preprocess, folder: Path) -> _Side:
    try:
        pixels = read()
    except WorkbenchError as err:
        return _Side(error=err.info())
    return _Side(pixels, preview(name, pixels, settings, folder))


def _apart(
    one: Array | None, other: Array | None, settings: Preprocess, folder: Path
) -> tuple[PixelDifference | None, ErrorInfo | None]:
    """The difference, where there are two to compare."""
    if one is None or other is None:
        return None, None
    try:
        return difference(one, other, settings, folder), None
    except WorkbenchError as err:
        return None, err.info()
