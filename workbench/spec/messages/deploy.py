"""The engine's requests and events about a target: its versions and how they differ, log, account and batch jobs."""

from __future__ import annotations

import msgspec

from workbench.spec.access import Access
from workbench.spec.batch import BatchInfo, JoinSummary
from workbench.spec.diff import SignatureDiff
from workbench.spec.messages.base import Event, Request
from workbench.spec.project import Project
from workbench.spec.release import DryRun, Release
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.targets.base import Machine


class PushVersion(Request, frozen=True):
    """Push a project's export; an empty `version` is the next free one. Answer: `VersionPushed` or `PushPlanned`.

    `traffic` is the share of the requests it gets at once, in percent. `machine` is what it runs on where that is not
    as the target says; `override` is the reason given if the gate failed; `dry_run` only tells what would be sent.
    `verdict` names the report that was shown, as `Gate` told it: the push is bound to it. Where none was shown, the
    gate is run with `images`, `values`, `features`, `files` and `against`, as `Check` has them. `Judged` tells which
    verdict is recorded.
    """

    project: Project
    base: str
    model: str
    target: str = "local"
    version: str = ""
    default: bool = False
    traffic: int | None = None
    machine: Machine = Machine()
    override: str = ""
    dry_run: bool = False
    verdict: str = ""
    images: tuple[str, ...] = ()
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    files: tuple[str, ...] = ()
    against: str = ""


class ListVersions(Request, frozen=True):
    """List a model's versions at a target. Answer: `VersionList`. `base` is where a folder target's path starts."""

    project: Project
    model: str
    target: str = "local"
    base: str = ""


class SetDefault(Request, frozen=True):
    """Make a version the default. Answer: `VersionList`."""

    project: Project
    model: str
    version: str
    target: str = "local"
    base: str = ""


class RollBack(Request, frozen=True):
    """Make the version the default that was it before. Answer: `VersionList`."""

    project: Project
    model: str
    target: str = "local"
    base: str = ""


class SetTraffic(Request, frozen=True):
    """Share the requests between versions, in percent that make 100. Answer: `VersionList`."""

    project: Project
    model: str
    split: dict[str, int]
    target: str = "local"
    base: str = ""


class DeleteVersion(Request, frozen=True):
    """Remove a version that does not answer for the model. Answer: `VersionList` of what is left."""

    project: Project
    model: str
    version: str
    target: str = "local"
    base: str = ""


class ReleaseLog(Request, frozen=True):
    """What this machine's log says of a model at a target. Answer: `ReleasesRead`."""

    project: Project
    model: str
    target: str = "local"
    base: str = ""


class CheckAccess(Request, frozen=True):
    """As whom a target would be asked, and which permissions are missing. Answer: `AccessReport`."""

    project: Project
    target: str = "local"
    base: str = ""


class BatchSubmit(Request, frozen=True):
    """Begin a batch prediction job. Answer: `BatchJob`. Empty `key` = the first text that is passed through."""

    project: Project
    base: str
    model: str
    inputs: tuple[str, ...]
    target: str = "local"
    version: str = ""
    key: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)


class BatchWatch(Request, frozen=True):
    """Follow a job with `Working` until it has ended; cancelling only stops watching. Answer: `BatchJob`."""

    project: Project
    job: str
    target: str = "local"
    base: str = ""


class BatchCancel(Request, frozen=True):
    """Ask a job to stop. Answer: `BatchJob`."""

    project: Project
    job: str
    target: str = "local"
    base: str = ""


class BatchResults(Request, frozen=True):
    """A job's results as `Rows` in the order of its inputs. Answer: `BatchJoined`."""

    project: Project
    job: str
    target: str = "local"
    base: str = ""
    key: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)


class PushPlanned(Event, frozen=True):
    """The answer to `PushVersion` with `dry_run`; ends the job."""

    plan: DryRun


class ReleasesRead(Event, frozen=True):
    """The answer to `ReleaseLog`, oldest first; ends the job."""

    lines: tuple[Release, ...]


class AccessReport(Event, frozen=True):
    """The answer to `CheckAccess`; ends the job."""

    access: Access


class BatchJob(Event, frozen=True):
    """The answer to `BatchSubmit`, `BatchWatch` and `BatchCancel`; ends the job."""

    info: BatchInfo


class BatchJoined(Event, frozen=True):
    """The end of `BatchResults`: how results met inputs."""

    joined: JoinSummary


class VersionList(Event, frozen=True):
    """The answer to `ListVersions` and `SetDefault`; ends the job."""

    versions: tuple[VersionInfo, ...]


class VersionPushed(Event, frozen=True):
    """The answer to `PushVersion`; ends the job."""

    result: PushResult


class DiffVersions(Request, frozen=True):
    """What callers of version `old` would meet at `new`; an empty `old` is the default one. Answer: `VersionDiff`."""

    project: Project
    model: str
    new: str
    old: str = ""
    target: str = "local"
    base: str = ""


class VersionDiff(Event, frozen=True):
    """The answer to `DiffVersions`; ends the job."""

    diff: SignatureDiff
