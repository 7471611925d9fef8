"""Verbs about targets: push, versions and online prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.jobs.export import export
from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.model import Progress, Row
from workbench.spec.project import Project
from workbench.spec.signature import compose
from workbench.spec.target import PushResult, Target, VersionInfo

if TYPE_CHECKING:
    from workbench.core.predict.forms import InstanceForm
    from workbench.core.predict.instances import Features, Values


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
    from workbench.core.deploy.sending import Sending
    from workbench.core.predict.forms import served_form
    from workbench.core.predict.inputs import Inputs

    asked = Inputs(served_form(form), inputs, values, features)
    sending = Sending(asked.records())
    done, total = 0, asked.total
    report(Progress("Calling", 0, total))
    for answer in online(target, model, version, sending.instances()):
        rows = sending.rows_up_to(answer)
        done += len(rows)
        yield rows
        report(Progress("Calling", done, total))
    if rest := sending.rows_refused():
        yield rest


def form_at(target: Target, model: str, version: str = "") -> InstanceForm:
    """What one instance of a version's `serving_default` holds, read off the version's own files."""
    from workbench.core.deploy.describe import form_at as described

    return described(target, model, version)
