"""Pixel differences between training input and serving input, in pixel values (0-255)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.reference_worker import NOT_READ
from workbench.core.check.sample import SampleImage
from workbench.core.training.expected_reply import ExpectedReply, distances
from workbench.core.training.pixel_scaling import straight
from workbench.core.training.seen_arrays import seen_arrays
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed
from workbench.spec.preprocess import Preprocess

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]
Ready = Sequence[tuple[SampleImage, Mapping[str, Any]]]

WORST: Final = 8
"""Images whose pixels are kept for evidence, and for trying other readers."""


class PixelSkew(msgspec.Struct, frozen=True):
    """One image: mean and largest difference in pixel values (0-255), and the effect on scores and top-1 class."""

    mean: float
    largest: float
    shift: float
    flips: bool


class WorstPixels(msgspec.Struct, frozen=True):
    """One of the most skewed images: its bytes, its training pixels and its serving pixels."""

    item: SampleImage
    data: bytes
    training: Array
    serving: Array
    skew: PixelSkew


class TrainingPixels:
    """The training path over all images.

    The constructor raises `WorkbenchError` for unusable settings (BAD_READER ...) and for a `check.seen` file that
    cannot be read (BAD_SEEN).
    """

    def __init__(self, subject: GateSubject) -> None:
        self._subject = subject
        self._pictures = subject.pictures
        self._settings = [subject.trained(picture) for picture in self._pictures]
        self._seen = seen_arrays(subject.base / subject.project.check.seen) if subject.project.check.seen else {}
        self._worst: list[tuple[float, int, WorstPixels]] = []
        self._count = 0

    def worst(self) -> tuple[WorstPixels, ...]:
        """The images with the largest mean difference, in descending order."""
        return tuple(kept for _, _, kept in sorted(self._worst, key=lambda entry: (-entry[0], -entry[1])))

    def skews(
        self,
        ready: Ready,
        pixels: Mapping[str, Array],
        model: Callable[[Mapping[str, Array]], ExpectedReply],
        expected: ExpectedReply,
    ) -> list[PixelSkew | None]:
        """One per row; `None` if the training path cannot read the image, or if the model has no image input."""
        if not self._pictures:
            return [None] * len(ready)
        read = [self._read(p, s, ready, pixels) for p, s in zip(self._pictures, self._settings, strict=True)]
        rows = [n for n in range(len(ready)) if all(r[n] is not None for r in read)]
        found: list[PixelSkew | None] = [None] * len(ready)
        if not rows:
            return found
        training = {p.alias: _filled(r, pixels[p.alias]) for p, r in zip(self._pictures, read, strict=True)}
        apart = [self._levels(p, s, training, pixels) for p, s in zip(self._pictures, self._settings, strict=True)]
        shifts, flips = self._effect(training, pixels, model, expected)
        for n in rows:
            means, largest = ([float(f(a[n])) for a in apart] for f in (np.mean, np.max))
            found[n] = PixelSkew(max(means), max(largest), float(shifts[n]), bool(flips[n]))
            self._keep(ready[n], training, pixels, n, found[n])
        return found

    def _read(
        self, picture: ImageFeed, settings: Preprocess, ready: Ready, pixels: Mapping[str, Array]
    ) -> list[Array | None]:
        """Training's pixels of one image input for each instance."""
        known = [self._recorded(item, picture, pixels[picture.alias].shape[1:]) for item, _ in ready]
        rest = [n for n, array in enumerate(known) if array is None]
        read, given = self._subject.reference.read, [ready[n][1][picture.alias] for n in rest]
        made = read_each(read, given, settings, channels_of(picture))
        for n, array in zip(rest, made, strict=True):
            known[n] = array
        return known

    def _recorded(self, item: SampleImage, picture: ImageFeed, wanted: tuple[int, ...]) -> Array | None:
        """The array that training's own code made of this file, if the user supplied it."""
        array = self._seen.get(Path(item.source).name)
        if array is None or picture is not self._pictures[0]:
            return None
        if array.shape != wanted:
            text = f"The array '{Path(item.source).name}' has the shape {list(array.shape)}, not {list(wanted)}."
            raise WorkbenchError("BAD_SEEN", text, where=self._subject.project.check.seen)
        return array

    @staticmethod
    def _levels(
        picture: ImageFeed, settings: Preprocess, training: Mapping[str, Array], pixels: Mapping[str, Array]
    ) -> Array:
        ours, theirs = pixels[picture.alias].astype("float64"), training[picture.alias].astype("float64")
        found: Array = np.abs(ours - theirs) * straight(settings, ours.shape[-1]).unit
        return found

    def _effect(
        self,
        training: Mapping[str, Array],
        pixels: Mapping[str, Array],
        model: Callable[[Mapping[str, Array]], ExpectedReply],
        expected: ExpectedReply,
    ) -> tuple[Array, Array]:
        """The largest change of any score, and whether the top-1 class changes; identical pixels are not predicted
        again."""
        count = len(next(iter(pixels.values())))
        if all(np.array_equal(training[a], pixels[a]) for a in training):
            return np.zeros(count), np.zeros(count, bool)
        given = {a: training[a].astype(pixels[a].dtype) for a in training}
        meant = model({**pixels, **given})
        shifts = np.max([distances(meant.outputs[n], values) for n, values in expected.outputs.items()], axis=0)
        ours, theirs = expected.class_scores(), meant.class_scores()
        flips = np.zeros(count, bool) if ours is None or theirs is None else ours.argmax(-1) != theirs.argmax(-1)
        return shifts, flips

    def _keep(
        self,
        one: tuple[SampleImage, Mapping[str, Any]],
        training: Mapping[str, Array],
        pixels: Mapping[str, Array],
        n: int,
        skew: Any,
    ) -> None:
        alias = self._pictures[0].alias
        item, instance = one
        self._count += 1
        entry = (
            skew.mean,
            -self._count,
            WorstPixels(item, instance[alias], training[alias][n], pixels[alias][n], skew),
        )
        if len(self._worst) < WORST:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)


def _filled(read: Sequence[Array | None], pixels: Array) -> Array:
    """Training's pixels, with the export's own for rows that training could not read; those are omitted later."""
    return np.stack([pixels[n] if array is None else array for n, array in enumerate(read)])


def channels_of(picture: ImageFeed) -> int:
    """The channels of a model input; 3 if they are open."""
    return (picture.tensor.shape or (None,) * 4)[3] or 3


Read = Callable[[Sequence[bytes], Preprocess, int], Array]
"""The training path: encoded images, settings and channels to pixels `(n, height, width, channels)`."""


def read_each(read: Read, images: Sequence[bytes], settings: Preprocess, channels: int) -> list[Array | None]:
    """The training path's pixels of each image; `None` for one that it cannot read.

    Raises `WorkbenchError` KERAS_FAILED if the process that reads has ended; `CancelledError`.
    """
    if not images:
        return []
    try:
        return list(read(images, settings, channels))
    except WorkbenchError as err:
        if err.code != NOT_READ:
            raise
        if len(images) == 1:
            return [None]
    half = len(images) // 2
    return read_each(read, images[:half], settings, channels) + read_each(read, images[half:], settings, channels)
