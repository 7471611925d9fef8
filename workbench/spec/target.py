"""The kinds of target, and their common interface: names, problems, a machine for one version."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Problem
from workbench.spec.report import NO_GATE, GateRecord
from workbench.spec.targets.base import Machine, Target
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

AnyTarget = VertexTarget | FolderTarget | MlEngineTarget | LocalTarget
"""Every kind that a project's file and the messages can hold, in the order of their use: a new kind is entered here."""

KINDS: Final[dict[str, type[AnyTarget]]] = {kind.kind: kind for kind in get_args(AnyTarget)}
"""The kinds by the word a project writes."""


def kinds_with(fact: str) -> str:
    """The kinds for which a fact of `TargetKind` is true, as words of a sentence: "local, mlengine or vertex"."""
    *most, last = sorted(name for name, kind in KINDS.items() if getattr(kind.facts, fact))
    return f"{', '.join(most)} or {last}" if most else last


def target_from(kind: str, settings: dict[str, object]) -> AnyTarget:
    """A target of that kind. Raises `WorkbenchError` UNKNOWN_TARGET, `msgspec.ValidationError` for the settings."""
    if kind not in KINDS:
        hint = f"Kinds: {', '.join(KINDS)}."
        raise WorkbenchError("UNKNOWN_TARGET", f"'{kind}' is not a kind of target.", hint=hint)
    return msgspec.convert({**settings, "kind": kind}, KINDS[kind])


def check_names(target: Target, model: str, version: str | None = None) -> None:
    """Raise `WorkbenchError` BAD_NAME unless the target takes these names."""
    target.facts.model_name.check(model)
    if version is not None:
        target.facts.version_name.check(version)


def target_problems(target: Target, field: str = "target") -> list[Problem]:
    """What is wrong with the settings of one target; `field` is what the fields are named below."""
    return [Problem(p.code, p.message, f"{field}.{p.field}") for p in target.problems()]


def check_target(target: Target) -> None:
    """Raise `WorkbenchError` BAD_TARGET for the first problem of a target's settings."""
    for problem in target.problems():
        raise WorkbenchError("BAD_TARGET", problem.message, where=f"{target.kind} target, {problem.field}")


def with_machine(target: Target, machine: Machine) -> Target:
    """The target with that machine. Raises `WorkbenchError` NO_MACHINE where the target has none to choose."""
    return target if machine == Machine() else target.on_machine(machine)


class VersionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version at a target, as `versions list` shows it.

    `traffic` is its share of an endpoint's requests in percent where the target splits them, `None` elsewhere and
    where it is not deployed. `aliases` are its further names there. `bytes` is the size of its files where this
    machine's release log knows it (the services do not tell), 0 elsewhere.
    """

    name: str
    resource: str
    state: str
    default: bool = False
    created: str = ""
    origin: str = ""
    error: str = ""
    traffic: int | None = None
    aliases: tuple[str, ...] = ()
    bytes: int = 0


class PushResult(msgspec.Struct, frozen=True):
    """What a push did: the version's full resource name and where its files went.

    `repeated`: the same files were there as this version already. `resumed`: a push that was killed was finished.
    `tried` is how many golden cases the version answered, `difference` the largest distance from the local numbers.
    `receipt` is the file that records it all; `notes` are sentences for the user, such as what it costs from now on.
    `gate` is the verdict that was recorded.
    """

    resource: str
    version: str
    model: str
    origin: str
    files: int
    bytes: int
    seconds: float
    default: bool
    repeated: bool = False
    resumed: bool = False
    tried: int = 0
    difference: float = 0.0
    traffic: int | None = None
    receipt: str = ""
    notes: tuple[str, ...] = ()
    gate: GateRecord = NO_GATE
