"""`versions`: what is at a target, and which of it answers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from workbench.cli.output import console, json_option, print_json, progress_report, size_text
from workbench.cli.targets import base_of, optional_project, pick_target, project_option, target_options
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.target import AnyTarget, VersionInfo


@click.group()
def versions() -> None:
    """Versions of a model at a target."""


def _target(name: str, project: Path | None, url: str, at: tuple[str, ...]) -> AnyTarget:
    return pick_target(name, optional_project(project), url, at, base_of(project))


@versions.command("list")
@target_options
@project_option
@json_option
def list_versions(
    target_name: str, model: str, url: str, at: tuple[str, ...], project_path: Path | None, as_json: bool
) -> None:
    """What is there, oldest first."""
    _print_versions(jobs.versions(_target(target_name, project_path, url, at), model), as_json)


@versions.command("show")
@click.argument("version", required=False, default="")
@target_options
@project_option
@json_option
def show(
    version: str,
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    as_json: bool,
) -> None:
    """One version (else the default one): its state there, and what this machine's release log says of it."""
    target = _target(target_name, project_path, url, at)
    found = _one(jobs.versions(target, model), version)
    log = [line for line in jobs.releases(target, model) if found.name in (line.version, line.before)]
    if as_json:
        print_json({"version": found, "releases": log})
        return
    shown = {"state": found.state, "default": found.default, "created": found.created, "from": found.origin}
    shown |= {"traffic": f"{found.traffic} %"} if found.traffic is not None else {}
    shown |= {"aliases": ", ".join(found.aliases)} if found.aliases else {}
    click.echo(found.resource)
    for name, value in shown.items():
        click.echo(f"  {name:<9}{value}")
    for line in log:
        verdict = f", gate {line.gate.verdict}" if line.gate.verdict != "none" else ""
        override = f" overridden: {line.gate.override}" if line.gate.override else ""
        click.echo(
            f"  {line.when}  {line.action} {line.outcome} by {line.who}{verdict}{override} {line.error}".rstrip()
        )


def _one(found: tuple[VersionInfo, ...], name: str) -> VersionInfo:
    for info in found:
        if name in (info.name, *info.aliases) or (not name and info.default):
            return info
    wanted = f"version '{name}'" if name else "default version"
    hint = f"There are: {', '.join(v.name for v in found) or 'none'}."
    raise WorkbenchError("NOT_FOUND", f"There is no {wanted}.", hint=hint)


@versions.command("set-default")
@click.argument("version")
@target_options
@project_option
@json_option
def set_default(
    version: str,
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    as_json: bool,
) -> None:
    """Make VERSION the one that answers for the model: the release, or the way back."""
    target = _target(target_name, project_path, url, at)
    with progress_report() as report:
        found = jobs.set_default(target, model, version, report)
    _print_versions(found, as_json)


@versions.command("rollback")
@target_options
@project_option
@json_option
def rollback(
    target_name: str, model: str, url: str, at: tuple[str, ...], project_path: Path | None, as_json: bool
) -> None:
    """Go back to the version that answered before the default one was released."""
    target = _target(target_name, project_path, url, at)
    with progress_report() as report:
        found = jobs.roll_back(target, model, report)
    _print_versions(found, as_json)


@versions.command("traffic")
@click.argument("shares", nargs=-1, required=True, metavar="VERSION=PERCENT...")
@target_options
@project_option
@json_option
def traffic(
    shares: tuple[str, ...],
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    as_json: bool,
) -> None:
    """Share the requests between versions (vertex), such as 1=90 2=10."""
    target = _target(target_name, project_path, url, at)
    with progress_report() as report:
        found = jobs.set_traffic(target, model, _shares(shares), report)
    _print_versions(found, as_json)


def _shares(pairs: tuple[str, ...]) -> dict[str, int]:
    split = {}
    for pair in pairs:
        name, _, share = pair.partition("=")
        if not name or not share.isdigit():
            raise WorkbenchError("BAD_OPTION", f"'{pair}' is not VERSION=PERCENT.", hint="Such as 1=90 2=10.")
        split[name] = int(share)
    return split


@versions.command("delete")
@click.argument("version")
@target_options
@project_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(
    version: str,
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove VERSION for good. The one that answers for the model stays; its files in the bucket stay, too."""
    target = _target(target_name, project_path, url, at)
    if not yes:
        if not sys.stdin.isatty():
            hint = "Say --yes."
            raise WorkbenchError("NOT_CONFIRMED", f"Deleting version '{version}' has to be confirmed.", hint=hint)
        click.confirm(f"Delete version {version} of {model}?", abort=True, err=True)
    _print_versions(jobs.delete_version(target, model, version), as_json)


def _print_versions(found: tuple[VersionInfo, ...], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    from rich.table import Table

    split = any(v.traffic is not None for v in found)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("version", "state", "default", *(["traffic"] if split else []), "size", "created", "from"):
        table.add_column(name, overflow="fold")
    for v in found:
        state = v.state if not v.error else f"{v.state}: {v.error}"
        name = f"{v.name} ({', '.join(v.aliases)})" if v.aliases else v.name
        share = [f"{v.traffic} %" if v.traffic is not None else ""] if split else []
        size = size_text(v.bytes) if v.bytes else ""
        table.add_row(name, state, "default" if v.default else "", *share, size, v.created, v.origin)
    console().print(table)


@versions.command("diff")
@click.argument("old")
@click.argument("new")
@target_options
@project_option
@json_option
def diff(
    old: str,
    new: str,
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    as_json: bool,
) -> None:
    """What callers of version OLD meet at NEW: same, compatible or breaking. Ends with 1 where they would break."""
    found = jobs.diff_versions(_target(target_name, project_path, url, at), model, old, new)
    if as_json:
        print_json({"old": old, "new": new, "kind": found.kind, "changes": found.changes})
    else:
        click.echo(f"{model}/{old} -> {model}/{new}: {found.kind}")
        for change in found.changes:
            click.echo(f"  {change.kind:<11}{change.where}: {change.message}")
    if found.kind == "breaking":
        raise click.exceptions.Exit(1)
