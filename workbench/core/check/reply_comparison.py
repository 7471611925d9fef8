"""Compares replies with the Keras model row by row; names the permutation that would explain a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.training.expected_reply import ExpectedOutput, ExpectedReply, distances, is_float, misnamed
from workbench.spec.project import Project

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

EXACT: Final = 1e-9
"""Passthrough values have no tolerance; the excess is a multiple of this."""


class RowDifference(msgspec.Struct, frozen=True):
    """One instance: the largest difference, the same as a multiple of the tolerance, and the key in which it occurs."""

    difference: float = 0.0
    excess: float = 0.0
    key: str = ""


class AnsweredBatch(msgspec.Struct, frozen=True):
    """One batch that the export predicted: request columns, preprocessed images and reply, each by its key."""

    columns: Mapping[str, Array]
    pixels: Mapping[str, Array]
    answers: Mapping[str, Array]


class SeededComparison(msgspec.Struct, frozen=True):
    """Result for synthetic inputs: the worst row, the swap that would explain it, outputs that are identical."""

    worst: RowDifference
    explanation: str = ""
    alike: tuple[tuple[str, str], ...] = ()


def allowed(values: Array, tolerance: float) -> float:
    """The largest difference that another order of the same sums explains, for an output of a relative tolerance."""
    if values.dtype.kind in "OSU" or not values.size:
        return tolerance
    with np.errstate(invalid="ignore"):
        largest = float(np.nanmax(np.abs(values.astype("float64")), initial=0.0, where=np.isfinite(values)))
    return tolerance * max(1.0, largest) if is_float(values) else 0.0


def judged_rows(
    project: Project, answers: Mapping[str, Array], expected: ExpectedReply, columns: Mapping[str, Array]
) -> list[RowDifference]:
    """The key with the largest excess in each row. Keys missing from the reply are reported elsewhere."""
    count = len(next(iter(columns.values())))
    rows = [RowDifference() for _ in range(count)]
    for key, gaps, limit in _gaps(project, answers, expected, columns):
        for n in range(count):
            excess = float(gaps[n]) / limit if limit else float(gaps[n] > 0) * 1e9
            if excess > rows[n].excess or (gaps[n] > rows[n].difference and rows[n].excess <= 1):
                rows[n] = RowDifference(max(float(gaps[n]), rows[n].difference), max(excess, rows[n].excess), key)
    return rows


def _gaps(
    project: Project, answers: Mapping[str, Array], expected: ExpectedReply, columns: Mapping[str, Array]
) -> Iterator[tuple[str, Array, float]]:
    for key, wanted in expected.wanted().items():
        if key in answers:
            limit = allowed(_numbers(wanted), expected.tolerance)
            yield key, _gap(answers[key], wanted, project, limit), limit
    for passed in project.signature.passed():
        if passed.alias in answers:
            same = _as_sent(columns[passed.key])
            yield passed.alias, distances(_as_sent(answers[passed.alias]), same), EXACT


def _gap(answer: Array, wanted: ExpectedOutput, project: Project, limit: float) -> Array:
    if wanted.values is not None:
        return distances(answer, wanted.values)
    return np.where(misnamed(answer, wanted, project.signature.labels, limit), np.inf, 0.0)


def _numbers(wanted: ExpectedOutput) -> Array:
    found = wanted.values if wanted.values is not None else wanted.scores
    assert found is not None  # A key is expected for its numbers or for the classes that scores rank.
    return found


def _as_sent(column: Array) -> Array:
    """Texts as bytes, in whichever form they were given."""
    if column.dtype.kind not in "OSU":
        return column
    flat = [t if isinstance(t, bytes) else str(t).encode() for t in column.ravel().tolist()]
    return np.array(flat, object).reshape(column.shape)


def seeded(subject: GateSubject, batch: AnsweredBatch) -> SeededComparison:
    """Compare one batch of synthetic inputs, and search for the swap that would explain a difference."""
    expected = subject.expected({**batch.columns, **batch.pixels})
    rows = judged_rows(subject.project, batch.answers, expected, batch.columns)
    worst = max(rows, key=lambda row: row.excess)
    explanation = explained(subject, batch, expected) if worst.excess > 1 else ""
    return SeededComparison(worst, explanation, tuple(_alike(expected)))


def explained(subject: GateSubject, batch: AnsweredBatch, expected: ExpectedReply) -> str:
    """The permutation that explains the export's predictions, in words; empty if none is found."""
    slack = expected.tolerance
    wanted = {k: w for k, w in expected.wanted().items() if w.values is not None and k in batch.answers}
    apart = {
        k: w.values for k, w in wanted.items() if w.values is not None and not _same(batch.answers[k], w.values, slack)
    }
    for key in apart:
        for other, theirs in wanted.items():
            if other != key and theirs.values is not None and _same(batch.answers[key], theirs.values, slack):
                return f"'{key}' contains the model's output '{other}'"
    for key, values in apart.items():
        if values.ndim >= 3 and _same(np.swapaxes(batch.answers[key], 1, 2), values, slack):
            return f"'{key}' is transposed: its rows are the model's columns"
    return _exchanged_inputs(subject, batch) if apart else ""


def _same(ours: Array, theirs: Array, tolerance: float) -> bool:
    return bool((distances(ours, theirs) <= allowed(theirs, tolerance)).all())


def _exchanged_inputs(subject: GateSubject, batch: AnsweredBatch) -> str:
    given = {**batch.columns, **batch.pixels}
    keys = list(subject.keys_of_inputs().values())
    for a, b in combinations(keys, 2):
        if given[a].shape == given[b].shape and given[a].dtype == given[b].dtype:
            other = subject.expected({**given, a: given[b], b: given[a]})
            if _all_same(batch.answers, other):
                return f"the inputs '{a}' and '{b}' are swapped"
    return ""


def _all_same(answers: Mapping[str, Array], expected: ExpectedReply) -> bool:
    return all(
        _same(answers[key], w.values, expected.tolerance)
        for key, w in expected.wanted().items()
        if w.values is not None and key in answers
    )


def _alike(expected: ExpectedReply) -> Iterator[tuple[str, str]]:
    """Outputs with the same numbers for every synthetic input: swapping them could not be detected."""
    named: Sequence[tuple[str, Array]] = list(expected.outputs.items())
    for (a, ours), (b, theirs) in combinations(named, 2):
        if ours.shape == theirs.shape and ours.dtype == theirs.dtype and _same(ours, theirs, expected.tolerance):
            yield a, b
