"""The release gate: runs every check in order and reports each result as it is available."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from workbench.core.check import (
    golden,
    labels,
    latency,
    limits,
    loads,
    outputs,
    parity,
    runtime_reach,
    security,
    signature_lint,
    skew,
    version_diff,
)
from workbench.core.check.result_text import result, skipped
from workbench.core.check.subject import GateSubject
from workbench.core.model.load_policy import REASONS
from workbench.spec.errors import CancelledError, OutsideError, WorkbenchError
from workbench.spec.model import Problem
from workbench.spec.report import CheckResult

Start = Callable[[str, str, int, int], None]
"""Called before a check: its name, its title, its index and the number of checks."""

Finish = Callable[[CheckResult], None]


class GateCheck(msgspec.Struct, frozen=True):
    """One check of the gate: its name, title and function."""

    name: str
    title: str
    run: Callable[[GateSubject], CheckResult]


CHECKS: Final = (
    GateCheck(loads.NAME, loads.TITLE, loads.check_loads),
    GateCheck(signature_lint.NAME, signature_lint.TITLE, signature_lint.check_signature),
    GateCheck(parity.NAME, parity.TITLE, parity.check_parity),
    GateCheck(skew.NAME, skew.TITLE, skew.check_skew),
    GateCheck(runtime_reach.NAME, runtime_reach.TITLE, runtime_reach.check_reach),
    GateCheck(golden.NAME, golden.TITLE, golden.check_golden),
    GateCheck(labels.NAME, labels.TITLE, labels.check_labels),
    GateCheck(limits.NAME, limits.TITLE, limits.check_limits),
    GateCheck(latency.NAME, latency.TITLE, latency.check_latency),
    GateCheck(security.NAME, security.TITLE, security.check_security),
    GateCheck(version_diff.NAME, version_diff.TITLE, version_diff.check_diff),
    GateCheck(outputs.NAME, outputs.TITLE, outputs.check_outputs),
)


def run_checks(subject: GateSubject, on_start: Start, on_check: Finish) -> tuple[CheckResult, ...]:
    """All checks of an export. A check that cannot run counts as failed.

    Raises `CancelledError`, and `OutsideError` if the live version cannot be reached.
    """
    done = []
    for place, check in enumerate(CHECKS):
        on_start(check.name, check.title, place, len(CHECKS))
        start = time.perf_counter()
        found = _run(check, subject)
        done.append(msgspec.structs.replace(found, seconds=round(time.perf_counter() - start, 3)))
        on_check(done[-1])
    return tuple(done)


def _run(check: GateCheck, subject: GateSubject) -> CheckResult:
    try:
        return check.run(subject)
    except (CancelledError, OutsideError):
        raise
    except WorkbenchError as err:
        return result(check.name, check.title, "fail", str(err.message), measured=err.code, advice=err.hint)
    except Exception as err:  # noqa: BLE001 - a defect of one check must not decide the others
        text = f"The check stopped with an internal error: {type(err).__name__}: {' '.join(str(err).split())[:300]}"
        return result(check.name, check.title, "fail", text, measured="INTERNAL", advice="Please report it.")


def refused(problems: tuple[Problem, ...], on_start: Start, on_check: Finish) -> tuple[CheckResult, ...]:
    """The checks of a project that cannot be exported: each problem fails its check, the others are skipped."""
    done = []
    for place, check in enumerate(CHECKS):
        on_start(check.name, check.title, place, len(CHECKS))
        own = [p for p in problems if check_of(p) == check.name]
        if own:
            text = " ".join(p.message for p in own)
            done.append(result(check.name, check.title, "fail", text, measured=own[0].code, advice="Fix this first."))
        else:
            done.append(skipped(check.name, check.title, "There is no export to check."))
        on_check(done[-1])
    return tuple(done)


def check_of(problem: Problem) -> str:
    """The check that a problem belongs to."""
    if problem.code in REASONS:
        return security.NAME
    if problem.code == "LABEL_COUNT":
        return labels.NAME
    if problem.code == "EXPORT_DIFFERS":
        return parity.NAME
    if problem.field.startswith(("signature", "images")):
        return signature_lint.NAME
    return loads.NAME
