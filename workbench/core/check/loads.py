"""Check `loads`: opens the export in clean processes with every loader and replays its golden cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from workbench.core.check.load_client import LOADERS, Loader, LoadOrder, LoadResult, loaders_here, probe
from workbench.core.check.result_text import number, result
from workbench.core.instances.image_instances import to_json
from workbench.spec.answer_distance import apart
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.manifest import GoldenCase
from workbench.spec.report import CheckResult, CheckVerdict, EvidenceTable
from workbench.spec.size_text import size_text

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "loads"
TITLE: Final = CHECK_TITLES[NAME]

TOLERANCE: Final = 1e-4
"""Largest difference between processes and TensorFlow releases, relative to values above 1.

The same graph differed by 0.0 from TensorFlow 2.15 to 2.21 and by up to 4e-6 in 1.15; golden predictions are stored
with six digits.
"""

LOADED: Final = {1: "The loader opens", 2: "Both loaders open", 3: "All three loaders open"}

CALLS: Final = 12
"""Calls of one instance in each process: the first one is the cold call."""


def probe_golden(subject: GateSubject) -> dict[Loader, LoadResult]:
    """Predict the export's golden cases (or the first images) in new processes, with every loader."""
    cases = golden_cases(subject)
    order = LoadOrder(subject.folder, subject.made.serving, tuple(c.instance for c in cases), CALLS)
    assert subject.reference.model  # Loaded, so TensorFlow's import is over, in the loader as well.
    return probe(order, loaders_here(), report=subject.report, forked=subject.reference.loader)


def golden_cases(subject: GateSubject) -> tuple[GoldenCase, ...]:
    """The golden cases in the export; if it has none, its first images without predictions."""
    if subject.manifest is not None and subject.manifest.golden:
        return subject.manifest.golden
    instances = [subject.sample.instance(item) for item in subject.sample.items[:3]]
    return tuple(GoldenCase(to_json(i), {}) for i in instances if isinstance(i, dict))


def check_loads(subject: GateSubject) -> CheckResult:
    """Every loader opens the export and reproduces its golden cases."""
    probed = subject.probed
    broken = [f"{LOADERS[n]}: {p.error}" for n, p in probed.items() if p.error]
    evidence = (_table(probed),)
    if broken:
        advice = "A server would fail in the same way. Export again; if that does not help, report this model."
        return result(NAME, TITLE, "fail", broken[0], measured="not loaded", advice=advice, evidence=evidence)
    worst = max(largest_difference(golden_cases(subject), p) for p in probed.values())
    verdict: CheckVerdict = "pass" if worst <= TOLERANCE else "fail"
    slowest = max(p.load_seconds for p in probed.values())
    memory = max(p.load_bytes for p in probed.values())
    message = f"{LOADED[len(probed)]} it (max {slowest:.1f} s, {size_text(memory)} of memory)."
    if verdict == "fail":
        message = f"It loads, but its golden cases differ by {number(worst)}."
    return result(NAME, TITLE, verdict, message, measured=worst, limit=TOLERANCE, unit="difference", evidence=evidence)


def largest_difference(cases: tuple[GoldenCase, ...], probed: LoadResult) -> float:
    """Largest difference of two lists of predictions, relative to values above 1; infinite for other keys or shapes."""
    pairs = zip((c.prediction for c in cases if c.prediction), probed.predictions, strict=False)
    return max((apart(known, given) for known, given in pairs), default=0.0)


def _table(probed: Mapping[Loader, LoadResult]) -> EvidenceTable:
    rows = []
    for loader, p in probed.items():
        cold = round(p.call_seconds[0] * 1000, 1) if p.call_seconds else None
        rows.append(
            (
                LOADERS[loader],
                p.tensorflow,
                round(p.import_seconds, 2),
                round(p.load_seconds, 3),
                size_text(p.load_bytes),
                cold,
            )
        )
    columns = ("loader", "TensorFlow", "import, s", "load, s", "memory to load", "first call, ms")
    return EvidenceTable("The loaders", columns, tuple(rows))
