"""Tries ways to read labelled images on a model: how many are right by each, and how sure it is of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.progress import Report
from workbench.core.training.log_loss import log_loss
from workbench.core.training.pixel_scaling import as_input
from workbench.core.training.shared_reading import Levels, Unread, portions, read_ways
from workbench.core.training.ways import Way
from workbench.spec.model import Progress

Array = npt.NDArray[Any]
Scores = Callable[[Array, Sequence[int]], Array]
"""Runs a model: input `(n, height, width, channels)` and the indices of its images, to scores `(n, classes)`."""


class LabelledImage(msgspec.Struct, frozen=True):
    """An encoded image and the index of its class among the scores."""

    data: bytes
    truth: int


class Judged(msgspec.Struct, frozen=True):
    """A way to read images, the images predicted correctly with it, and its loss: the mean of -log of the true class's
    score."""

    way: Way
    right: int
    loss: float


class LabelTrial:
    """Runs the model on images read in several ways. The pixels are read once per geometry and reused for every scale
    and channel order."""

    def __init__(self, images: Sequence[LabelledImage], scores: Scores, channels: int, report: Report) -> None:
        self.unread = Unread()
        self.count = 0
        self._answered = 0
        self._images = images
        self._scores = scores
        self._channels = channels
        self._report = report

    @property
    def why(self) -> str:
        """Why a reader could not read the images; empty if it read all of them."""
        return next(iter(self.unread.reasons.values()), "")

    def tried(self, places: Sequence[int], ways: Iterable[Way]) -> list[Judged]:
        """Each way that could read every image, evaluated on all of these images."""
        by_pixels: dict[Way, list[Way]] = {}
        for way in dict.fromkeys(ways):
            by_pixels.setdefault(way.plain, []).append(way)
        scores: dict[Way, list[Array]] = {}
        failed: set[Way] = set()
        for portion in portions([self._images[n].data for n in places]):
            rows = [places[n] for n in portion]
            left = [way for way in by_pixels if way not in failed]
            for levels in read_ways([self._images[n].data for n in rows], left, self._channels):
                if not self.unread.note(levels):
                    failed.add(levels.way)
                    continue
                for way in by_pixels[levels.way]:
                    scores.setdefault(way, []).extend(self._answers(levels, way, rows))
        self.count += len(scores)
        truth = np.array([self._images[n].truth for n in places])
        whole = {way: two_classes(np.stack(parts)) for way, parts in scores.items() if way.plain not in failed}
        return [Judged(way, int((one.argmax(-1) == truth).sum()), log_loss(one, truth)) for way, one in whole.items()]

    def _answers(self, levels: Levels, way: Way, rows: Sequence[int]) -> list[Array]:
        """The scores of each image read in one way."""
        self._answered += 1
        self._report(Progress("Trying settings", self._answered))
        found: dict[int, Array] = {}
        for batch, pixels in levels.batches():
            scores = self._scores(as_input(pixels, way.settings), [rows[n] for n in batch])
            found |= dict(zip(batch, scores, strict=True))
        return [found[n] for n in range(len(rows))]


def two_classes(scores: Array) -> Array:
    """Scores `(n, classes)`; a single score becomes the shares of no and yes, a logit after a sigmoid."""
    flat = scores.reshape(len(scores), -1)
    if flat.shape[1] != 1:
        return flat
    yes = flat if flat.min() >= 0 and flat.max() <= 1 else 1 / (1 + np.exp(-flat.astype("float64")))
    return np.concatenate([1 - yes, yes], axis=1)
