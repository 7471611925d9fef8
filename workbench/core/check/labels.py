"""Check `labels`: their count, their order and, on labelled images, the required accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy.typing as npt

from workbench.core.check.labelled_accuracy import LabelledImages, judged, other_order, version_accuracy
from workbench.core.check.reader_search import BetterReader, settings_by_labels
from workbench.core.check.result_text import images_table, number, result, skipped
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.report import (
    Chart,
    ChartSeries,
    CheckResult,
    CheckVerdict,
    ConfusionEvidence,
    Evidence,
    EvidenceTable,
)
from workbench.spec.size_text import plural

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

NAME: Final = "labels"
TITLE: Final = CHECK_TITLES[NAME]

GAIN: Final = 0.10
"""Share of images by which another label order or image loading must be better to count against the configured one."""

WORSE: Final = 0.02
"""Share of images by which accuracy may be below that of the live version: one in fifty."""


def check_labels(subject: GateSubject) -> CheckResult:
    """Check the number of labels; with labelled images also accuracy, confusion, label order and the live version."""
    scores = scores_answer(subject.exact, subject.project)
    labels = subject.project.signature.labels
    if scores is None:
        return skipped(NAME, TITLE, "The model has no scores per class.")
    if labels and len(labels) != scores.width:
        text = f"There are {plural(len(labels), 'label')} for {plural(scores.width, 'score')}."
        advice = "Give one label per score, in the order of training (flow_from_directory: alphabetical)."
        return result(NAME, TITLE, "fail", text, measured=len(labels), limit=scores.width, advice=advice)
    doubled = sorted({label for label in labels if labels.count(label) > 1})
    if doubled:
        text = f"The label '{doubled[0]}' is used twice: callers cannot tell these classes apart."
        return result(
            NAME, TITLE, "fail", text, measured=len(doubled), limit=0, advice="Give each class its own label."
        )
    if not subject.sample.labelled:
        return _unlabelled(labels, scores.width)
    return _labelled(subject, judged(subject))


def _unlabelled(labels: Sequence[str], width: int) -> CheckResult:
    if not labels:
        advice = "Enter labels in the Signature tab, or use class folders of images, to check them."
        return skipped(NAME, TITLE, f"The project has no labels for its {plural(width, 'score')}.", advice)
    text = f"{plural(len(labels), 'label')} for as many scores; their order cannot be checked without class folders."
    return result(NAME, TITLE, "pass", text, measured=len(labels), limit=width)


class _LabelFinding(msgspec.Struct, frozen=True):
    """The finding about the labels, if any."""

    message: str = ""
    advice: str = ""
    warning: bool = False


def _labelled(subject: GateSubject, truth: LabelledImages) -> CheckResult:
    if truth.strange:
        text = f"{plural(len(truth.strange), 'folder')} without a label of that name: {', '.join(truth.strange[:5])}."
        advice = "Rename the folders or the labels: the names must be the same."
        return result(NAME, TITLE, "fail", text, measured=len(truth.strange), limit=0, advice=advice)
    before = version_accuracy(subject, truth)
    found = _against(subject, truth, before)
    verdict: CheckVerdict = "warn" if found.warning else "fail" if found.message else "pass"
    right = f"Accuracy {truth.accuracy:.1%} ({truth.right}/{truth.count})"
    told = f"{right}; live version {before:.1%}" if before is not None else right
    limit = subject.project.check.accuracy or None
    message = f"{found.message} {told}." if found.message else f"{told}."
    return result(
        NAME,
        TITLE,
        verdict,
        message,
        measured=round(truth.accuracy, 4),
        limit=limit,
        unit="accuracy",
        advice=found.advice,
        evidence=tuple(_evidence(subject, truth)),
    )


def _against(subject: GateSubject, truth: LabelledImages, before: float | None) -> _LabelFinding:
    wanted = subject.project.check.accuracy
    order = other_order(truth)
    if order is not None and order.accuracy - truth.accuracy >= GAIN:
        text = f"The labels seem to be in the wrong order: with {order.words}, the accuracy is {order.accuracy:.1%}."
        return _LabelFinding(text, "Use the order of training (flow_from_directory: alphabetical folders).")
    other = settings_by_labels(subject, truth)
    if other is not None:
        advice = "Training seems to have used it: choose it in the Inputs tab, and check again."
        return _LabelFinding(_reading_words(other), advice, warning=not other.sure)
    if wanted and truth.accuracy < wanted:
        return _LabelFinding(f"The accuracy is below check.accuracy ({wanted:.1%}).", "See the confusion matrix.")
    if before is not None and truth.accuracy < before - WORSE:
        return _LabelFinding(
            "The accuracy is below the live version's.", "See the classes with lower recall.", warning=True
        )
    return _LabelFinding()


def _reading_words(other: BetterReader) -> str:
    if other.sure:
        right = f"{other.best.right} of {other.count} images would be right instead of {other.chosen.right}"
        return f"With {other.words}, {right}."
    loss = f"loss {number(other.best.loss)} instead of {number(other.chosen.loss)} on {other.count} images"
    return f"With {other.words} the right classes would get higher scores ({loss})."


def _evidence(subject: GateSubject, truth: LabelledImages) -> list[Evidence]:
    names = truth.names
    counts = truth.confusion()
    found: list[Evidence] = []
    if len(names) <= MAX_SHOWN:
        found.append(ConfusionEvidence("Confusion", names, tuple(tuple(int(c) for c in row) for row in counts)))
    per_class = []
    for place, name in enumerate(names):
        total = int(counts[place].sum())
        if total:
            right = int(counts[place, place])
            wrong = counts[place].copy()
            wrong[place] = 0
            taken = names[int(wrong.argmax())] if wrong.any() else None
            per_class.append((name, total, right, round(right / total, 4), taken))
    per_class.sort(key=lambda row: row[3])
    columns = ("class", "images", "right", "recall", "mostly predicted as")
    found.append(EvidenceTable("Recall by class, lowest first", columns, tuple(per_class[:MAX_SHOWN])))
    if 1 < len(per_class) <= MAX_SHOWN:
        line = ChartSeries("recall", tuple(float(row[3]) for row in per_class))
        found.append(Chart("Recall by class", "bars", tuple(row[0] for row in per_class), (line,)))
    wrong_rows = [(s, names[t], names[a]) for s, t, a in truth.wrong()]
    if wrong_rows:
        found.append(images_table("Wrong predictions", ("image", "is", "answered"), wrong_rows))
    return found


MAX_SHOWN: Final = 60
"""Classes up to which a matrix or a list is readable."""
