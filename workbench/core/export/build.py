"""`export`: from a project to a proven SavedModel, built once for each fingerprint."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from workbench.core.export import cache
from workbench.core.export.example_cases import example_cases
from workbench.core.export.make import BuiltExport, ExportOrder, StepTimer, make
from workbench.core.model.load import refuse
from workbench.core.model.load_permission import digests as extras_digests
from workbench.core.model.load_permission import extras_of, options_for, scan, static_options
from workbench.core.progress import Report, silent
from workbench.spec.manifest import read_export_manifest
from workbench.spec.model import ExportResult
from workbench.spec.project import Project
from workbench.spec.scaling_notes import scale_notes
from workbench.spec.signature import compose


def export(project: Project, base: Path, output: Path | None = None, report: Report = silent) -> ExportResult:
    """Make the export of a project whose paths start at `base`, or find it in the cache.

    With `output` a copy is put there. The model's own classes, a separate architecture and the consent to
    run its code are those of the project and of the user (`permit`). Raises `WorkbenchError`; nothing
    half-written is left behind.
    """
    start = time.perf_counter()
    extras = extras_of(project, base)
    facts = scan(base / project.model, extras, report)
    refuse(facts, static_options(facts, extras))
    made = compose(facts, project)
    made.refuse_problems(where=facts.path)
    cases, digests = example_cases(project, base, made)
    key = cache.fingerprint(project, facts.sha256, (*extras_digests(Path(facts.path), extras), *digests))
    timer = StepTimer(report)
    found = cache.find(key)
    if found is not None and output is not None and not cache.sound(found):
        found = None  # What is given away is what was made, whatever happened to the cache since.
    if found is None:
        built = make(ExportOrder(project, facts, key, options_for(facts, extras), cases), timer)
    else:
        built = BuiltExport(found, 0.0)
    if output is not None:
        cache.publish(built.folder, output)
    result = _result(output or built.folder, built, key, timer, time.perf_counter() - start)
    return msgspec.structs.replace(result, notes=scale_notes(made.notes))


def _result(place: Path, built: BuiltExport, key: str, timer: StepTimer, seconds: float) -> ExportResult:
    files = [p for p in place.rglob("*") if p.is_file()]
    told = read_export_manifest(place)
    return ExportResult(
        path=str(place),
        bytes=sum(p.stat().st_size for p in files),
        files=len(files),
        seconds=seconds,
        fingerprint=key,
        difference=built.difference,
        reused=not timer.steps,
        steps=tuple(timer.steps),
        layout=told.layout if told else "",
        runtime=told.runtime if told else "",
        warmup=told.warmup if told else 0,
    )


def export_of(project: Project, base: Path, report: Report = silent) -> Path:
    """The folder of a project's export, made if it is not there yet."""
    return Path(export(project, base, report=report).path)
