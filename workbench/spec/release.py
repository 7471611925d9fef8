"""Orders of a push, its receipt, entries of the release log, and the requests of a dry run."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.spec.report import NO_GATE, GateRecord
from workbench.spec.targets.base import Target

Action = Literal["push", "set-default", "rollback", "traffic", "delete"]
Outcome = Literal["done", "repeated", "resumed", "failed", "cancelled", "interrupted", "cleared"]
"""`interrupted`: a process was killed in it, told by the one that found it; `cleared`: what it left was removed."""


class PushOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a push is asked for: a version of `model`, the next free one where `version` is empty.

    Once it answers it becomes the default, or gets `traffic` percent of the requests. `gate` is what the release gate
    said, `project` what the log calls the project.
    """

    model: str
    version: str = ""
    default: bool = False
    traffic: int | None = None
    gate: GateRecord = NO_GATE
    project: str = ""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was pushed: hashes that name it without the files. `digest` is of all names and contents of the export."""

    digest: str = ""
    fingerprint: str = ""
    model_sha256: str = ""
    model_file: str = ""
    project: str = ""


class TargetIdentity(msgspec.Struct, frozen=True, omit_defaults=True):
    """A target as the log names it, and what tells it from others."""

    kind: str
    address: str
    project: str = ""
    region: str = ""
    path: str = ""


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the release log, and a push's receipt: who did what, when, where, from which files, and how it ended.

    `when` is UTC in ISO 8601, `who` the account and machine. `before` is the version that was the default until then.
    `tried` golden cases were answered within `limit` of the local numbers, the worst off by `difference`.
    """

    action: Action
    outcome: Outcome
    when: str
    who: str
    workbench: str
    place: TargetIdentity
    model: str
    version: str = ""
    resource: str = ""
    origin: str = ""
    source: Origin = Origin()
    gate: GateRecord = GateRecord()
    default: bool = False
    before: str = ""
    traffic: dict[str, int] = {}
    files: int = 0
    bytes: int = 0
    tried: int = 0
    difference: float = 0.0
    limit: float = 0.0
    seconds: float = 0.0
    error: str = ""


class RestCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request a push would make. `body` is its JSON; contents of files are told in words in `content`."""

    method: str
    url: str
    body: object = None
    content: str = ""


class DryRun(msgspec.Struct, frozen=True):
    """What a push would do, in order, were the target empty: every request, and the same as commands for a shell."""

    calls: tuple[RestCall, ...]
    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()


def place_of(target: Target) -> TargetIdentity:
    """What the log calls a target."""
    fields = {key: getattr(target, key, "") for key in ("project", "region", "path")}
    return TargetIdentity(target.kind, target.endpoint(), **fields)
