"""Targets in words, as far as the kinds do not tell them themselves. Pure."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.target import with_machine
from workbench.spec.targets.base import Machine, Target


def kind_title(target: Target) -> str:
    """A target's kind for people."""
    return tr("Targets", target.facts.title)


def where(target: Target) -> str:
    """The place in one line: project, region and bucket, or a path."""
    return "  ·  ".join(part for part in target.location() if part)


def runs(target: Target) -> str:
    """The TensorFlow that serves there, as the target declares it."""
    release = target.tensorflow()
    return f"TensorFlow {release}" if release else tr("Targets", "TensorFlow release not declared")


def push_costs(target: Target, machine: Machine, *, default: bool, traffic: int | None) -> tuple[str, ...]:
    """What a push costs or cannot take back, in sentences; nothing where it is free and can be undone."""
    return with_machine(target, machine).push_costs(default=default, traffic=traffic)
