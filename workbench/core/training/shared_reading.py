"""Reads images in many ways and decodes each only once for all ways that decode alike, since decoding dominates a
search."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.core.training.image_headers import pixel_size
from workbench.core.training.image_reading import decoded, placed, read_levels, together
from workbench.core.training.ways import GREY, Way
from workbench.spec.errors import WorkbenchError

Array = npt.NDArray[Any]
_T = TypeVar("_T")

_THREADS: Final = 2
"""Threads: decoders and resizes release Python's lock; the machines measured have two cores."""

AT_ONCE: Final = 100_000_000
"""Maximum pixels of the images decoded at once: 300 MB."""

MOST_AT_ONCE: Final = 64
"""Maximum number of images read at once, however small they are."""


def portions(images: Sequence[bytes]) -> list[list[int]]:
    """The indices of the images to read at once."""
    found: list[list[int]] = []
    pixels = 0
    for place, (height, width) in enumerate(map(pixel_size, images)):
        pixels += height * width
        if not found or pixels > AT_ONCE or len(found[-1]) >= MOST_AT_ONCE:
            found.append([])
            pixels = height * width
        found[-1].append(place)
    return found


class Levels:
    """The pixels of some images read in one way: RGB pixel values (0-255), an array `(h, w, channels)` each.

    `failed` is what the library said where it could not read one of them.
    """

    def __init__(self, way: Way, images: Sequence[Array], failed: str = "") -> None:
        self.way = way
        self.images = images
        self.failed = failed

    def batches(self) -> Iterator[tuple[list[int], Array]]:
        """The indices of the images in one array, and the array `(n, h, w, channels)`."""
        for rows in together(len(self.images), self.way.settings):
            yield rows, np.stack([self.images[n] for n in rows])


def read_ways(images: Sequence[bytes], ways: Iterable[Way], channels: int) -> Iterator[Levels]:
    """The images read in each way, before the order of channels and the values; alike decoding is done once.

    All images are decoded at once: `portions` says how many are good.
    """
    tensorflow()  # Before Keras imports it, so that its start-up chatter stays off stderr.
    groups: dict[Hashable, list[Way]] = {}
    for way in dict.fromkeys(way.plain for way in ways):
        groups.setdefault(_decoding(way), []).append(way)
    with ThreadPoolExecutor(_THREADS) as pool:
        for group in groups.values():
            pixels = list(
                pool.map(lambda data, way=group[0]: _tried(lambda: decoded(data, way.settings, channels)), images)
            )
            for way in group:
                yield _levels(way, list(pool.map(lambda one, way=way: _place(one, way, channels), pixels)))


def _decoding(way: Way) -> Hashable:
    """Ways with the same one share their decoded images."""
    reader = way.library
    grey = GREY in way.geometry
    return reader.library, way.turns, grey, way.grey if reader.family == "cv2" else "", way.settings.dct


def _decode(data: bytes, way: Way, channels: int) -> Array | str:
    return _tried(lambda: decoded(data, way.settings, channels))


def _place(image: Array | str, way: Way, channels: int) -> Array | str:
    return image if isinstance(image, str) else _tried(lambda: placed(image, way.settings, channels))


def _tried(read: Callable[[], _T]) -> _T | str:
    """The pixels, or the library's error."""
    try:
        return read()
    except Exception as err:  # noqa: BLE001 - each library raises errors of its own for what it cannot read
        return said(err)


def _levels(way: Way, found: Sequence[Array | str]) -> Levels:
    failed = next((one for one in found if isinstance(one, str)), "")
    return Levels(way, [one for one in found if not isinstance(one, str)], failed)


def said(err: Exception) -> str:
    """The text of a library's error for an image or settings it cannot read; each library raises errors of its own."""
    if isinstance(err, WorkbenchError):
        return err.message
    return " ".join(str(err).split())[:200] or type(err).__name__


def read_whole(images: Sequence[bytes], way: Way, channels: int) -> Levels:
    """The images read by the library's own complete function, as training and the gate do; reported residuals are
    computed from these."""
    tensorflow()  # Before Keras imports it, so that its start-up chatter stays off stderr.
    found: dict[int, Array] = {}
    for rows in together(len(images), way.settings):
        read = _tried(partial(read_levels, [images[n] for n in rows], way.plain.settings, channels))
        if isinstance(read, str):
            return Levels(way.plain, [], read)
        found |= dict(zip(rows, np.asarray(read, "float32"), strict=True))
    return Levels(way.plain, [found[n] for n in range(len(images))])


class Unread:
    """Readers that could not read the images in any way, each with the reason."""

    def __init__(self) -> None:
        self._failed: dict[str, str] = {}
        self._read: set[str] = set()

    def note(self, levels: Levels) -> bool:
        """Whether the images could be read this way; the reason is kept if not."""
        if levels.failed:
            self._failed.setdefault(levels.way.reader, levels.failed)
        else:
            self._read.add(levels.way.reader)
        return not levels.failed

    @property
    def reasons(self) -> Mapping[str, str]:
        """The reasons by reader."""
        return {reader: why for reader, why in self._failed.items() if reader not in self._read}
