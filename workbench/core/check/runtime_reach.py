"""Check `reach`: the export's oldest TensorFlow against that of the target, and a run in another TensorFlow."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from workbench.core.check.load_client import IN_PYTHON, LOADERS, Loader, LoadOrder, LoadResult, probe
from workbench.core.check.loads import CALLS, TOLERANCE, golden_cases, largest_difference
from workbench.core.check.result_text import number, result
from workbench.core.model.named_code import program_path
from workbench.core.savedmodel.reach import reach_of, releases
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.model import RuntimeHold, RuntimeReach
from workbench.spec.report import CheckResult, CheckVerdict, Evidence, EvidenceTable
from workbench.spec.runtime import compare_releases

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "reach"
TITLE: Final = CHECK_TITLES[NAME]


def check_reach(subject: GateSubject) -> CheckResult:
    """Compare every op and attribute with the op lists of the releases; if another TensorFlow is named, run the
    export there. An image that the service no longer maintains is a warning, one that is not available a failure."""
    found = reach_of(subject.graph)
    declared = subject.target.tensorflow()
    evidence: list[Evidence] = [_table(found)] if found.held_back or found.unknown else []
    if found.unknown:
        text = (
            f"No TensorFlow release from {releases()[0]} to {releases()[-1]} has these ops: {', '.join(found.unknown)}."
        )
        advice = (
            "A server needs a custom op library for them. Use layers with standard ops, or install it on the server."
        )
        return result(
            NAME, TITLE, "fail", text, measured="unknown ops", limit=declared, advice=advice, evidence=tuple(evidence)
        )
    run = _elsewhere(subject)
    if run is not None:
        evidence.append(_run_table(run))
    trouble = _trouble(found, declared) or _run_trouble(subject, run)
    message = f"Requires TensorFlow {found.oldest} or later; {_declared(subject, declared)}."
    if run is not None and not trouble:
        message = f"{message} Run in TensorFlow {next(iter(run.values())).tensorflow} with the same predictions."
    image = subject.target.image_status(date.today())
    advice = _advice(found) if trouble else subject.target.image_advice() if image.text else ""
    if image.state == "removed":
        trouble = f"{trouble} {image.text}".strip()
    verdict: CheckVerdict = "fail" if trouble else "warn" if image.text else "pass"
    return result(
        NAME,
        TITLE,
        verdict,
        trouble or f"{message} {image.text}".strip(),
        measured=found.oldest,
        limit=declared or None,
        unit="TensorFlow",
        advice=advice,
        evidence=tuple(evidence),
    )


def _declared(subject: GateSubject, declared: str) -> str:
    if not declared:
        return f"the target '{subject.target_name}' declares none"
    return f"the target '{subject.target_name}' runs {declared}"


def _trouble(found: RuntimeReach, declared: str) -> str:
    if not declared or compare_releases(minor(declared), found.oldest) >= 0:
        return ""
    held = [h for h in found.held_back if compare_releases(h.since, minor(declared)) > 0]
    return f"The target runs TensorFlow {declared}; the export requires {found.oldest}: {_first(held)}."


def minor(release: str) -> str:
    """The release without its patch number: the lists of ops are kept by minor release."""
    return ".".join(release.split(".")[:2])


def _first(held: list[RuntimeHold]) -> str:
    told = [f"{h.op}{f'.{h.attribute}' if h.attribute else ''} is new in {h.since} (node {h.node})" for h in held[:2]]
    more = f" and {len(held) - 2} more" if len(held) > 2 else ""
    return "; ".join(told) + more


def _advice(found: RuntimeReach) -> str:
    if any(h.op == "DecodeImage" for h in found.held_back):
        return "Declare the formats jpeg+png (the decoder of all formats is newer), or choose a newer runtime."
    return "Choose a newer runtime or container for the target, or build the model with older layers."


def _table(found: RuntimeReach) -> EvidenceTable:
    rows = [(h.op, h.attribute or None, h.since, h.node) for h in found.held_back]
    rows += [(op, None, "in no release", "") for op in found.unknown]
    return EvidenceTable("Ops that need a newer TensorFlow", ("op", "attribute", "since", "first node"), tuple(rows))


def _elsewhere(subject: GateSubject) -> dict[Loader, LoadResult] | None:
    """The export in the environment that the project names, if it names one. Raises `WorkbenchError` NO_PYTHON."""
    python = subject.project.check.python
    if not python:
        return None
    found = str(program_path(python, subject.base))
    cases = golden_cases(subject)
    order = LoadOrder(subject.folder, subject.made.serving, tuple(c.instance for c in cases), CALLS)
    run = probe(order, IN_PYTHON, found, subject.report)
    if run["session"].tensorflow.startswith("1."):
        return {"session": run["session"]}  # TensorFlow 1 has only this loader.
    return run


def _run_trouble(subject: GateSubject, run: dict[Loader, LoadResult] | None) -> str:
    for loader, probed in (run or {}).items():
        if probed.error:
            return f"It does not load in {subject.project.check.python} ({LOADERS[loader]}): {probed.error}"
        apart = largest_difference(golden_cases(subject), probed)
        if apart > TOLERANCE:
            return f"In TensorFlow {probed.tensorflow} the predictions differ by {number(apart)}."
    return ""


def _run_table(run: dict[Loader, LoadResult]) -> EvidenceTable:
    rows = [
        (LOADERS[loader], p.tensorflow or None, round(p.load_seconds, 3), p.error or "same predictions")
        for loader, p in run.items()
    ]
    return EvidenceTable("Run in the given environment", ("loader", "TensorFlow", "load, s", "result"), tuple(rows))
