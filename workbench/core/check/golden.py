"""Golden images: accepted predictions stored beside the project; changes are reported and accepted only on request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from workbench.core.check.loads import TOLERANCE
from workbench.core.check.result_text import figure, images_table, number, result, skipped
from workbench.core.check.verdict_files import golden_place
from workbench.core.instances.image_instances import to_json
from workbench.core.instances.online import decode_base64, predict_decoded
from workbench.spec.answer_distance import apart
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.files import read_regular, write_bytes
from workbench.spec.manifest import GoldenCase
from workbench.spec.report import CheckResult
from workbench.spec.size_text import plural

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "golden"
TITLE: Final = CHECK_TITLES[NAME]

FORM: Final = 1

MAX_GOLDEN: Final = 16
"""Maximum number of images whose predictions are stored: enough to show a change, few enough for version control."""

MAX_GOLDEN_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of all these images together, in bytes."""


MAX_GOLDEN_FILE: Final = 64 * 1024 * 1024
"""Maximum size of the file in bytes: the images in base64, and predictions of up to a few megabytes each."""


class GoldenFile(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted predictions: the instances with their bytes, and the predictions of the export `fingerprint`."""

    form: int = FORM
    accepted: str
    fingerprint: str
    cases: tuple[GoldenCase, ...]


class GoldenChange(msgspec.Struct, frozen=True):
    """One golden image with a changed prediction: the difference as a number and in words."""

    source: str
    difference: float
    words: str


def check_golden(subject: GateSubject) -> CheckResult:
    """Compare the accepted predictions with the current ones; with `accept_golden` store the current ones instead."""
    path = golden_place(subject.base, subject.project.check)
    if subject.accept_golden:
        return _accept(subject, path)
    if not path.exists():
        advice = (
            "Accept the current predictions: `workbench check PROJECT --accept-golden`, or the button in the window."
        )
        return skipped(NAME, TITLE, "No predictions have been accepted for this project yet.", advice)
    kept = read_golden(path)
    changes = changes_of(kept.cases, answers_now(subject, kept.cases))
    moved = [c for c in changes if c.difference > TOLERANCE]
    worst = max((c.difference for c in changes), default=0.0)
    if not moved:
        message = f"{plural(len(kept.cases), 'golden image')} unchanged since {kept.accepted[:10]}."
        return result(NAME, TITLE, "pass", message, measured=worst, limit=TOLERANCE, unit="difference")
    rows = [(c.source, figure(c.difference), c.words) for c in sorted(moved, key=lambda c: -c.difference)]
    return result(
        NAME,
        TITLE,
        "fail",
        f"{len(moved)} of {plural(len(kept.cases), 'golden image')} changed: {moved[0].words}.",
        measured=worst,
        limit=TOLERANCE,
        unit="difference",
        advice="If intended, accept the current predictions with --accept-golden; if not, undo what changed them.",
        evidence=(images_table("Changed predictions", ("image", "difference", "what"), rows),),
    )


def read_golden(path: Path) -> GoldenFile:
    """The accepted predictions. Raises `WorkbenchError` BAD_GOLDEN."""
    try:
        return msgspec.json.decode(read_regular(path, MAX_GOLDEN_FILE), type=GoldenFile)
    except (OSError, *DECODE_ERRORS) as err:
        hint = "Restore it from version control, or move it away and accept the predictions again."
        raise WorkbenchError(
            "BAD_GOLDEN", f"The golden file cannot be read: {err}.", where=str(path), hint=hint
        ) from err


def answers_now(subject: GateSubject, cases: Sequence[GoldenCase]) -> list[dict[str, Any] | str]:
    """The export's prediction for each case; the error text if it fails."""
    found: list[dict[str, Any] | str] = []
    for case in cases:
        try:
            instance = decode_base64(dict(case.instance))
            found.append(rounded(predict_decoded(subject.session, [instance], subject.made.serving)[0]))
        except WorkbenchError as err:
            found.append(err.message)
    return found


def changes_of(cases: Sequence[GoldenCase], answers: Sequence[Mapping[str, Any] | str]) -> list[GoldenChange]:
    """The difference of each prediction from the accepted one; infinite for other keys or shapes, and for errors."""
    return [_change(case, answer) for case, answer in zip(cases, answers, strict=True)]


def rounded(value: Any) -> Any:
    """Floats rounded to six significant digits, the precision that is reproducible on one machine."""
    match value:
        case dict():
            return {key: rounded(item) for key, item in value.items()}
        case list():
            return [rounded(item) for item in value]
        case float():
            return float(f"{value:.6g}")
    return value


def _change(case: GoldenCase, answer: Mapping[str, Any] | str) -> GoldenChange:
    source = case.source or "synthetic image"
    if isinstance(answer, str):
        return GoldenChange(source, float("inf"), f"it is rejected now: {answer}")
    missing = sorted(case.prediction.keys() ^ answer.keys())
    if missing:
        return GoldenChange(source, float("inf"), f"the reply keys changed: {', '.join(missing)}")
    moved = {key: apart(case.prediction[key], answer[key]) for key in answer}
    key = max(moved, key=lambda k: moved[k], default="")
    words = f"'{key}' differs by {number(moved[key])}" if key and moved[key] != float("inf") else f"'{key}' has changed"
    before, now = (_best(one.get(key)) for one in (case.prediction, answer))
    if before != now:
        words = f"the top-1 of '{key}' was {before} and is {now}"
    return GoldenChange(source, moved.get(key, 0.0), words)


def _best(value: Any) -> Any:
    """The index of the largest of a list of numbers; a text unchanged; `None` for other values."""
    if isinstance(value, list) and value and all(isinstance(v, int | float) for v in value):
        return value.index(max(value))
    return value if isinstance(value, str) else None


def _accept(subject: GateSubject, path: Path) -> CheckResult:
    """Store the current predictions: of this run's images, else of the stored cases, else of synthetic ones."""
    if path.exists():
        read_golden(path)  # Only a golden file may be overwritten, not another file of that name.
    cases = _cases(subject, path)
    answered = [
        GoldenCase(case.instance, answer, case.source)
        for case, answer in zip(cases, answers_now(subject, cases), strict=True)
        if isinstance(answer, dict)
    ]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    kept = GoldenFile(accepted=now, fingerprint=subject.read.fingerprint, cases=tuple(answered))
    write_bytes(path, msgspec.json.format(msgspec.json.encode(kept, order="deterministic"), indent=1) + b"\n")
    message = f"The predictions for {plural(len(answered), 'image')} are accepted and stored in {path.name}."
    return result(NAME, TITLE, "pass", message, measured=len(answered))


def _cases(subject: GateSubject, path: Path) -> list[GoldenCase]:
    if not subject.sample.real and path.exists():
        return list(read_golden(path).cases)
    found: list[GoldenCase] = []
    size = 0
    for item in subject.sample.items:
        instance = subject.sample.instance(item)
        if not isinstance(instance, dict):
            continue
        size += sum(len(v) for v in instance.values() if isinstance(v, bytes))
        if len(found) == MAX_GOLDEN or (found and size > MAX_GOLDEN_BYTES):
            break
        name = Path(item.source).name
        named = {a: name for a in subject.sample.form.filled() if instance.get(a) == item.source}
        found.append(GoldenCase(to_json({**instance, **named}), {}, name if subject.sample.real else ""))
    return found
