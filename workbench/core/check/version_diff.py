"""Check `diff`: compares the export with the live version, for its callers and on the golden images of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from workbench.core.check.golden import GoldenChange as Moved
from workbench.core.check.golden import answers_now, changes_of
from workbench.core.check.loads import TOLERANCE
from workbench.core.check.result_text import figure, images_table, result, skipped
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.diff import SignatureDiff, diff
from workbench.spec.errors import ErrorInfo
from workbench.spec.manifest import ExportManifest
from workbench.spec.report import CheckResult, CheckVerdict, Evidence, EvidenceTable
from workbench.spec.size_text import plural
from workbench.spec.tensors import SignatureSpec

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject


NAME: Final = "diff"
TITLE: Final = CHECK_TITLES[NAME]


class LiveVersion(Protocol):
    """A version at a target. The caller of the gate looks it up; the checks do not know targets."""

    @property
    def name(self) -> str:
        """The model and the version in readable form."""

    @property
    def signatures(self) -> dict[str, SignatureSpec]:
        """The signatures of its files."""

    @property
    def manifest(self) -> ExportManifest | None:
        """What it records about itself, if the Workbench wrote it."""

    def answers(self, instances: Sequence[dict[str, Any]]) -> list[dict[str, object] | ErrorInfo]:
        """Its online predictions, one per instance in order. Raises `OutsideError` if the target fails."""


def check_diff(subject: GateSubject) -> CheckResult:
    """Keys, dtypes, shapes, settings and labels in words; and which golden images of the old version changed their
    top-1."""
    old = subject.deployed
    if old is None:
        advice = "Give one with --against TARGET/MODEL[/VERSION]."
        return skipped(NAME, TITLE, "No version to compare with.", advice)
    found = diff(old.signatures, subject.read.signatures, old.manifest, subject.manifest)
    moved = _moved(subject, old, found)
    evidence: list[Evidence] = []
    if found.changes:
        rows = tuple((c.kind, c.where, c.message) for c in found.changes)
        evidence.append(EvidenceTable(f"Changes since {old.name}", ("kind", "where", "what"), rows))
    if moved:
        rows_moved = [(c.source, figure(c.difference), c.words) for c in moved]
        evidence.append(images_table("Changed golden images", ("image", "difference", "what"), rows_moved))
    flips = [c for c in moved if c.words.startswith("top-1 of")]
    verdict: CheckVerdict = "fail" if found.kind == "breaking" else "warn" if flips else "pass"
    return result(
        NAME,
        TITLE,
        verdict,
        f"{_words(found, old)} {_golden(old, moved, flips)}".strip(),
        measured=found.kind,
        limit="compatible",
        advice="Callers have to change first: use a new model name, or keep the old keys." if verdict == "fail" else "",
        evidence=tuple(evidence),
    )


def _words(found: SignatureDiff, old: LiveVersion) -> str:
    if found.kind == "same":
        return f"No difference for callers from {old.name}."
    first = found.changes[0].message
    more = f" ({len(found.changes) - 1} more)" if len(found.changes) > 1 else ""
    word = "Breaks callers" if found.kind == "breaking" else "Callers need no change"
    return f"{word}, compared with {old.name}: {first}{more}"


def _golden(old: LiveVersion, moved: Sequence[Moved], flips: Sequence[Moved]) -> str:
    if old.manifest is None or not old.manifest.golden:
        return "It has no golden images."
    count = plural(len(old.manifest.golden), "golden image")
    if not moved:
        return f"Its {count} return the same predictions."
    return f"Of its {count}, {len(moved)} return other predictions, {len(flips)} with another top-1 class."


def _moved(subject: GateSubject, old: LiveVersion, found: SignatureDiff) -> list[Moved]:
    """The old version's golden images for which the new export predicts differently; empty if their keys do not fit."""
    if old.manifest is None or not old.manifest.golden:
        return []
    keys = {alias for case in old.manifest.golden for alias in case.instance}
    if keys != {f.alias for f in subject.made.feeds}:
        return []  # The change of keys is reported; requests with the old keys can no longer be sent.
    answers = answers_now(subject, old.manifest.golden)
    common = [_common(case.prediction, answer) for case, answer in zip(old.manifest.golden, answers, strict=True)]
    cases = [_with(case, before) for case, (before, _) in zip(old.manifest.golden, common, strict=True)]
    changes = changes_of(cases, [now for _, now in common])
    return sorted((c for c in changes if c.difference > TOLERANCE), key=lambda c: -c.difference)


def _common(before: dict[str, Any], now: dict[str, Any] | str) -> tuple[dict[str, Any], dict[str, Any] | str]:
    """Both predictions reduced to their common keys: keys that were added or removed are reported by the diff."""
    if isinstance(now, str):
        return before, now
    keys = [key for key in before if key in now]
    return {key: before[key] for key in keys}, {key: now[key] for key in keys}


def _with(case: Any, prediction: dict[str, Any]) -> Any:
    import msgspec

    return msgspec.structs.replace(case, prediction=prediction)
