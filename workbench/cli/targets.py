"""The options that name a target, and how they become one."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from workbench.spec.project import Project, load_project, target_named
from workbench.spec.target import Target


def target_options(command: click.decorators.FC) -> click.decorators.FC:
    """`--target`, `--model` and `--url`, which every command that talks to a target takes."""
    for option in (
        click.option("--url", default="", help="Address of the target's API, where it is not the usual one."),
        click.option("--model", required=True, metavar="M", help="Name of the model at the target."),
        click.option("--target", "target_name", required=True, metavar="T", help="local, or a target of the project."),
    ):
        command = option(command)
    return command


def pick_target(name: str, project: Project | None, url: str) -> Target:
    """The target of that name, at `url` if one is given. Raises `WorkbenchError` NO_TARGET."""
    named = target_named(name, project.targets if project else {})
    return msgspec.structs.replace(named, url=url) if url else named


def optional_project(path: Path | None) -> Project | None:
    """The project of an optional `--project`."""
    return load_project(path) if path else None
