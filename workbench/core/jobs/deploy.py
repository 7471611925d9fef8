"""Verbs about targets: push, versions and online prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.jobs.export import export
from workbench.core.jobs.gate import UNNAMED, Judging
from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.evidence import verdict_words
from workbench.spec.files import write_bytes
from workbench.spec.model import Progress, Row
from workbench.spec.project import Project
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.report import GateRecord, record_of
from workbench.spec.signature import compose
from workbench.spec.target import AnyTarget, PushResult

if TYPE_CHECKING:
    from workbench.core.file_manifest import Manifest
    from workbench.core.instances.image_instances import Features, Values
    from workbench.core.instances.instance_form import InstanceForm


def push(
    project: Project,
    base: Path,
    target: AnyTarget,
    order: PushOrder,
    report: Report = silent,
) -> PushResult:
    """Push a project's export as a version at a target; the log names the project by its folder unless told a name.

    With the record of a verdict (`gate`) the push is bound to it: the export and every file that the verdict rests on
    are hashed again right before the first byte is sent. Raises `WorkbenchError` CHANGED_SINCE_CHECK where one is not
    what was judged, NO_REPORT where the verdict is not kept any more; else as `core.deploy.push`.
    """
    from workbench.core.deploy.push import push as deploy

    folder = Path(export(project, base, report=report).path)
    told = msgspec.structs.replace(order, project=order.project or str(base))
    if not order.gate.report:
        return deploy(folder, target, told, report=report, smoke=[smoke_instance(project, base, report)])
    bound = Bound(project, base, target, order.gate, report)
    told = msgspec.structs.replace(told, gate=bound.keep_report())
    smoke = [smoke_instance(project, base, report)]
    return deploy(folder, target, told, report=report, smoke=smoke, confirm=bound.confirm)


class Bound:
    """The verdict a push goes by, and that what is sent is what was judged."""

    def __init__(self, project: Project, base: Path, target: AnyTarget, gate: GateRecord, report: Report) -> None:
        from workbench.core.check.report_cache import verdict_named
        from workbench.core.check.verdict_binding import Wanted

        found = verdict_named(gate.report)
        if found is None:
            text = "The verdict of the release gate is not kept any more."
            raise WorkbenchError("NO_REPORT", text, where=gate.report, hint="Run the release gate again, then push.")
        self._gate, self._verdict, self._report = gate, found, report
        self._wanted = Wanted(project=project, base=base, target=target, subject=found.basis.subject)

    def confirm(self, manifest: Manifest) -> None:
        """Raise CHANGED_SINCE_CHECK unless these files, and all that the verdict rests on, are what was judged."""
        from workbench.core.check.verdict_binding import confirm, confirm_upload

        confirm_upload(self._verdict, manifest)
        confirm(self._verdict, self._wanted, self._report)

    def keep_report(self) -> GateRecord:
        """Put the report beside the receipts, as JSON and as a page; the record then says where it is."""
        from workbench.core.deploy.release_log import report_place
        from workbench.core.report.report_file import write_report

        place = report_place(self._verdict.id)
        if not (place / "report.html").is_file():
            write_bytes(place / "report.json", self._verdict.report_json())
            write_report(self._verdict.report(), Path(self._verdict.folder), place / "report.html")
        return msgspec.structs.replace(self._gate, report_file=str(place / "report.html"))


def dry_run(
    project: Project,
    base: Path,
    target: AnyTarget,
    order: PushOrder,
    report: Report = silent,
    judging: Judging = UNNAMED,
) -> DryRun:
    """Every request that push would make, and the same as commands; nothing is sent, and no check is run.

    Its first note tells the verdict that a push would go by. Raises `WorkbenchError` CHANGED_SINCE_CHECK as `push`.
    """
    from workbench.core.check.verdict_binding import find_verdict
    from workbench.core.deploy.dryrun import plan

    found = find_verdict(judging.of(project, base, target), report).verdict
    folder = Path(export(project, base, report=report).path)
    note = (
        verdict_words(record_of(found.report())) if found else "No verdict is kept: a push runs the release gate first."
    )
    smoke = [smoke_instance(project, base, report)]
    return plan(folder, target, order, report=report, smoke=smoke, notes=[note])


def smoke_instance(project: Project, base: Path, report: Report = silent) -> dict[str, object]:
    """A synthetic instance every version of the project must answer before it may be the default."""
    from workbench.core.export.synthetic_instances import instances_of, synthetic_columns
    from workbench.core.instances.image_instances import to_json

    facts = project_facts(project, base, report, outputs=False)
    return to_json(instances_of(synthetic_columns(facts, compose(facts, project)))[0])


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
    from workbench.core.deploy.call import CallStream
    from workbench.core.deploy.call import call as online
    from workbench.core.instances.inputs import Inputs
    from workbench.core.instances.instance_form import served_form

    asked = Inputs(served_form(form), inputs, values, features)
    sending = CallStream(asked.records())
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
    from workbench.core.deploy.version_form import form_at as described

    return described(target, model, version)
