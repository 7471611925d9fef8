"""Check `outputs`: NaN, constant or saturated outputs, and double normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.check.result_text import images_table, number, result, skipped
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.model import Problem
from workbench.spec.report import CheckResult, CheckVerdict, Evidence, EvidenceTable
from workbench.spec.scaling_notes import scaling_notes
from workbench.spec.size_text import plural
from workbench.spec.step_rules import said_scale

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

NAME: Final = "outputs"
TITLE: Final = CHECK_TITLES[NAME]

CONSTANT: Final = 1e-6
"""Largest change of any number over all images, relative to the largest number, below which an output is constant."""

SATURATED: Final = 1 - 1e-6
"""A score above this rounds to 1; if all images get one, the pixels are likely outside the trained range."""

MANY: Final = 8
"""Number of images from which it is significant that all are saturated."""

FAILS: Final = ("NOT_FINITE", "NOT_FINITE_WEIGHTS", "CONSTANT")

TWICE: Final = "DOUBLE_NORMALISATION"
"""The model's own arithmetic, read from its file, scales what the project has already scaled.

This fails the check, unless training is known to have done the same.
"""


def check_outputs(subject: GateSubject) -> CheckResult:
    """Find NaN and infinity in weights and predictions, constant outputs, and saturated scores."""
    if not subject.survey.found:
        return skipped(NAME, TITLE, "No image could be predicted; see the parity check.")
    # Masks of images that keep their own size differ in length: only the common part is compared.
    width = min(len(f.scores) for f in subject.survey.found)
    scores = np.stack([f.scores[:width] for f in subject.survey.found])
    found = [*_weights(subject), *_answers(subject, scores), *_scales(subject)]
    evidence: list[Evidence] = []
    if found:
        evidence.append(
            EvidenceTable("Found", ("what", "where", "message"), tuple((p.code, p.field, p.message) for p in found))
        )
    bad = [f.item.source for f in subject.survey.found if not np.isfinite(f.scores).all()]
    if bad:
        evidence.append(images_table("Images with NaN or infinity", ("image",), [(source,) for source in bad]))
    if found:
        verdict: CheckVerdict = "fail" if any(_is_fatal(subject, p) for p in found) else "warn"
        advice = {
            "NOT_FINITE_WEIGHTS": "Training diverged: use an earlier checkpoint.",
            "NOT_FINITE": "Inspect these images and the pixel scaling.",
            "CONSTANT": "See the skew check: wrong pixel scaling or an untrained model gives such outputs.",
            TWICE: "Choose the scale that the model needs. If training also scaled twice, declare it: "
            "`scale` in [check.training], or training's own pixels as check.seen.",
            "SATURATED": "Check the pixel scaling: values outside the trained range give such outputs.",
        }.get(found[0].code, "Choose the scale that training used.")
        return result(
            NAME,
            TITLE,
            verdict,
            found[0].message,
            measured=len(found),
            unit="problems",
            limit=0,
            advice=advice,
            evidence=tuple(evidence),
        )
    spread = number(float(np.ptp(scores, axis=0).max(initial=0.0)))
    message = f"All outputs are finite and differ over {plural(len(scores), 'image')} (by up to {spread})."
    return result(NAME, TITLE, "pass", message, measured=0, limit=0, unit="problems")


def _is_fatal(subject: GateSubject, problem: Problem) -> bool:
    return problem.code in FAILS or (problem.code == TWICE and not _trained_so(subject))


def _trained_so(subject: GateSubject) -> bool:
    """Whether the user stated how training scaled its pixels: the skew check then compares the export with that."""
    settings = subject.project.check
    return bool(settings.seen or settings.training.scale or settings.training.steps)


def _weights(subject: GateSubject) -> Iterator[Problem]:
    for name, count in subject.reference.model.not_finite:
        text = f"{plural(count, 'number')} of the weight '{name}' is NaN or infinite."
        yield Problem("NOT_FINITE_WEIGHTS", text, name)


def _answers(subject: GateSubject, scores: Array) -> Iterator[Problem]:
    finite = np.isfinite(scores)
    if not finite.all():
        rows = int((~finite.all(axis=1)).sum())
        yield Problem("NOT_FINITE", f"{rows} of {plural(len(scores), 'image')} return NaN or infinity.")
        return
    if len(scores) < 2 or not scores.size:
        return
    largest = max(float(np.abs(scores).max()), 1e-30)
    change = float(np.ptp(scores, axis=0).max())
    if change <= CONSTANT * largest:
        text = f"{plural(len(scores), 'image')} all return the same output (change {number(change)})."
        yield Problem("CONSTANT", text)
    elif _is_scores(subject, scores) and len(scores) >= MANY and (scores.max(axis=1) >= SATURATED).all():
        yield Problem("SATURATED", f"Every one of {plural(len(scores), 'image')} gets a score of 1: {_sure(scores)}.")


def _is_scores(subject: GateSubject, scores: Array) -> bool:
    """Whether the numbers are probabilities that sum to one: a softmax, or a sigmoid's two."""
    return scores.shape[1] > 1 and float(scores.min()) >= 0 and bool(np.allclose(scores.sum(axis=1), 1, atol=1e-3))


def _sure(scores: Array) -> str:
    return f"the lowest is {float(scores.max(axis=1).min()):.7f}"


def _scales(subject: GateSubject) -> Iterator[Problem]:
    """Findings of the static scan: layers that scale the pixels again, or expect other ones."""
    for picture in subject.pictures:
        yield from scaling_notes(subject.facts, said_scale(picture.preprocess), picture.tensor.name)
