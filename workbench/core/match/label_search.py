"""Finds how training read images from labelled ones: the way by which the model gets most of them right, and is surest.

In stages: every order of channels and scale with the project's own reader on a few images, then every reader and fit
with the best of these, then the best of all on all images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.match.candidates import framings, other_readers, plainly_said, read_way, scalings
from workbench.core.progress import Report, silent
from workbench.core.training.image_reading import together
from workbench.core.training.log_loss import log_loss
from workbench.core.training.pixel_scaling import as_input
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.preprocess import AS_READ, Colour, Preprocess
from workbench.spec.reading_match import LabelMatch, LabelReading

Array = npt.NDArray[Any]
Scores = Callable[[Array], Array]
"""A model: its input `(n, height, width, channels)` to scores `(n, classes)`."""

FEW: Final = 24
"""Images on which every way is tried, spread over the classes."""

SCALES_KEPT: Final = 2
"""Orders of channels and scales that every reader and fit is tried with."""

FRAMINGS: Final = 4
"""Fits and turns, with their scales, that every reader is tried with."""

FINALISTS: Final = 5
"""Ways tried on all images."""

MOST: Final = 200
"""Images used at most: minutes of work."""

GAIN: Final = 3
"""Images more that another way has to get right, and a tenth of them: less may be chance."""


class LabelledImage(msgspec.Struct, frozen=True):
    """An encoded image and the place of its class among the scores."""

    data: bytes
    truth: int


def class_places(folders: Iterable[str], labels: Sequence[str], width: int) -> dict[str, int]:
    """The place among the scores of each class folder: by the project's labels, else as Keras numbers folders.

    Raises `WorkbenchError` BAD_LABELS where a folder is no class of the model.
    """
    names = sorted(set(folders))
    places = {name: place for place, name in enumerate(labels or (names if len(names) == width else ()))}
    places = places or {str(place): place for place in range(width)}
    strange = [name for name in names if places.get(name, width) >= width]
    if strange:
        text = f"The folder '{strange[0]}' is not one of the model's {width} classes."
        hint = "Name the folders after the project's labels, or use one folder per class in Keras' order."
        raise WorkbenchError("BAD_LABELS", text, hint=hint)
    return places


def balanced(images: Sequence[LabelledImage], count: int) -> list[LabelledImage]:
    """So many images at most, in turn from every class."""
    by_class: dict[int, list[LabelledImage]] = {}
    for image in images:
        by_class.setdefault(image.truth, []).append(image)
    longest = max((len(of_one) for of_one in by_class.values()), default=0)
    turns = [of_one[n] for n in range(longest) for of_one in by_class.values() if n < len(of_one)]
    return turns[:count]


def match_labels(
    images: Sequence[LabelledImage], scores: Scores, chosen: Preprocess, channels: int, report: Report = silent
) -> LabelMatch:
    """The ways to read the images by which the model answers best, the best first.

    `chosen` is the project's own way, whose size is kept. Raises `WorkbenchError` FEW_LABELS for images of fewer than
    two classes, NOT_READ where the project's own way cannot read them.
    """
    used, chosen = balanced(images, MOST), plainly_said(chosen)
    if len({image.truth for image in used}) < 2:
        text = "The images are of fewer than two classes: constant predictions would also be right."
        raise WorkbenchError("FEW_LABELS", text, hint="Use a folder with one folder of images per class.")
    search = _LabelSearch(scores, channels, report)
    few = balanced(used, FEW)
    first = search.tried(few, scalings(chosen, channels, (chosen.scale,)))
    if not first:
        raise WorkbenchError("NOT_READ", "The images cannot be read.", hint=next(iter(search.unread.values()), ""))
    best = _ranked(first, chosen)[:SCALES_KEPT]
    encoded = [image.data for image in used]
    framed = framings(encoded, chosen.size, chosen, channels)
    more = search.tried(few, (_with_scale(way, one.preprocess, channels) for way in framed for one in best))
    nearest = [one.preprocess for one in _ranked(more, chosen)[:FRAMINGS]]
    more += search.tried(few, other_readers([*nearest, *(one.preprocess for one in best)], encoded, channels))
    finalists = [one.preprocess for one in _ranked([*first, *more], chosen)[:FINALISTS]]
    found = search.tried(used, dict.fromkeys([*finalists, chosen]))
    return _match(_ranked(found, chosen), chosen, len(used), search)


def _with_scale(way: Preprocess, other: Preprocess, channels: int) -> Preprocess:
    """A way with the scale and the order of channels of another, whatever its reader's own order."""
    order: Colour = other.order if channels >= 3 else AS_READ
    return plainly_said(msgspec.structs.replace(way, colour=order, scale=other.scale))


def _match(found: Sequence[LabelReading], chosen: Preprocess, count: int, search: _LabelSearch) -> LabelMatch:
    own = next(one for one in found if one.preprocess == chosen)
    clear = found[0].right - own.right >= max(GAIN, count / 10)
    return LabelMatch(tuple(found), own, count, search.count, clear, search.unread)


def _ranked(found: Iterable[LabelReading], chosen: Preprocess) -> list[LabelReading]:
    """Most right first, then surest; of ways as good as each other the one that changes least. Each way once."""
    once = {one.preprocess: one for one in found}
    return sorted(once.values(), key=lambda one: (-one.right, round(one.loss, 3), _changes(one.preprocess, chosen)))


def _changes(settings: Preprocess, chosen: Preprocess) -> int:
    names = ("reader", "fit", "exif", "colour", "scale")
    return sum(getattr(settings, name) != getattr(chosen, name) for name in names)


class _LabelSearch:
    """The model on images read in several ways. Pixels are read once a geometry, whatever the scales."""

    def __init__(self, scores: Scores, channels: int, report: Report) -> None:
        self.unread: dict[str, str] = {}
        self.count = 0
        self._scores = scores
        self._channels = channels
        self._report = report

    def tried(self, images: Sequence[LabelledImage], ways: Iterable[Preprocess]) -> list[LabelReading]:
        """Each way that could read every image, judged on all of them."""
        by_geometry: dict[Preprocess, list[Preprocess]] = {}
        for way in ways:
            plain = msgspec.structs.replace(way, colour=AS_READ, scale="0..255")
            by_geometry.setdefault(plain, []).append(way)
        found = []
        for geometry, scaled in by_geometry.items():
            try:
                found += self._of_geometry(images, geometry, scaled)
            except WorkbenchError as err:
                self.unread[geometry.reader] = err.message
        return found

    def _of_geometry(
        self, images: Sequence[LabelledImage], geometry: Preprocess, ways: Sequence[Preprocess]
    ) -> list[LabelReading]:
        groups = together(len(images), geometry)
        read = [read_way([images[n].data for n in rows], geometry, self._channels) for rows in groups]
        truth = np.array([images[n].truth for rows in groups for n in rows])
        return [self._judged(read, way, truth) for way in ways]

    def _judged(self, read: Sequence[Array], way: Preprocess, truth: Array) -> LabelReading:
        self.count += 1
        self._report(Progress("Trying settings", self.count))
        scores = np.concatenate([two_classes(self._scores(as_input(levels, way))) for levels in read])
        return LabelReading(way, int((scores.argmax(-1) == truth).sum()), log_loss(scores, truth))


def two_classes(scores: Array) -> Array:
    """Scores `(n, classes)`; one score of a yes is the shares of no and yes, a logit put through a sigmoid."""
    flat = scores.reshape(len(scores), -1)
    if flat.shape[1] != 1:
        return flat
    yes = flat if flat.min() >= 0 and flat.max() <= 1 else 1 / (1 + np.exp(-flat.astype("float64")))
    return np.concatenate([1 - yes, yes], axis=1)


def labelled(paths: Mapping[str, str], places: Mapping[str, int]) -> list[LabelledImage]:
    """The images of files with the class of each, `places` by class."""
    return [LabelledImage(Path(path).read_bytes(), places[name]) for path, name in paths.items()]
