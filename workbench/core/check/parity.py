"""Check `parity`: compares the export with Keras' own `predict`, image by image, on the pixels of the export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from workbench.core.check.reply_comparison import RowDifference
from workbench.core.check.result_text import figure, images_table, number, result
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.report import CheckResult, EvidenceTable
from workbench.spec.size_text import plural

if TYPE_CHECKING:
    from workbench.core.check.evaluation import EvaluatedImage, Evaluation
    from workbench.core.check.subject import GateSubject

NAME: Final = "parity"
TITLE: Final = CHECK_TITLES[NAME]


def check_parity(subject: GateSubject) -> CheckResult:
    """Compare the reply's keys and numbers, and find images whose top-1 class changed."""
    survey = subject.survey
    if not survey.found:
        message = f"None of {plural(len(survey.refused), 'image')} could be predicted."
        return result(NAME, TITLE, "fail", message, advice="Look at the errors below.", evidence=(refusals(survey),))
    limit = subject.reference.model.tolerance
    flips = [f for f in survey.found if f.best != f.model_best and f.difference > limit]
    worst = max(survey.found, key=lambda f: (f.excess, f.difference))
    seeded = survey.seeded.worst if survey.seeded else RowDifference()
    measured = max(worst.difference, seeded.difference)
    evidence = tuple(_evidence(subject, survey, flips))
    judged = partial(result, NAME, TITLE, measured=measured, limit=limit, unit="difference", evidence=evidence)
    what = plural(len(survey.found), "image" if subject.sample.real else "synthetic image")
    wrong = _wrong(survey, worst, flips, what)
    if wrong:
        advice = "The graph does not compute what the model computes. Do not release it; please report this model."
        return judged("fail", wrong, advice=advice)
    message = f"{what}: largest difference {number(measured)}, no top-1 class changes."
    if survey.seeded and survey.seeded.alike:
        pairs = ", ".join(f"'{a}' and '{b}'" for a, b in survey.seeded.alike[:3])
        message = f"{message} The outputs {pairs} were always equal, so swapped outputs could not be detected."
    if survey.refused:
        message = f"{message} {plural(len(survey.refused), 'image was', 'images were')} rejected."
        advice = "Callers who send such images get an error: check if they should be accepted."
        return judged("warn", message, advice=advice)
    return judged("pass", message)


def _wrong(survey: Evaluation, worst: EvaluatedImage, flips: list[EvaluatedImage], what: str) -> str:
    """The differences found, as a sentence; empty if there are none."""
    if survey.missing or survey.strange:
        lost = f"it lacks {', '.join(survey.missing)}" if survey.missing else ""
        more = f"it has {', '.join(survey.strange)}, which the project does not define" if survey.strange else ""
        return f"The reply keys differ from the project's: {'; '.join(filter(None, (lost, more)))}."
    if survey.seeded and survey.seeded.worst.excess > 1:
        why = f": {survey.seeded.explanation}" if survey.seeded.explanation else ""
        key, gap = survey.seeded.worst.key, number(survey.seeded.worst.difference)
        return f"Random inputs: '{key}' differs by {gap}{why}."
    if worst.excess > 1 or flips:
        others = plural(len(flips), "top-1 class differs", "top-1 classes differ")
        return f"{worst.item.source}: '{worst.key}' differs by {number(worst.difference)}; {others} on {what}."
    return ""


def _evidence(subject: GateSubject, survey: Evaluation, flips: list[EvaluatedImage]) -> Any:
    ordered = sorted(survey.found, key=lambda f: -f.difference)[:10]
    rows = [(f.item.source, figure(f.difference), *_names(subject, f)) for f in ordered]
    yield images_table("Worst images", ("image", "difference", "export", "Keras model"), rows)
    if flips:
        rows = [(f.item.source, figure(f.difference), *_names(subject, f)) for f in flips]
        yield images_table("Top-1 class differs", ("image", "difference", "export", "Keras model"), rows)
    if survey.refused:
        yield refusals(survey)


def refusals(survey: Evaluation) -> EvidenceTable:
    """The images that the export rejected, with the reasons."""
    rows = [(item.source, f"{error.code}: {error.message}") for item, error in survey.refused]
    return images_table("Rejected images", ("image", "why"), rows)


def _names(subject: GateSubject, found: EvaluatedImage) -> tuple[str, str]:
    return class_name(subject, found.best), class_name(subject, found.model_best)


def class_name(subject: GateSubject, place: int) -> str:
    """A class by its label, or its number."""
    labels = subject.project.signature.labels
    return labels[place] if place < len(labels) else str(place)
