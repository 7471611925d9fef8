"""`versions`: the versions at a target, and which is the default."""

from __future__ import annotations

import sys

import click

from workbench.cli.output import console, json_option, print_json, progress_report, say
from workbench.cli.targets import ModelAtTarget, model_at_target
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.evidence import verdict_words
from workbench.spec.printable import one_line
from workbench.spec.size_text import size_text
from workbench.spec.target import VersionInfo


@click.group()
def versions() -> None:
    """Versions of a model at a target."""


@versions.command("list")
@model_at_target
@json_option
def list_versions(at: ModelAtTarget, as_json: bool) -> None:
    """List the versions, oldest first."""
    _print_versions(jobs.versions(at.target, at.model), as_json)


@versions.command("show")
@click.argument("version", required=False, default="")
@model_at_target
@json_option
def show(version: str, at: ModelAtTarget, as_json: bool) -> None:
    """Show a version (or the default one): its state, and its entries in the release log of this machine."""
    found = _one(jobs.versions(at.target, at.model), version)
    log = [line for line in jobs.releases(at.target, at.model) if found.name in (line.version, line.before)]
    if as_json:
        print_json({"version": found, "releases": log})
        return
    shown = {"state": found.state, "default": found.default, "created": found.created, "from": found.origin}
    shown |= {"traffic": f"{found.traffic} %"} if found.traffic is not None else {}
    shown |= {"aliases": ", ".join(found.aliases)} if found.aliases else {}
    say(found.resource)
    for name, value in shown.items():
        say(f"  {name:<9}{value}")
    for line in log:
        verdict = f", gate: {verdict_words(line.gate)}" if line.gate.verdict != "none" else ""
        say(f"  {line.when}  {line.action} {line.version} {line.outcome} by {line.who}{verdict} {line.error}".rstrip())


def _one(found: tuple[VersionInfo, ...], name: str) -> VersionInfo:
    for info in found:
        if name in (info.name, *info.aliases) or (not name and info.default):
            return info
    wanted = f"version '{name}'" if name else "default version"
    hint = f"Versions: {', '.join(v.name for v in found) or 'none'}."
    raise WorkbenchError("NOT_FOUND", f"There is no {wanted}.", hint=hint)


@versions.command("set-default")
@click.argument("version")
@model_at_target
@json_option
def set_default(version: str, at: ModelAtTarget, as_json: bool) -> None:
    """Make VERSION the default version of the model (release it, or roll back to it)."""
    with progress_report() as report:
        found = jobs.set_default(at.target, at.model, version, report)
    _print_versions(found, as_json)


@versions.command("rollback")
@model_at_target
@json_option
def rollback(at: ModelAtTarget, as_json: bool) -> None:
    """Make the previous default version the default again."""
    with progress_report() as report:
        found = jobs.roll_back(at.target, at.model, report)
    _print_versions(found, as_json)


@versions.command("traffic")
@click.argument("shares", nargs=-1, required=True, metavar="VERSION=PERCENT...")
@model_at_target
@json_option
def traffic(shares: tuple[str, ...], at: ModelAtTarget, as_json: bool) -> None:
    """Split the traffic between versions (vertex), such as 1=90 2=10."""
    with progress_report() as report:
        found = jobs.set_traffic(at.target, at.model, _shares(shares), report)
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
@model_at_target
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def delete(version: str, at: ModelAtTarget, yes: bool, as_json: bool) -> None:
    """Delete VERSION permanently. The live version cannot be deleted; files in a bucket are kept."""
    if not yes:
        if not sys.stdin.isatty():
            hint = "Use --yes."
            raise WorkbenchError("NOT_CONFIRMED", f"Deleting version '{version}' needs confirmation.", hint=hint)
        click.confirm(f"Delete version {version} of {at.model}?", abort=True, err=True)
    _print_versions(jobs.delete_version(at.target, at.model, version), as_json)


def _print_versions(found: tuple[VersionInfo, ...], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    from rich.table import Table
    from rich.text import Text

    split = any(v.traffic is not None for v in found)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("version", "state", "default", *(["traffic"] if split else []), "size", "created", "from"):
        table.add_column(name, overflow="fold")
    for v in found:
        state = v.state if not v.error else f"{v.state}: {v.error}"
        name = f"{v.name} ({', '.join(v.aliases)})" if v.aliases else v.name
        share = [f"{v.traffic} %" if v.traffic is not None else ""] if split else []
        size = size_text(v.bytes) if v.bytes else ""
        cells = (name, state, "default" if v.default else "", *share, size, v.created, v.origin)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    console().print(table)


@versions.command("diff")
@click.argument("old")
@click.argument("new")
@model_at_target
@json_option
def diff(old: str, new: str, at: ModelAtTarget, as_json: bool) -> None:
    """Compare versions OLD and NEW for callers: same, compatible or breaking. Exit code 1 if breaking."""
    found = jobs.diff_versions(at.target, at.model, old, new)
    if as_json:
        print_json({"old": old, "new": new, "kind": found.kind, "changes": found.changes})
    else:
        say(f"{at.model}/{old} -> {at.model}/{new}: {found.kind}")
        for change in found.changes:
            say(f"  {change.kind:<11}{change.where}: {change.message}")
    if found.kind == "breaking":
        raise click.exceptions.Exit(1)
