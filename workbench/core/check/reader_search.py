"""Searches for the image-loading settings that give clearly higher accuracy or confidence on labelled images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.labelled_accuracy import LabelledImages
from workbench.core.check.pixel_skew import channels_of
from workbench.core.check.reader_candidates import in_words, reading, varieties
from workbench.core.tensor_values import to_array
from workbench.core.training.image_reading import read_levels, together
from workbench.core.training.log_loss import log_loss
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess, with_reader
from workbench.spec.reader import SEARCHED

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]
Way = tuple[Preprocess, Array]
"""How images are read, and their pixels `(n, height, width, channels)`."""

GOOD: Final = 0.97
"""Accuracy from which no other image loading is tried: there is little to gain."""

TRIED: Final = 24
"""Labelled images with which other image loading is tried; each of some 17 readings predicts them all."""

GAIN: Final = 3
"""Images more that another reading must get right, and a tenth of those tried: less may be chance."""

UNSURE: Final = 0.05
"""Mean -log of the actual class's probability below which a model is as confident as after training (0.95)."""

LESS: Final = 0.5
"""Fraction of that mean which another reading must reach to be significant."""


class ReaderScore(msgspec.Struct, frozen=True):
    """One way to read the tried images: how many are right, and the mean of -log of the actual class's probability."""

    settings: Preprocess
    words: str
    right: int
    loss: float


class BetterReader(msgspec.Struct, frozen=True):
    """Another way to read the images compared with the configured one, both on the same `count` images.

    `sure` means that it gets clearly more of them right; otherwise only the confidence in the actual classes is higher.
    """

    best: ReaderScore
    chosen: ReaderScore
    count: int
    sure: bool


def settings_by_labels(subject: GateSubject, truth: LabelledImages) -> BetterReader | None:
    """Settings with clearly higher accuracy on the labelled images, or clearly higher confidence in the actual classes.

    Few images are tried, spread over the classes; none if there is nothing to gain.
    """
    if len(subject.made.image_aliases) != 1 or truth.count < 2 * GAIN:
        return None
    if truth.accuracy >= GOOD and log_loss(np.stack(list(truth.scores)), truth.truth) <= UNSURE:
        return None
    tried = np.unique(np.linspace(0, truth.count - 1, min(TRIED, truth.count)).astype(int))
    trial = _ReaderSearch(subject, truth, [int(n) for n in tried])
    best, chosen = trial.best(), trial.chosen
    if best is None:
        return None
    sure = best.right - chosen.right >= max(GAIN, len(tried) / 10)
    surer = best.right >= chosen.right and chosen.loss > UNSURE and best.loss <= LESS * chosen.loss
    return BetterReader(best, chosen, len(tried), sure) if sure or surer else None


def _most(found: Sequence[ReaderScore]) -> ReaderScore:
    return max(found, key=lambda r: (r.right, -round(r.loss, 4), -len(r.words)))


class _ReaderSearch:
    """The model on a few labelled images, read in other ways; the other inputs stay unchanged."""

    def __init__(self, subject: GateSubject, truth: LabelledImages, tried: Sequence[int]) -> None:
        self._subject = subject
        self._facts = subject.exact
        items = {f.item.source: f.item for f in subject.survey.found}
        found = [(n, subject.sample.instance(items[truth.sources[n]])) for n in tried]
        kept = [(n, i) for n, i in found if not isinstance(i, ErrorInfo)]
        self._instances = [i for _, i in kept]
        self._truth = truth.truth[[n for n, _ in kept]]
        rows = [n for n, _ in kept]
        right = int((truth.answered[rows] == self._truth).sum())
        picture = subject.pictures[0]
        self.chosen = ReaderScore(
            picture.preprocess, "", right, log_loss(np.stack([truth.scores[n] for n in rows]), self._truth)
        )

    def best(self) -> ReaderScore | None:
        """Try all scalings and channel orders with the configured image loading, then all loadings with the best."""
        picture = self._subject.pictures[0]
        chosen, channels = picture.preprocess, channels_of(picture)

        def scales(images: Sequence[bytes]) -> Iterator[Way]:
            return varieties(read_levels(images, chosen, channels), chosen, channels)

        found = self._tried(scales)
        settings = _most(found).settings if found else chosen
        for reader in SEARCHED:
            other = with_reader(settings, reader)
            if reader != settings.reader:
                found += self._tried(partial(_one_way, settings=other, channels=channels))
        others = [f for f in found if f.settings != chosen]
        return _most(others) if others else None

    def _tried(self, ways: Callable[[Sequence[bytes]], Iterator[Way]]) -> list[ReaderScore]:
        """The ways that could read every image, each judged on all of them."""
        picture = self._subject.pictures[0]
        scores: dict[Preprocess, list[Array]] = {}
        groups = together(len(self._instances), picture.preprocess)
        for rows in groups:
            for settings, pixels in ways([self._instances[n][picture.alias] for n in rows]):
                self._subject.report(Progress("Trying other image loading"))
                given = {picture.alias: pixels.astype(picture.tensor.dtype)}
                scores.setdefault(settings, []).append(self._scores(given, rows))
        whole = {settings: np.concatenate(parts) for settings, parts in scores.items() if len(parts) == len(groups)}
        return [self._judged(settings, found, picture.preprocess) for settings, found in whole.items()]

    def _judged(self, settings: Preprocess, scores: Array, chosen: Preprocess) -> ReaderScore:
        right = int((scores.argmax(-1) == self._truth).sum())
        return ReaderScore(settings, in_words(settings, chosen), right, log_loss(scores, self._truth))

    def _scores(self, pixels: dict[str, Array], rows: Sequence[int]) -> Array:
        feeds = [f for f in self._subject.made.feeds if f.kind != "passthrough" and f.alias not in pixels]
        columns = {f.alias: to_array(f.alias, [self._instances[n][f.alias] for n in rows], f.tensor) for f in feeds}
        scores = self._subject.expected({**columns, **pixels}).class_scores()
        assert scores is not None  # Labels are judged by scores only.
        return scores


def _one_way(images: Sequence[bytes], settings: Preprocess, channels: int) -> Iterator[Way]:
    pixels = reading(images, settings, channels)
    if pixels is not None:
        yield settings, pixels
