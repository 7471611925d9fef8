"""`access`: the account used for a target, and its missing permissions."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.output import json_option, print_json, say
from workbench.cli.targets import base_of, optional_project, pick_target, place_options, project_option
from workbench.core import jobs


@click.command()
@place_options
@project_option
@json_option
def access(target_name: str, url: str, at: tuple[str, ...], project_path: Path | None, as_json: bool) -> None:
    """Show the account used for a target, and the permissions it lacks for a push.

    Exit code 1 if permissions are missing.
    """
    target = pick_target(target_name, optional_project(project_path), url, at, base_of(project_path))
    found = jobs.access(target)
    if as_json:
        print_json(found)
    else:
        named = {"none": "without an account", "adc": "with Application Default Credentials", "file": "with a file"}
        as_whom = f" as {found.account}" if found.account else ""
        acting = f", acting as {found.impersonating}" if found.impersonating else ""
        say(f"{target.kind}: asked {named[found.kind]}{as_whom}{acting}")
        for word, permissions in (("granted", found.granted), ("MISSING", found.missing), ("unknown", found.unknown)):
            for permission in permissions:
                say(f"  {word:<9}{permission}")
    if found.missing:
        raise click.exceptions.Exit(1)
