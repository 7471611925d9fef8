"""Parity: the Keras model's own predict against the export, image by image, on the very pixels the export made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from workbench.core.check.results import figure, images_table, number, plural, result
from workbench.core.export.verify import TOLERANCE
from workbench.spec.report import CheckResult, Table

if TYPE_CHECKING:
    from workbench.core.check.subject import Subject
    from workbench.core.check.survey import Found, Survey

NAME, TITLE = "parity", "Export equals the Keras model"

LIMIT: Final = TOLERANCE
"""The proof of an export has the same: float32 sums in another order differ by about 1e-7."""


def check_parity(subject: Subject) -> CheckResult:
    """The largest difference of any number, and images whose best class is another one."""
    survey = subject.survey
    if not survey.found:
        message = f"None of {plural(len(survey.refused), 'image')} could be predicted."
        return result(NAME, TITLE, "fail", message, advice="Look at the errors below.", evidence=(refusals(survey),))
    worst = max(survey.found, key=lambda f: f.difference)
    flips = [f for f in survey.found if f.best != f.model_best and f.difference > LIMIT]
    scale = max(1.0, *(float(abs(f.scores).max(initial=0.0)) for f in survey.found))
    evidence = tuple(_evidence(subject, survey, flips))
    judged = partial(result, NAME, TITLE, measured=worst.difference, limit=LIMIT, unit="difference", evidence=evidence)
    what = plural(len(survey.found), "image" if subject.sample.real else "synthetic image")
    if worst.difference > LIMIT * scale or flips:
        others = plural(len(flips), "other best class", "other best classes")
        message = f"{worst.item.source}: differs by {number(worst.difference)}; {others} on {what}."
        advice = "The graph does not compute what the model does. Do not release it; please report this model."
        return judged("fail", message, advice=advice)
    message = f"{what}: the largest difference of any number is {number(worst.difference)}, no best class changes."
    if survey.refused:
        message = f"{message} {plural(len(survey.refused), 'image was', 'images were')} refused."
        advice = "Callers who send such images get an error: see whether they should be readable."
        return judged("warn", message, advice=advice)
    return judged("pass", message)


def _evidence(subject: Subject, survey: Survey, flips: list[Found]) -> Any:
    ordered = sorted(survey.found, key=lambda f: -f.difference)[:10]
    rows = [(f.item.source, figure(f.difference), *_names(subject, f)) for f in ordered]
    yield images_table("Worst images", ("image", "difference", "export says", "model says"), rows)
    if flips:
        rows = [(f.item.source, figure(f.difference), *_names(subject, f)) for f in flips]
        yield images_table("Other best class", ("image", "difference", "export says", "model says"), rows)
    if survey.refused:
        yield refusals(survey)


def refusals(survey: Survey) -> Table:
    """The images that the export would not predict, and why."""
    rows = [(item.source, f"{error.code}: {error.message}") for item, error in survey.refused]
    return images_table("Refused images", ("image", "why"), rows)


def _names(subject: Subject, found: Found) -> tuple[str, str]:
    return class_name(subject, found.best), class_name(subject, found.model_best)


def class_name(subject: Subject, place: int) -> str:
    """A class by its label, or its number."""
    labels = subject.project.signature.labels
    return labels[place] if place < len(labels) else str(place)
