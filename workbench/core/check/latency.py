"""Check `latency`: the first call, single images and batches, and the memory of a serving process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from workbench.core.check.result_text import figure, result, skipped
from workbench.core.instances.online import to_columns
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.report import Chart, ChartSeries, CheckResult, Evidence, EvidenceTable
from workbench.spec.size_text import size_text

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "latency"
TITLE: Final = CHECK_TITLES[NAME]

ALONE: Final = 24
"""Calls with one image each, from which the percentiles are computed."""

SWEEP: Final = (1, 2, 4, 8, 16, 32)
"""Batch sizes measured; each twice, the faster run counts."""

PATIENCE: Final = 20.0
"""Seconds after which larger batches are skipped: throughput hardly changes by then."""


def check_latency(subject: GateSubject) -> CheckResult:
    """Measure latency percentiles of one image, throughput by batch size, and the memory of a fresh serving process."""
    instances = _instances(subject)
    if not instances:
        return skipped(NAME, TITLE, "No image could be predicted; see the parity check.")
    alone = sorted(_milliseconds(subject, [instances[n % len(instances)]]) for n in range(ALONE + 1))[:-1]
    p50, p95 = (float(np.percentile(alone, q)) for q in (50, 95))
    sweep = _sweep(subject, instances)
    probed = subject.probed.get("serving") or subject.probed["session"]  # The loader that is available here.
    cold = probed.call_seconds[0] * 1000 if probed.call_seconds else 0.0
    limit = subject.project.check.latency_ms
    message = f"One image: median {p50:.1f} ms, 95th percentile {p95:.1f} ms; the first call {cold:.0f} ms."
    if probed.peak_bytes:
        message = f"{message} A serving process uses {size_text(probed.peak_bytes)}."
    evidence: list[Evidence] = [_chart(sweep), _table(p50, p95, max(alone), cold, probed.peak_bytes, sweep)]
    failed = bool(limit) and p95 > limit
    return result(
        NAME,
        TITLE,
        "fail" if failed else "pass",
        message,
        measured=round(p95, 2),
        limit=limit or None,
        unit="ms (p95)",
        advice="Choose `exact = false`, a smaller model or a larger machine; the limit is check.latency_ms."
        if failed
        else "",
        evidence=tuple(evidence),
    )


def _instances(subject: GateSubject) -> list[dict[str, Any]]:
    """The first images for which the export returns a prediction."""
    found = []
    for one in subject.survey.found[: max(SWEEP)]:
        instance = subject.sample.instance(one.item)
        if isinstance(instance, dict):
            found.append(instance)
    return found


def _milliseconds(subject: GateSubject, batch: Sequence[dict[str, Any]]) -> float:
    serving = subject.made.serving
    columns = to_columns(batch, subject.session.signatures[serving])
    start = time.perf_counter()
    subject.session.run(serving, columns)
    return (time.perf_counter() - start) * 1000


def _sweep(subject: GateSubject, instances: list[dict[str, Any]]) -> list[tuple[int, float]]:
    """Images per second by batch size; images that keep their own size are only batched with others of that size."""
    found = []
    instances = instances[:1] if subject.made.as_sent else instances
    start = time.perf_counter()
    for batch in SWEEP:
        given = [instances[n % len(instances)] for n in range(batch)]
        best = min(_milliseconds(subject, given) for _ in range(2))
        found.append((batch, batch * 1000 / best))
        if time.perf_counter() - start > PATIENCE:
            break
    return found


def _chart(sweep: list[tuple[int, float]]) -> Chart:
    line = ChartSeries("images per second", tuple(round(rate, 2) for _, rate in sweep))
    return Chart(
        "Images per second by batch size",
        "bars",
        tuple(str(b) for b, _ in sweep),
        (line,),
        "batch",
        "images per second",
    )


def _table(
    p50: float, p95: float, longest: float, cold: float, memory: int, sweep: list[tuple[int, float]]
) -> EvidenceTable:
    best = max(sweep, key=lambda pair: pair[1])
    rows: tuple[tuple[str, str | float | None], ...] = (
        ("first call, ms", figure(cold)),
        ("one image, median, ms", figure(p50)),
        ("one image, 95th percentile, ms", figure(p95)),
        ("one image, longest, ms", figure(longest)),
        ("best batch", f"{best[0]} ({best[1]:.1f} images per second)"),
        ("memory of a serving process", size_text(memory) if memory else "not known"),
    )
    return EvidenceTable("On this machine", ("what", "measured"), rows)
