"""Smoke test: the golden cases of an export, sent to a version and compared with the recorded predictions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.deploy.port import Instance, TargetRefused
from workbench.core.deploy.replies import named
from workbench.spec.answer_distance import apart
from workbench.spec.errors import WorkbenchError
from workbench.spec.limits import Limits
from workbench.spec.manifest import GoldenCase, read_export_manifest
from workbench.spec.report import GateRecord
from workbench.spec.targets.base import Target

LIMIT: Final = 1e-4
"""Largest difference of a served number from the local one, absolute below 1 and relative above.

The same export run in TensorFlow 1.15, 2.15 and 2.21 agreed within 5e-7 here. Convolutions on a GPU that rounds to TF32
have 10 bits of mantissa (NVIDIA, "Accelerating AI training with TF32": 1e-3 per operand), whose errors average out to a
few 1e-5 in a softmax; a wrong image or a wrong graph differs by far more than 1e-4.
"""

_ENVELOPE: Final = len(json.dumps({"instances": []}))


class SmokeResult(msgspec.Struct, frozen=True):
    """The result of a version: the number of golden cases, and the largest difference from the local numbers."""

    cases: int = 0
    difference: float = 0.0


def golden_cases(export_dir: Path, limits: Limits, more: Sequence[Instance] = ()) -> tuple[GoldenCase, ...]:
    """An export's own cases that fit into a request of the target, else the given instances, without predictions."""
    told = read_export_manifest(export_dir)
    fitting = [case for case in (told.golden if told else ()) if _fits(case.instance, limits)]
    return tuple(fitting) or tuple(GoldenCase(instance, {}) for instance in more)


def _fits(instance: Instance, limits: Limits) -> bool:
    return not limits.request_bytes or _size(instance) + _ENVELOPE <= limits.request_bytes


def _size(instance: Instance) -> int:
    return len(json.dumps(instance)) + len(", ")


def chunked(cases: Sequence[GoldenCase], limits: Limits) -> Iterator[list[GoldenCase]]:
    """The cases in groups that each fit into one request."""
    group: list[GoldenCase] = []
    size = _ENVELOPE
    for case in cases:
        length = _size(case.instance)
        if group and limits.request_bytes and size + length > limits.request_bytes:
            yield group
            group, size = [], _ENVELOPE
        group.append(case)
        size += length
    if group:
        yield group


def try_version(
    ask: Callable[[list[Instance]], list[Any]], cases: Sequence[GoldenCase], name: str, limits: Limits
) -> SmokeResult:
    """Send all cases to a version. Raises `WorkbenchError` SMOKE_FAILED or SMOKE_DIFFERS."""
    worst = 0.0
    for group in chunked(cases, limits):
        try:
            answers = ask([case.instance for case in group])
        except TargetRefused as err:
            text = f"The version '{name}' loads but does not predict: {err.message}"
            raise WorkbenchError("SMOKE_FAILED", text) from err
        for case, answer in zip(group, answers, strict=True):
            worst = max(worst, _distance(case, answer, name))
    return SmokeResult(len(cases), worst)


def _distance(case: GoldenCase, answer: Any, name: str) -> float:
    if not case.prediction:
        return 0.0
    served = named(answer, next(iter(case.prediction)) if len(case.prediction) == 1 else "")
    found = 0.0
    for alias, local in case.prediction.items():
        off = apart(local, served[alias]) if alias in served else math.inf
        if off > LIMIT:
            which = f"case '{case.source}'" if case.source else "a golden case"
            text = f"The version '{name}' returns another '{alias}' for {which} than the local export"
            said = f" (difference {off:.1e}, limit {LIMIT:.0e})" if math.isfinite(off) else ""
            hint = "Check the target's TensorFlow release and machine type."
            raise WorkbenchError("SMOKE_DIFFERS", f"{text}{said}.", hint=hint)
        found = max(found, off)
    return found


def check_gate(gate: GateRecord, target: Target) -> None:
    """Raise `WorkbenchError` GATE_FAILED if the gate failed and no override was given."""
    if gate.verdict == "fail" and not gate.override:
        text = f"The release gate failed: {', '.join(gate.failed) or 'see its report'}."
        hint = "Fix it, or push with --override REASON, which is recorded in the release log."
        raise WorkbenchError("GATE_FAILED", text, where=f"{target.kind} target", hint=hint)
