"""Operations on targets: push, call, list and release versions, read the log and permissions, serve locally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.jobs.export import export
from workbench.core.jobs.gate import UNNAMED, Bound, Judging
from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.access import Access
from workbench.spec.evidence import verdict_words
from workbench.spec.model import Progress, Row
from workbench.spec.project import Project
from workbench.spec.release import DryRun, PushOrder, Release, place_of
from workbench.spec.report import record_of
from workbench.spec.signature import compose
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.instances.image_instances import Features, Values
    from workbench.core.instances.instance_form import InstanceForm


def push(
    project: Project,
    base: Path,
    target: Target,
    order: PushOrder,
    report: Report = silent,
) -> PushResult:
    """Push a project's export as a version at a target; the log names the project by its folder unless `order` names
    it.

    With the record of a verdict (`gate`) the push is bound to it: the export and every file that the verdict depends on
    are hashed again right before the first byte is sent. Raises `WorkbenchError` CHANGED_SINCE_CHECK if one has changed
    since it was judged, NO_REPORT if the verdict is no longer stored; else as documented at `core.deploy.push`.
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


def dry_run(
    project: Project,
    base: Path,
    target: Target,
    order: PushOrder,
    report: Report = silent,
    judging: Judging = UNNAMED,
) -> DryRun:
    """Every request that a push would send, and equivalent commands; nothing is sent, and no check is run.

    Its first note names the verdict that a push would use. Raises `WorkbenchError` CHANGED_SINCE_CHECK.
    """
    from workbench.core.check.verdict_binding import find_verdict
    from workbench.core.deploy.dryrun import plan

    found = find_verdict(judging.of(project, base, target), report).verdict
    folder = Path(export(project, base, report=report).path)
    note = verdict_words(record_of(found.report())) if found else "No verdict is stored: a push runs the gate first."
    smoke = [smoke_instance(project, base, report)]
    return plan(folder, target, order, report=report, smoke=smoke, notes=[note])


def smoke_instance(project: Project, base: Path, report: Report = silent) -> dict[str, object]:
    """A synthetic instance for which every version of the project must return a prediction before it may be the
    default."""
    from workbench.core.export.synthetic_instances import instances_of, synthetic_columns
    from workbench.core.instances.image_instances import to_json

    facts = project_facts(project, base, report, outputs=False)
    return to_json(instances_of(synthetic_columns(facts, compose(facts, project)))[0])


def call(
    target: Target,
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
    """Online prediction through the target's API: rows as from `predict`, in lists of one.

    `signature` is requested by name; empty leaves the choice to the target, which takes `serving_default`.
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


def form_at(target: Target, model: str, version: str = "") -> InstanceForm:
    """The form of one instance of a version's `serving_default`, read from the version's own files."""
    from workbench.core.deploy.version_form import form_at as described

    return described(target, model, version)


def versions(target: Target, model: str) -> tuple[VersionInfo, ...]:
    """The versions of a model at a target."""
    from workbench.core.deploy.releases import list_versions

    return list_versions(target, model)


def set_default(target: Target, model: str, version: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make a version the default; returns the versions afterwards."""
    from workbench.core.deploy.releases import set_default as deploy

    return deploy(target, model, version, report)


def roll_back(target: Target, model: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make the previous default version the default; returns the versions afterwards."""
    from workbench.core.deploy.releases import rollback

    return rollback(target, model, report)


def set_traffic(
    target: Target, model: str, split: Mapping[str, int], report: Report = silent
) -> tuple[VersionInfo, ...]:
    """Split the requests between versions, in percent; returns the versions afterwards."""
    from workbench.core.deploy.releases import set_traffic as deploy

    return deploy(target, model, split, report)


def delete_version(target: Target, model: str, version: str) -> tuple[VersionInfo, ...]:
    """Delete a version that is not the default; returns the remaining ones."""
    from workbench.core.deploy.releases import delete_version as deploy

    return deploy(target, model, version)


def releases(target: Target | None = None, model: str = "") -> tuple[Release, ...]:
    """The release log of this machine, of one target or model if they are given."""
    from workbench.core.deploy.release_log import lines

    return tuple(lines(place_of(target) if target is not None else None, model))


def access(target: Target) -> Access:
    """The account that a target would see, and the permissions that it lacks."""
    from workbench.core.deploy.preflight import access as look

    return look(target)


def serve(
    host: str,
    port: int,
    root: Path,
    on_ready: Callable[[str], None],
    *,
    style: str = "gcloud",
    queue: int = 128,
    batch: int = 4,
    memory: int = 2 << 30,
    faults: str = "",
    seed: int | None = None,
    grpc_port: int | None = None,
) -> None:
    """Run the local target until it is stopped.

    `style`, `queue`, `batch` and `memory` are those of `ServerLimits`; `faults`: rules for injected faults, a file or
    JSON text, drawn by `seed`. With `grpc_port` it speaks TensorFlow Serving's gRPC there, and `on_ready` is called a
    second time, with `gRPC host:port`. Raises `WorkbenchError` BAD_ROOT, BAD_PORT or BAD_FAULTS, `OutsideError`
    PORT_IN_USE, CANNOT_LISTEN or ROOT_IN_USE.
    """
    import msgspec

    from workbench.core.serve.faults import read_faults
    from workbench.core.serve.run import serve as run
    from workbench.core.serve.serving.server_limits import ServerLimits

    wanted = {"style": style, "queue": queue, "batch": batch, "memory": memory}
    quality = msgspec.convert(wanted, ServerLimits)
    rules = read_faults(faults, seed) if faults else None

    def on_grpc(address: str) -> None:
        on_ready(f"gRPC {address}")

    run(host, port, root, on_ready, faults=rules, quality=quality, grpc_port=grpc_port, on_grpc=on_grpc)
