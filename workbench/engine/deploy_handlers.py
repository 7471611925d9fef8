"""Handlers of the engine's requests about targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workbench.core import jobs
from workbench.core.progress import Report
from workbench.engine.wire import Handler, Send, send_rows
from workbench.spec import messages as m
from workbench.spec.release import PushOrder
from workbench.spec.target import VersionInfo, with_machine
from workbench.spec.targets.base import Target


def target_of(request: Any) -> Target:
    """The target a request names, its paths beside the project."""
    target: Target = request.project.target(request.target)
    return target.at_base(Path(request.base)) if request.base else target


def push(request: m.PushVersion, report: Report, send: Send) -> m.AnyEvent:
    """Push a version, or plan the requests of a push."""
    target = with_machine(target_of(request), request.machine)
    order = PushOrder(model=request.model, version=request.version, default=request.default, traffic=request.traffic)
    base = Path(request.base)
    judging = jobs.Judging(
        **{name: getattr(request, name) for name in jobs.Judging.__struct_fields__ if name != "subject"}
    )
    if request.dry_run:
        return m.PushPlanned(id=request.id, plan=jobs.dry_run(request.project, base, target, order, report, judging))
    gate = jobs.gate(
        request.project,
        base,
        judging=judging,
        target=request.target,
        place=target,
        override=request.override,
        on_verdict=lambda found, folder, name: send(m.Judged(id=request.id, report=found, folder=folder, verdict=name)),
        report=report,
    )
    order = msgspec.structs.replace(order, gate=gate)
    return m.VersionPushed(id=request.id, result=jobs.push(request.project, base, target, order, report))


def _listed(request: Any, versions: tuple[VersionInfo, ...]) -> m.VersionList:
    return m.VersionList(id=request.id, versions=versions)


def versions(request: m.ListVersions, report: Report, send: Send) -> m.AnyEvent:
    """List versions."""
    return _listed(request, jobs.versions(target_of(request), request.model))


def set_default(request: m.SetDefault, report: Report, send: Send) -> m.AnyEvent:
    """Change the default version."""
    return _listed(request, jobs.set_default(target_of(request), request.model, request.version, report))


def roll_back(request: m.RollBack, report: Report, send: Send) -> m.AnyEvent:
    """Make the previous default version the default again."""
    return _listed(request, jobs.roll_back(target_of(request), request.model, report))


def set_traffic(request: m.SetTraffic, report: Report, send: Send) -> m.AnyEvent:
    """Change the traffic split."""
    return _listed(request, jobs.set_traffic(target_of(request), request.model, request.split, report))


def delete_version(request: m.DeleteVersion, report: Report, send: Send) -> m.AnyEvent:
    """Remove a version."""
    return _listed(request, jobs.delete_version(target_of(request), request.model, request.version))


def diff_versions(request: m.DiffVersions, report: Report, send: Send) -> m.AnyEvent:
    """Compare two versions."""
    found = jobs.diff_versions(target_of(request), request.model, request.old, request.new)
    return m.VersionDiff(id=request.id, diff=found)


def release_log(request: m.ReleaseLog, report: Report, send: Send) -> m.AnyEvent:
    """Read the release log of a model."""
    return m.ReleasesRead(id=request.id, lines=jobs.releases(target_of(request), request.model))


def credentials(request: m.CheckAccess, report: Report, send: Send) -> m.AnyEvent:
    """The account and its permissions."""
    return m.AccessReport(id=request.id, access=jobs.access(target_of(request)))


def batch_submit(request: m.BatchSubmit, report: Report, send: Send) -> m.AnyEvent:
    """Begin a job."""
    info = jobs.batch_submit(
        target_of(request),
        request.inputs,
        model=request.model,
        version=request.version,
        key=request.key,
        values=request.values,
        features=request.features,
        report=report,
    )
    return m.BatchJob(id=request.id, info=info)


def batch_watch(request: m.BatchWatch, report: Report, send: Send) -> m.AnyEvent:
    """Follow a job."""
    return m.BatchJob(id=request.id, info=jobs.batch_watch(target_of(request), request.job, report))


def batch_cancel(request: m.BatchCancel, report: Report, send: Send) -> m.AnyEvent:
    """Stop a job."""
    return m.BatchJob(id=request.id, info=jobs.batch_cancel(target_of(request), request.job))


def batch_results(request: m.BatchResults, report: Report, send: Send) -> m.AnyEvent:
    """The results, joined."""
    about: dict[str, Any] = {"key": request.key, "values": request.values, "features": request.features}
    rows, joined = jobs.batch_results(target_of(request), request.job, report=report, **about)
    send_rows(request.id, iter([rows]), send, 0.0)
    return m.BatchJoined(id=request.id, joined=joined)


DEPLOY_HANDLERS: dict[type[m.Request], Handler] = {
    m.PushVersion: push,
    m.ListVersions: versions,
    m.SetDefault: set_default,
    m.RollBack: roll_back,
    m.SetTraffic: set_traffic,
    m.DeleteVersion: delete_version,
    m.DiffVersions: diff_versions,
    m.ReleaseLog: release_log,
    m.CheckAccess: credentials,
    m.BatchSubmit: batch_submit,
    m.BatchWatch: batch_watch,
    m.BatchCancel: batch_cancel,
    m.BatchResults: batch_results,
}
