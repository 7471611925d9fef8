"""One export from start to end: load, freeze, join, write, reload and compare, sign, keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import numpy as np

from workbench.core.export import cache
from workbench.core.export.assets_extra import ExportCase, write_extra
from workbench.core.export.example_cases import synthetic_cases
from workbench.core.export.fold import fold
from workbench.core.export.freeze import freeze_model, freeze_preprocess, refuse_writing
from workbench.core.export.join import ServingGraph, join, written_signature
from workbench.core.export.portable import portable
from workbench.core.export.preprocess import preprocess_function
from workbench.core.export.verify import check_signatures, verify
from workbench.core.export.write import MAX_FROZEN, write_saved_model
from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel, load_scanned
from workbench.core.model.options import LoadOptions
from workbench.core.progress import Report
from workbench.core.savedmodel.reach import reach
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.image_feeds import own_size, pictures
from workbench.spec.manifest import ExportManifest, ModelSource, bare_names
from workbench.spec.model import ModelFacts, Progress, StepTime
from workbench.spec.project import Project
from workbench.spec.settings import Layout
from workbench.spec.signature import Composition, compose

STEPS = ("load", "freeze", "write", "reload and compare")


class ExportOrder(msgspec.Struct, frozen=True):
    """One export to be made: what is known before anything is loaded."""

    project: Project
    facts: ModelFacts
    key: str
    options: LoadOptions
    cases: tuple[ExportCase, ...] = ()


class BuiltExport(msgspec.Struct, frozen=True):
    """A finished export in the cache, and the largest difference to the model that proving it found."""

    folder: Path
    difference: float


class StepTimer:
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


def make(order: ExportOrder, timer: StepTimer) -> BuiltExport:
    """Build, prove and keep an export. Raises `WorkbenchError`; nothing half-written is left behind."""
    project = order.project
    with timer.step("load"):
        model = load_scanned(order.facts, timer.report, order.options)
        made = compose(model.facts, project)
        made.refuse_problems(where=order.facts.path)
    with timer.step("freeze"):
        layout = layout_of(project, model)
        graph = _joined(project, model, made, layout)
    with cache.workshop() as beside:
        folder = Path(beside) / "export"
        with timer.step("write"):
            definitions = {name: written_signature(graph, s) for name, s in made.signatures.items()}
            write_saved_model(graph, definitions, folder, order.key)
            check_signatures(folder, made)
        with timer.step("reload and compare"):
            difference = _prove(folder, model, made, order, layout)
        return BuiltExport(cache.keep(order.key, folder), difference)


def layout_of(project: Project, model: LoadedModel) -> Layout:
    """The layout asked for; weights too large for one file go beside it whatever was asked."""
    dtypes = tensorflow().as_dtype
    # The weights of TF-IDF have no shape until they hold values.
    size = sum(int(np.prod(w.numpy().shape)) * dtypes(w.dtype).size for w in model.keras_model.weights)
    return "variables" if size > MAX_FROZEN else project.export.layout


def _joined(project: Project, model: LoadedModel, made: Composition, layout: Layout) -> ServingGraph:
    shown = pictures(model.facts, project)
    # Traced for the shapes that the model itself takes: the tensor signature does not depend on the images' size.
    core = freeze_model(model, constants=layout == "frozen")
    if layout == "frozen":
        core = fold(core)
        refuse_writing(core)
    core = portable(core)
    readers = {
        p.alias: preprocess_function(p.preprocess, (p.tensor.shape or (None,) * 4)[3] or 3, own_size(p.tensor))
        for p in shown
    }
    graphs = {p.alias: freeze_preprocess(readers[p.alias], p.tensor.dtype) for p in shown}
    return join(graphs, core, made, model.facts, project)


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
        # Synthetic requests would warm the graph for image sizes that are never sent.
        warmup=len(order.cases),
    )
