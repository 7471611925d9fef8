"""Verbs about targets: push, versions and online prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.jobs.export import export
from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.model import Progress, Row
from workbench.spec.project import Project
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.signature import compose
from workbench.spec.target import AnyTarget, PushResult

if TYPE_CHECKING:
    from workbench.core.predict.forms import InstanceForm
    from workbench.core.predict.instances import Features, Values


def push(
    project: Project,
    base: Path,
    target: AnyTarget,
    order: PushOrder,
    report: Report = silent,
) -> PushResult:
    """Push a project's export as a version at a target; the log names the project by its folder unless told a name."""
    from workbench.core.deploy.push import push as deploy

    folder = Path(export(project, base, report=report).path)
    told = msgspec.structs.replace(order, project=order.project or str(base))
    return deploy(folder, target, told, report=report, smoke=[smoke_instance(project, base, report)])


def dry_run(
    project: Project,
    base: Path,
    target: AnyTarget,
    order: PushOrder,
    report: Report = silent,
) -> DryRun:
    """Every request that push would make, and the same as commands; nothing is sent."""
    from workbench.core.deploy.dryrun import plan

    folder = Path(export(project, base, report=report).path)
    return plan(folder, target, order, report=report, smoke=[smoke_instance(project, base, report)])


def smoke_instance(project: Project, base: Path, report: Report = silent) -> dict[str, object]:
    """A synthetic instance every version of the project must answer before it may be the default."""
    from workbench.core.export.synthetic import instances_of, synthetic_columns
    from workbench.core.predict.instances import to_json

    facts = project_facts(project, base, report, outputs=False)
    return to_json(instances_of(synthetic_columns(facts.inputs, compose(facts, project)))[0])


def call(
    target: AnyTarget,
    inputs: Sequence[str],
    *,
    model: str,
    version: str = "",
    form: InstanceForm,
    values: Values,
    features: Features,
    signature: str = "",
    report: Report = silent,
) -> Iterator[list[Row]]:
    """Online prediction through the target's API: rows as `predict` gives them, one list each.

    `signature` is asked by name; empty leaves the choice to the target, which takes `serving_default`.
    """
    from workbench.core.deploy.call import call as online
    from workbench.core.deploy.sending import Sending
    from workbench.core.predict.forms import served_form
    from workbench.core.predict.inputs import Inputs

    asked = Inputs(served_form(form), inputs, values, features)
    sending = Sending(asked.records())
    done, total = 0, asked.total
    report(Progress("Calling", 0, total))
    alias = form.outputs[0] if len(form.outputs) == 1 else ""
    for answer in online(target, model, version, sending.instances(), signature=signature, alias=alias):
        rows = sending.rows_up_to(answer)
        done += len(rows)
        yield rows
        report(Progress("Calling", done, total))
    if rest := sending.rows_refused():
        yield rest


def form_at(target: AnyTarget, model: str, version: str = "") -> InstanceForm:
    """What one instance of a version's `serving_default` holds, read off the version's own files."""
    from workbench.core.deploy.describe import form_at as described

    return described(target, model, version)
