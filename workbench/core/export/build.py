"""Builds a verified SavedModel from a project, once per fingerprint.

The steps of a build: load, freeze, join, write, reload and compare, record in the manifest, store in the cache.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workbench.core.export import cache
from workbench.core.export.example_cases import ExportCase, example_cases, synthetic_cases, write_extra
from workbench.core.export.fold import fold
from workbench.core.export.freeze import freeze_model, freeze_preprocess, refuse_writing
from workbench.core.export.join import ServingGraph, join, written_signature
from workbench.core.export.portable import portable
from workbench.core.export.preprocess import preprocess_function
from workbench.core.export.verify import check_signatures, verify
from workbench.core.export.write import MAX_FROZEN, write_saved_model
from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel, load_scanned, refuse
from workbench.core.model.load_permission import digest, extras_of, options_for, scan, static_options
from workbench.core.model.load_permission import digests as extras_digests
from workbench.core.model.options import LoadOptions
from workbench.core.progress import Report, silent
from workbench.core.savedmodel.reach import reach
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.image_feeds import ImageFeed, own_size, pictures
from workbench.spec.manifest import ExportManifest, ModelSource, bare_names, read_export_manifest
from workbench.spec.model import ExportResult, ModelFacts, Progress, StepTime
from workbench.spec.project import Project
from workbench.spec.scaling_notes import scale_notes
from workbench.spec.settings import Layout
from workbench.spec.signature import Composition, compose
from workbench.spec.step_files import located, statistics_files

STEPS = ("load", "freeze", "write", "reload and compare")


def export(project: Project, base: Path, output: Path | None = None, report: Report = silent) -> ExportResult:
    """Build the export of a project, or find it in the cache; relative paths of the project start at `base`.

    With `output`, a copy is written there. The model's own classes, a separate architecture and the consent to run its
    code are those of the project and of the user (`load_permission`). Raises `WorkbenchError`; no partial output is
    left behind.
    """
    start = time.perf_counter()
    extras = extras_of(project, base)
    facts = scan(base / project.model, extras, report)
    refuse(facts, static_options(facts, extras))
    made = compose(facts, project)
    made.refuse_problems(where=facts.path)
    cases, digests = example_cases(project, base, made)
    numbers = tuple(digest(base / name) for name in statistics_files(project))
    key = cache.fingerprint(project, facts.sha256, (*extras_digests(Path(facts.path), extras), *digests, *numbers))
    timer = StepTimer(report)
    found = cache.find(key)
    if found is not None and output is not None and not cache.sound(found):
        found = None  # The copy must be of what was built, whatever happened to the cache since.
    if found is None:
        built = make(ExportOrder(project, facts, key, options_for(facts, extras), cases, base), timer)
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
    """The folder of a project's export, built if it does not exist yet."""
    return Path(export(project, base, report=report).path)


class ExportOrder(msgspec.Struct, frozen=True):
    """One export to build: what is known before anything is loaded."""

    project: Project
    facts: ModelFacts
    key: str
    options: LoadOptions
    cases: tuple[ExportCase, ...] = ()
    base: Path = Path()


class BuiltExport(msgspec.Struct, frozen=True):
    """A finished export in the cache, and the largest difference from the model that verification measured."""

    folder: Path
    difference: float


class StepTimer:
    """Reports each step and records its duration in seconds."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.steps: list[StepTime] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.report(Progress(f"Export: {name}", len(self.steps), len(STEPS)))
        start = time.perf_counter()
        yield
        self.steps.append(StepTime(name, time.perf_counter() - start))


def make(order: ExportOrder, timer: StepTimer) -> BuiltExport:
    """Build, verify and cache an export. Raises `WorkbenchError`; no partial output is left behind."""
    project = order.project
    with timer.step("load"):
        model = load_scanned(order.facts, timer.report, order.options)
        made = compose(model.facts, project)
        made.refuse_problems(where=order.facts.path)
    with timer.step("freeze"):
        layout = layout_of(project, model)
        graph = _joined(project, order.base, model, made, layout)
    with cache.workshop() as beside:
        folder = beside / "export"
        with timer.step("write"):
            definitions = {name: written_signature(graph, s) for name, s in made.signatures.items()}
            write_saved_model(graph, definitions, folder, order.key)
            check_signatures(folder, made)
        with timer.step("reload and compare"):
            difference = _prove(folder, model, made, order, layout)
        return BuiltExport(cache.keep(order.key, folder), difference)


def layout_of(project: Project, model: LoadedModel) -> Layout:
    """The layout that the project sets; `variables` if the weights are too large for one file."""
    dtypes = tensorflow().as_dtype
    # The weights of TF-IDF have no static shape, only their values have one.
    size = sum(int(np.prod(w.numpy().shape)) * dtypes(w.dtype).size for w in model.keras_model.weights)
    return "variables" if size > MAX_FROZEN else project.export.layout


def _joined(project: Project, base: Path, model: LoadedModel, made: Composition, layout: Layout) -> ServingGraph:
    shown = pictures(model.facts, project)
    # Traced for the shapes that the model itself accepts: the tensor signature does not depend on the image size.
    core = freeze_model(model, constants=layout == "frozen")
    if layout == "frozen":
        core = fold(core)
        refuse_writing(core)
    core = portable(core)
    readers = {p.alias: _reader(p, base) for p in shown}
    graphs = {p.alias: freeze_preprocess(readers[p.alias], p.tensor.dtype) for p in shown}
    return join(graphs, core, made, model.facts, project)


def _reader(picture: ImageFeed, base: Path) -> Callable[[Any], Any]:
    channels = (picture.tensor.shape or (None,) * 4)[3] or 3
    return preprocess_function(located(picture.preprocess, base), channels, own_size(picture.tensor))


def _prove(folder: Path, model: LoadedModel, made: Composition, order: ExportOrder, layout: Layout) -> float:
    with closing(ServingSession(folder)) as session:
        with closing(ServingSession(folder, optimise=False)) as plain:
            difference = verify(session, plain, model, made, order.project, order.facts.path)
        cases = order.cases or synthetic_cases(model.facts, made)
        write_extra(folder, session, _manifest(folder, made, order, layout), cases)
    return difference


def _manifest(folder: Path, made: Composition, order: ExportOrder, layout: Layout) -> ExportManifest:
    facts = order.facts
    return ExportManifest(
        project=bare_names(order.project),
        model=ModelSource(Path(facts.path).name, facts.sha256, facts.bytes, facts.keras_version),
        versions=cache.library_versions(),
        fingerprint=order.key,
        serving=made.serving,
        feeds=made.feeds,
        answers=made.answers,
        layout=layout,
        runtime=reach(folder).oldest,
        # Synthetic requests would warm up the graph for image sizes that are never sent.
        warmup=len(order.cases),
    )
