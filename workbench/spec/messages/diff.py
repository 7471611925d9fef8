"""The engine's request and event about what differs between two versions at a target."""

from __future__ import annotations

from workbench.spec.diff import SignatureDiff
from workbench.spec.messages.base import Event, Request
from workbench.spec.project import Project


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
