"""The expected reply, computed from the Keras model's outputs and the project's settings.

Names, order and arithmetic (softmax, top-k, labels) are implemented here again in numpy, so that an error of the
exporter cannot hide from the checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.spec.project import Project

Array = npt.NDArray[Any]
Outputs = Mapping[str, Array]


class ExpectedOutput(msgspec.Struct, frozen=True):
    """One key of a reply: its numbers `(n, ...)`, or the ranked classes `(n, k)` that it names.

    `ranked` are class indices, best first; `scores` the `(n, classes)` that rank them: classes with equal scores may be
    swapped.
    """

    output: str
    values: Array | None = None
    ranked: Array | None = None
    scores: Array | None = None


class ExpectedReply:
    """The reply of a project for the model's outputs by name."""

    def __init__(self, project: Project, outputs: Outputs, tolerance: float = 0.0) -> None:
        """`tolerance` is the largest accepted difference of the model's numbers, relative to those above 1."""
        self.tolerance = tolerance
        self._keys = project.signature
        self.outputs = dict(outputs)
        self.scored = self._keys.scores_of or (next(iter(outputs)) if len(outputs) == 1 else "")
        if self.scored in self.outputs and self._keys.activation and self.class_scores() is not None:
            self.outputs[self.scored] = activated(self.outputs[self.scored], self._keys.activation)

    def class_scores(self) -> Array | None:
        """One score per class `(n, classes)`, `None` if the scored output has no such shape; one sigmoid unit stands
        for two."""
        found = self.outputs.get(self.scored)
        return None if found is None else self.by_class(found)

    def by_class(self, found: Array) -> Array | None:
        """The same for another array that holds the scored output."""
        if found.ndim != 2 or not is_float(found):
            return None
        two = found.shape[1] == 1 and len(self._keys.labels) == 2
        return np.concatenate([1 - found, found], axis=1) if two else found

    def wanted(self) -> dict[str, ExpectedOutput]:
        """Every key that the reply must have beside the passthrough keys."""
        return dict(self._outputs()) | dict(self._ranked())

    def _outputs(self) -> Iterator[tuple[str, ExpectedOutput]]:
        for name, values in self.outputs.items():
            key = self._keys.outputs.get(name, self._keys.scores_key if name == self.scored else name)
            if key:
                yield key, ExpectedOutput(name, values)

    def _ranked(self) -> Iterator[tuple[str, ExpectedOutput]]:
        scores = self.class_scores()
        if scores is None:
            return
        order = np.argsort(-scores, axis=1, kind="stable")
        best = order[:, : max(self._keys.top_k, 0)]
        if self._keys.top_k > 0 and self._keys.labels_key:
            yield self._keys.labels_key, ExpectedOutput(self.scored, ranked=best, scores=scores)
        if self._keys.top_k > 0 and self._keys.top_scores_key:
            yield self._keys.top_scores_key, ExpectedOutput(self.scored, np.take_along_axis(scores, best, 1))
        if self._keys.best_key:
            yield self._keys.best_key, ExpectedOutput(self.scored, ranked=order[:, :1], scores=scores)


def activated(logits: Array, activation: str) -> Array:
    """Softmax over the last axis or sigmoid, in float64."""
    exact = logits.astype("float64")
    if activation == "sigmoid":
        made = np.where(
            exact >= 0, 1 / (1 + np.exp(-np.abs(exact))), np.exp(-np.abs(exact)) / (1 + np.exp(-np.abs(exact)))
        )
    else:
        powers = np.exp(exact - np.max(exact, axis=-1, keepdims=True))
        made = powers / np.sum(powers, axis=-1, keepdims=True)
    found: Array = made.astype(logits.dtype)
    return found


def is_float(values: Array) -> bool:
    """Whether an array holds floating-point numbers; numpy itself has no bfloat16 and treats it as raw bytes."""
    return values.dtype.kind == "f" or values.dtype.name == "bfloat16"


def distances(ours: Array, theirs: Array) -> Array:
    """The largest absolute difference in each row `(n,)`; infinite if shape, kind of numbers or texts differ.

    If both rows contain NaN, only what is a number on both sides is compared: processors propagate NaN differently.
    """
    if ours.shape != theirs.shape or is_float(ours) != is_float(theirs):
        return np.full(len(ours), np.inf)
    if ours.dtype.kind in "OSU":
        unequal = np.reshape(ours != theirs, (len(ours), -1)).any(axis=1)
        return np.where(unequal, np.inf, 0.0)
    a, b = (np.reshape(x, (len(x), -1)).astype("float64") for x in (ours, theirs))
    both = np.isnan(a).any(axis=1, keepdims=True) & np.isnan(b).any(axis=1, keepdims=True)
    skip = (both & (np.isnan(a) | np.isnan(b))) | (a == b)
    with np.errstate(invalid="ignore"):  # The difference of two infinities is NaN, which counts as infinite below.
        gap = np.where(skip, 0.0, np.abs(a - b))
    found: Array = np.nan_to_num(gap.max(axis=1, initial=0.0), nan=np.inf)
    return found


def misnamed(got: Array, wanted: ExpectedOutput, labels: tuple[str, ...], tolerance: float) -> Array:
    """Which rows `(n,)` name another class than the scores do, beyond what classes with equal scores explain."""
    assert wanted.ranked is not None
    assert wanted.scores is not None
    given = np.reshape(got, (len(wanted.ranked), -1))
    if given.shape != wanted.ranked.shape:
        return np.ones(len(given), bool)
    names = np.array([label.encode() for label in labels], object) if labels else np.arange(wanted.scores.shape[1])
    wrong = names[wanted.ranked] != given
    found: Array = (wrong & ~_tied(given, names, wanted, tolerance)).any(axis=1)
    return found


def _tied(given: Array, names: Array, wanted: ExpectedOutput, tolerance: float) -> Array:
    """Whether the named class has the score of the expected class, within the tolerance."""
    assert wanted.ranked is not None
    assert wanted.scores is not None
    places = {name: place for place, name in enumerate(names.tolist())}
    taken = np.vectorize(lambda name: places.get(name, -1), otypes=[int])(given)
    theirs = np.take_along_axis(wanted.scores, np.maximum(taken, 0), 1)
    ours = np.take_along_axis(wanted.scores, wanted.ranked, 1)
    found: Array = (taken >= 0) & (np.abs(theirs - ours) <= tolerance)
    return found
