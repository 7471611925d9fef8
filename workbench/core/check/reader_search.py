"""Searches for the image-loading settings that give clearly higher accuracy or confidence on labelled images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.labelled_accuracy import LabelledImages
from workbench.core.check.pixel_skew import channels_of
from workbench.core.check.reader_candidates import in_words
from workbench.core.tensor_values import to_array
from workbench.core.training.label_search import FEW, GAIN, balanced, match_labels
from workbench.core.training.label_trial import LabelledImage
from workbench.core.training.log_loss import log_loss
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.reading_match import LabelMatch, LabelReading

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

GOOD: Final = 0.97
"""Accuracy from which no other image loading is tried: there is little to gain."""

UNSURE: Final = 0.05
"""Mean -log of the actual class's probability below which a model is as confident as after training (0.95)."""

LESS: Final = 0.5
"""Fraction of that mean which another reading must reach to be significant."""


class BetterReader(msgspec.Struct, frozen=True):
    """Another way to read the images beside the one chosen, both on the same `count` images; `words` name what it
    changes.

    `sure` means that it gets clearly more of them right; otherwise only the confidence in the actual classes is higher.
    """

    best: LabelReading
    chosen: LabelReading
    words: str
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
    found = _LabelledInstances(subject, truth).match()
    return None if found is None else _better(found)


def _better(found: LabelMatch) -> BetterReader | None:
    best, chosen = found.found[0], found.chosen
    surer = best.right >= chosen.right and chosen.loss > UNSURE and best.loss <= LESS * chosen.loss
    if best == chosen or not (found.clear or surer):
        return None
    words = in_words(best.preprocess, chosen.preprocess)
    return BetterReader(best, chosen, words, found.images, found.clear)


class _LabelledInstances:
    """A few of the labelled images, in turn from every class; inputs beside the picture stay as they are."""

    def __init__(self, subject: GateSubject, truth: LabelledImages) -> None:
        self._subject = subject
        self._alias = subject.pictures[0].alias
        items = {f.item.source: f.item for f in subject.survey.found}
        places = balanced((int(place) for place in truth.truth), FEW)
        made = [(subject.sample.instance(items[truth.sources[n]]), int(truth.truth[n])) for n in places]
        kept = [(instance, place) for instance, place in made if not isinstance(instance, ErrorInfo)]
        self._instances = [instance for instance, _ in kept]
        self._images = [LabelledImage(instance[self._alias], place) for instance, place in kept]

    def match(self) -> LabelMatch | None:
        """The search; `None` where the images tell nothing or no library here reads them."""
        picture = self._subject.pictures[0]
        try:
            return match_labels(
                self._images, self._scores, picture.preprocess, channels_of(picture), self._subject.report
            )
        except WorkbenchError as err:
            if err.code in ("FEW_LABELS", "NOT_READ"):
                return None
            raise

    def _scores(self, pixels: Array, rows: Sequence[int]) -> Array:
        picture = self._subject.pictures[0]
        given = {picture.alias: pixels.astype(picture.tensor.dtype)}
        feeds = [f for f in self._subject.made.feeds if f.kind != "passthrough" and f.alias not in given]
        columns = {f.alias: to_array(f.alias, [self._instances[n][f.alias] for n in rows], f.tensor) for f in feeds}
        scores = self._subject.expected({**columns, **given}).class_scores()
        assert scores is not None  # Labels are judged by scores only.
        return scores
