"""`export`: from a project to a proven one-file SavedModel, built once for each fingerprint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.export import cache
from workbench.core.export.freeze import freeze_model, freeze_preprocess
from workbench.core.export.join import join, written_signature
from workbench.core.export.preprocess import preprocess_function
from workbench.core.export.verify import verify
from workbench.core.export.write import write_saved_model
from workbench.core.model.load import load_scanned, refuse
from workbench.core.model.options import LoadOptions
from workbench.core.model.permit import extras_of, options_for, scan, static_options
from workbench.core.progress import Report, silent
from workbench.spec.model import ExportResult, ModelFacts, Progress, StepTime
from workbench.spec.project import Project, image_input
from workbench.spec.signature import compose

STEPS = ("load", "freeze", "write", "reload and compare")


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
    compose(facts, project).refuse_problems(where=facts.path)
    key = cache.fingerprint(project, facts.sha256, extras.digests(Path(facts.path)))
    found = cache.find(key)
    timer = _Timer(report)
    difference = 0.0
    folder = found
    if folder is None:
        folder, difference = _build(project, facts, key, timer, options_for(facts, extras))
    if output is not None:
        cache.publish(folder, output)
    place = output or folder
    files = [p for p in place.rglob("*") if p.is_file()]
    return ExportResult(
        path=str(place),
        bytes=sum(p.stat().st_size for p in files),
        files=len(files),
        seconds=time.perf_counter() - start,
        fingerprint=key,
        difference=difference,
        reused=found is not None,
        steps=tuple(timer.steps),
    )


class _Timer:
    """Reports each step and keeps its seconds."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.steps: list[StepTime] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.report(Progress(f"Export: {name}", len(self.steps), len(STEPS)))
        start = time.perf_counter()
        yield
        self.steps.append(StepTime(name, time.perf_counter() - start))


def _build(project: Project, facts: ModelFacts, key: str, timer: _Timer, options: LoadOptions) -> tuple[Path, float]:
    with timer.step("load"):
        model = load_scanned(facts, timer.report, options)
        composition = compose(model.facts, project)
        composition.refuse_problems(where=facts.path)
        image = image_input(model.facts, project.preprocess.input)
        channels = (image.shape or ())[3] or 3
    with timer.step("freeze"):
        core = freeze_model(model, image, project.preprocess.size)
        preprocess = freeze_preprocess(preprocess_function(project.preprocess, channels))
        graph = join(preprocess, core, composition, tuple(t.name for t in model.facts.inputs))
    with cache.workshop() as beside:
        folder = Path(beside) / "export"
        with timer.step("write"):
            definitions = {n: written_signature(graph, s.method_name) for n, s in composition.signatures.items()}
            write_saved_model(graph, definitions, folder, key)
        with timer.step("reload and compare"):
            difference = verify(folder, model, composition, graph.image_tensor)
        return cache.keep(key, folder), difference


def export_of(project: Project, base: Path, report: Report = silent) -> Path:
    """The folder of a project's export, made if it is not there yet."""
    return Path(export(project, base, report=report).path)
