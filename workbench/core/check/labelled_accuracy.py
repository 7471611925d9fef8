"""Accuracy on labelled images, the label order that would raise it, and the live version's accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.spec.errors import ErrorInfo

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]


class LabelledImages(msgspec.Struct, frozen=True):
    """Labelled images by index: `truth` and `answered` are actual and predicted classes, `names` the class names in
    order, `scores` the export's `(classes,)` for each.

    `strange` are folders that are not named after a class.
    """

    sources: tuple[str, ...]
    truth: Array
    answered: Array
    names: tuple[str, ...]
    scores: tuple[Array, ...]
    strange: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of judged images."""
        return len(self.sources)

    @property
    def right(self) -> int:
        """Images whose predicted class is the actual one."""
        return int((self.truth == self.answered).sum())

    @property
    def accuracy(self) -> float:
        """Share of images whose top-1 label is right, 0 to 1."""
        return self.right / self.count if self.count else 0.0

    def confusion(self) -> Array:
        """Counts by actual class (rows) and predicted class (columns)."""
        counts = np.zeros((len(self.names), len(self.names)), int)
        np.add.at(counts, (self.truth, self.answered), 1)
        return counts

    def wrong(self) -> Iterator[tuple[str, int, int]]:
        """Each misclassified image: its file, its actual class, its predicted class."""
        for source, truth, answered in zip(self.sources, self.truth, self.answered, strict=True):
            if truth != answered:
                yield source, int(truth), int(answered)


class LabelOrder(msgspec.Struct, frozen=True):
    """Another order of labels, in words, and the accuracy it would have."""

    words: str
    accuracy: float


def judged(subject: GateSubject) -> LabelledImages:
    """Judge the evaluated images by the folders that contain them."""
    found = subject.survey.found
    folders = sorted({f.item.truth for f in found})
    width = max((len(f.scores) for f in found), default=len(folders))
    names = subject.project.signature.labels or _by_folders(folders, width)
    places = {name: place for place, name in enumerate(names)}
    strange = tuple(folder for folder in folders if folder not in places)
    kept = [f for f in found if f.item.truth in places]
    truth = np.array([places[f.item.truth] for f in kept], int)
    return LabelledImages(
        sources=tuple(f.item.source for f in kept),
        truth=truth,
        answered=np.array([f.best for f in kept], int),
        names=tuple(names),
        scores=tuple(f.scores for f in kept),
        strange=strange,
    )


def _by_folders(folders: Sequence[str], width: int) -> tuple[str, ...]:
    """The classes of a project without labels: the folders in alphabetical order, as Keras numbers them.

    If there are fewer folders than scores, folders whose names are numbers stand for these classes.
    """
    if len(folders) == width:
        return tuple(folders)
    return tuple(str(n) for n in range(width))


def other_order(truth: LabelledImages) -> LabelOrder | None:
    """The label order with the highest accuracy, or `None` if it is the configured one.

    Each class takes the label it is mostly predicted as; if two classes would take the same one, there is no such
    order.
    """
    counts = truth.confusion()
    seen = [place for place in range(len(truth.names)) if counts[place].any()]
    wanted = {place: int(counts[place].argmax()) for place in seen}
    moved = {place: to for place, to in wanted.items() if place != to}
    if not moved or len(set(wanted.values())) < len(wanted):
        return None
    right = sum(int(counts[place, to]) for place, to in wanted.items())
    pairs = [f"'{truth.names[to]}' in place of '{truth.names[place]}'" for place, to in list(moved.items())[:4]]
    return LabelOrder(f"{', '.join(pairs)}{' and so on' if len(moved) > 4 else ''}", right / truth.count)


def version_accuracy(subject: GateSubject, truth: LabelledImages) -> float | None:
    """The accuracy of the live version on the same images, by its online predictions; `None` if there is no live
    version or its predictions name no class."""
    if subject.deployed is None:
        return None
    items = {f.item.source: f.item for f in subject.survey.found}
    instances = [subject.sample.instance(items[source]) for source in truth.sources]
    answers = subject.deployed.answers([i for i in instances if isinstance(i, dict)])
    right = [_says(answer, truth.names) == t for answer, t in zip(answers, truth.truth, strict=True)]
    known = [_says(answer, truth.names) is not None for answer in answers]
    return sum(right) / len(right) if any(known) else None


def _says(answer: dict[str, object] | ErrorInfo, names: Sequence[str]) -> int | None:
    """The class of an online prediction: by its first list with one number per class, or by its first label."""
    if isinstance(answer, ErrorInfo):
        return None
    for value in answer.values():
        if isinstance(value, list) and len(value) == len(names) and all(isinstance(v, int | float) for v in value):
            return int(np.argmax(value))
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str) and first in names:
            return list(names).index(first)
    return None
