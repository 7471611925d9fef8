"""One function a verb: the only door of the core for the engine and the command line.

Heavy modules are imported inside the verbs, so that asking for one costs only that one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.data import Check, Prepared
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import ExportResult, ModelFacts, Progress, Row
from workbench.spec.project import Project
from workbench.spec.signature import Composition, compose
from workbench.spec.target import PushResult, Target, VersionInfo

if TYPE_CHECKING:
    from workbench.core.data.wanted import Wanted
    from workbench.core.model.permit import Extras
    from workbench.core.predict.forms import InstanceForm
    from workbench.core.predict.inputs import Record
    from workbench.core.predict.instances import Features, Values


class Shown(msgspec.Struct, frozen=True):
    """The answer of `show`: signatures as they are or will be, and the labels that a reply may carry."""

    tags: tuple[str, ...]
    composition: Composition
    labels: tuple[str, ...] = ()


def extras(custom: Path | None = None, architecture: Path | None = None) -> Extras:
    """The files a user named beside a model, for the verbs below."""
    from workbench.core.model.permit import Extras

    return Extras(custom, architecture)


def inspect(path: Path, report: Report = silent, extras: Extras | None = None) -> ModelFacts:
    """A model file's facts; nothing of it is run."""
    from workbench.core.model.permit import NOTHING_NAMED, scan

    return scan(path, extras or NOTHING_NAMED, report)


def trust(path: Path, *, allow: bool = True, extras: Extras | None = None) -> ModelFacts:
    """Allow this very file to run its own code from now on, or take that back; answers its facts."""
    from workbench.core.model.trust import forget, remember

    facts = inspect(path, extras=extras)
    if allow:
        remember(Path(facts.path), facts.sha256, facts.runs_code)
    else:
        forget(facts.sha256)
    return inspect(path, extras=extras)


def trust_behind(path: Path, *, allow: bool, extras: Extras | None = None) -> None:
    """The same for the model behind a project or a model's path."""
    from workbench.core.export.resolve import kind_of, model_of

    if kind_of(path) != "savedmodel":
        model, own = model_of(path)
        trust(model, allow=allow, extras=extras or own)


def load_facts(path: Path, report: Report = silent, extras: Extras | None = None) -> ModelFacts:
    """A model's facts with the exact shapes only loading tells."""
    return _loaded(inspect(path, report, extras), report, extras)


def _loaded(facts: ModelFacts, report: Report, extras: Extras | None) -> ModelFacts:
    from workbench.core.model.load import load_scanned
    from workbench.core.model.permit import NOTHING_NAMED, options_for

    exact = load_scanned(facts, report, options_for(facts, extras or NOTHING_NAMED)).facts
    return msgspec.structs.replace(exact, trusted=facts.trusted, problems=facts.problems)


def known_facts(
    path: Path, report: Report = silent, extras: Extras | None = None, *, outputs: bool = True
) -> ModelFacts:
    """The facts a signature needs: the scan's where it knows every shape, else those of loading.

    Without `outputs` only the inputs have to be known: enough to make requests.
    """
    facts = inspect(path, report, extras)
    wanted = (*facts.inputs, *facts.outputs) if outputs else facts.inputs
    return facts if all(t.shape is not None for t in wanted) else _loaded(facts, report, extras)


def project_facts(project: Project, base: Path, report: Report = silent, *, outputs: bool = True) -> ModelFacts:
    """The same for a project's model, with the files the project names beside it."""
    from workbench.core.model.permit import extras_of

    return known_facts(base / project.model, report, extras_of(project, base), outputs=outputs)


def show(path: Path, report: Report = silent, extras: Extras | None = None) -> Shown:
    """The signatures of a project or model (as they will be) or a SavedModel (as they are)."""
    from workbench.core.export.resolve import kind_of, project_of
    from workbench.core.model.permit import NOTHING_NAMED

    if kind_of(path) == "savedmodel":
        from workbench.core.export.reopen import shown_of

        tags, made, labels = shown_of(path)
        return Shown(tags, made, labels)
    project, base = project_of(path, extras or NOTHING_NAMED)
    made = compose(project_facts(project, base, report), project)
    return Shown(("serve",), made, project.signature.labels)


def reopen(directory: Path, folder: Path) -> tuple[Project, Path]:
    """The project an export was made from, and the model file it belongs to, looked for beside both."""
    from workbench.core.export.reopen import reopen as again

    return again(directory, folder)


def export(project: Project, base: Path, output: Path | None = None, report: Report = silent) -> ExportResult:
    """Make or find a project's export; `base` is the folder its paths start from."""
    from workbench.core.export.build import export as build

    return build(project, base, output, report)


def predict(
    directory: Path,
    inputs: Sequence[str],
    *,
    values: Values,
    features: Features,
    signature: str = "",
    report: Report = silent,
) -> Iterator[list[Row]]:
    """Rows batch by batch with the export in `directory`."""
    from workbench.core.predict.runner import Predictor

    report(Progress("Loading the export"))
    predictor = Predictor(directory, signature=signature)
    try:
        yield from predictor.stream(inputs, values=values, features=features, report=report)
    finally:
        predictor.close()


def push(
    project: Project,
    base: Path,
    target: Target,
    *,
    model: str,
    version: str = "",
    default: bool = False,
    report: Report = silent,
) -> PushResult:
    """Push a project's export as a version of `model` at a target."""
    from workbench.core.deploy.push import push as deploy

    folder = Path(export(project, base, report=report).path)
    smoke = [smoke_instance(project, base, report)]
    return deploy(folder, target, model=model, version=version, default=default, report=report, smoke=smoke)


def smoke_instance(project: Project, base: Path, report: Report = silent) -> dict[str, object]:
    """A synthetic instance every version of the project must answer before it may be the default."""
    from workbench.core.export.synthetic import instances_of, synthetic_columns
    from workbench.core.predict.instances import to_json

    facts = project_facts(project, base, report, outputs=False)
    return to_json(instances_of(synthetic_columns(facts.inputs, compose(facts, project)))[0])


def versions(target: Target, model: str) -> tuple[VersionInfo, ...]:
    """The versions of a model at a target."""
    from workbench.core.deploy.push import list_versions

    return list_versions(target, model)


def set_default(target: Target, model: str, version: str) -> tuple[VersionInfo, ...]:
    """Make a version the default; answers the versions as they then are."""
    from workbench.core.deploy.push import set_default as deploy

    return deploy(target, model, version)


def call(
    target: Target,
    inputs: Sequence[str],
    *,
    model: str,
    version: str = "",
    form: InstanceForm,
    values: Values,
    features: Features,
    report: Report = silent,
) -> Iterator[list[Row]]:
    """Online prediction through the target's API: rows as `predict` gives them, one list each."""
    from workbench.core.deploy.call import call as online
    from workbench.core.predict.forms import served_form
    from workbench.core.predict.inputs import Inputs

    asked = Inputs(served_form(form), inputs, values, features)
    sending = _Sending(asked.records())
    done, total = 0, asked.total
    report(Progress("Calling", 0, total))
    for answer in online(target, model, version, sending.instances()):
        rows = sending.rows_up_to(answer)
        done += len(rows)
        yield rows
        report(Progress("Calling", done, total))
    if rest := sending.rows_refused():
        yield rest


class _Sending:
    """The instances of a call, made as they are sent, and which input each answer belongs to.

    What cannot be read is refused here and never sent; answers come back in the order of the instances that were.
    """

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = records
        self._waiting: deque[tuple[str, ErrorInfo | None]] = deque()

    def instances(self) -> Iterator[dict[str, object]]:
        from workbench.core.predict.instances import as_json

        for record in self._records:
            refused = record.instance if isinstance(record.instance, ErrorInfo) else None
            self._waiting.append((record.source, refused))
            if refused is None:
                yield as_json(record.instance)

    def rows_up_to(self, answer: dict[str, object] | ErrorInfo) -> list[Row]:
        """The rows up to the one answered: those refused on the way, then the answer's own."""
        rows = self._refused()
        source, _ = self._waiting.popleft()
        own = Row(source, error=answer) if isinstance(answer, ErrorInfo) else Row(source, prediction=answer)
        return [*rows, own]

    def rows_refused(self) -> list[Row]:
        """The rows after the last answer, all refused."""
        return self._refused()

    def _refused(self) -> list[Row]:
        rows = []
        while self._waiting and (error := self._waiting[0][1]) is not None:
            rows.append(Row(self._waiting.popleft()[0], error=error))
        return rows


def prepare(
    inputs: Sequence[str | Path],
    output: Path,
    *,
    project: Path | None = None,
    format: str = "",
    shards: int = 1,
    gzip: bool = False,
    values: Values,
    features: Features,
    errors: Path | None = None,
    check: Check = "quick",
    report: Report = silent,
) -> Prepared:
    """Write images as instances of the serving signature of a project, a model or an export; else of the article's."""
    from workbench.core.data.prepare import Order
    from workbench.core.data.prepare import prepare as write

    order = Order(
        inputs=inputs,
        output=output,
        wanted=_wanted(project, report),
        format=format,
        shards=shards,
        gzip=gzip,
        values=values,
        features=features,
        errors=errors,
        check=check,
    )
    return write(order, report)


def _wanted(path: Path | None, report: Report) -> Wanted:
    from workbench.core.data.wanted import article_form, wanted_by_export, wanted_by_project
    from workbench.core.export.resolve import kind_of, project_of
    from workbench.spec.pictures import pictures

    if path is None:
        return article_form()
    if kind_of(path) == "savedmodel":
        return wanted_by_export(path)
    project, base = project_of(path)
    facts = project_facts(project, base, report, outputs=False)
    made = compose(facts, project)
    made.refuse_problems(where=str(path))
    return wanted_by_project(made, pictures(facts, project))


def form_for(project: Project, base: Path, report: Report = silent) -> InstanceForm:
    """What one instance of a project's signature holds."""
    from workbench.core.predict.forms import form_of_composition

    composition = compose(project_facts(project, base, report, outputs=False), project)
    composition.refuse_problems(where=str(base / project.model))
    return form_of_composition(composition)


def form_at(target: Target, model: str, version: str = "") -> InstanceForm:
    """What one instance of a version's `serving_default` holds, read off the version's own files."""
    from workbench.core.deploy.describe import form_at as described

    return described(target, model, version)


def serve(host: str, port: int, root: Path, on_ready: Callable[[str], None]) -> None:
    """Run the local target until it is told to stop."""
    from workbench.core.serve.run import serve as run

    run(host, port, root, on_ready)
