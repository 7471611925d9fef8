"""`push`: uploads an export to a target as a version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from workbench.cli.check import images_asked, images_options
from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, progress_report, say
from workbench.cli.targets import pick_target, target_options
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.evidence import verdict_words
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.size_text import size_text
from workbench.spec.target import PushResult, check_names, with_machine
from workbench.spec.targets.base import Machine


def machine_options(command: click.decorators.FC) -> click.decorators.FC:
    """Options that override the target's machine settings; given to the command as `machine`."""
    for option in (
        click.option("--description", default="", metavar="TEXT", help="Description of the version at the target."),
        click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label of the version."),
        click.option("--accelerator", default="", metavar="TYPE[:N]", help="GPUs per node."),
        click.option("--max-nodes", type=click.IntRange(0), help="Maximum number of nodes or replicas."),
        click.option("--min-nodes", type=click.IntRange(0), help="Minimum number of nodes or replicas."),
        click.option("--machine-type", default="", metavar="TYPE", help="Machine of a node, such as n1-standard-4."),
    ):
        command = option(command)
    return command


def _machine(taken: dict[str, Any]) -> Machine:
    kind, colon, count = str(taken["accelerator"]).partition(":")
    if colon and not count.isdigit():
        raise WorkbenchError(
            "BAD_OPTION", f"'{taken['accelerator']}' is not TYPE[:N].", hint="Such as NVIDIA_TESLA_T4:1."
        )
    labels = dict(pair.partition("=")[::2] for pair in taken["labels"])
    return Machine(
        machine_type=taken["machine_type"],
        min_nodes=taken["min_nodes"],
        max_nodes=taken["max_nodes"],
        accelerator=kind,
        accelerators=int(count or 1),
        labels=labels,
        description=taken["description"],
    )


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@target_options
@click.option("--version", default="", metavar="V", help="Name of the version.  [default: the next free name]")
@click.option("--default", is_flag=True, help="Make it the default version after the smoke test.")
@click.option("--traffic", type=click.IntRange(0, 100), metavar="N", help="Give it N percent of the traffic (vertex).")
@click.option("--dry-run", is_flag=True, help="Print all requests and commands; send nothing.")
@click.option(
    "--override", default="", metavar="REASON", help="Push although the release gate failed; the reason is recorded."
)
@images_options
@machine_options
@model_options
@json_option
def push(
    project: Path,
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    version: str,
    default: bool,
    traffic: int | None,
    dry_run: bool,
    override: str,
    as_json: bool,
    given: ModelOptions,
    **more: Any,
) -> None:
    """Push the export of PROJECT to a target. The last line printed is the version's resource name.

    A push needs a verdict of the release gate: with --images a new one on these images, otherwise the latest one of
    this export; if there is none, the checks run. A failed check stops the push unless --override gives a reason. If
    the model, a file of the project, an image or the export changed since `check`, nothing is sent
    (CHANGED_SINCE_CHECK): run `check` again.

    The golden cases of the export are sent to the new version before it becomes the default or gets traffic. Pushing
    the same export again changes nothing; an interrupted push is resumed by the next one.
    """
    apply_consent(project, given)
    settings, base = jobs.open_project(project, given.extras)
    target = with_machine(pick_target(target_name, settings, url, at, base), _machine(more))
    judging = jobs.Judging(subject=str(project.resolve()), **images_asked(more))
    check_names(target, model, version or None)  # Said before the minutes that the gate takes.
    order = PushOrder(model=model, version=version, default=default, traffic=traffic, project=str(project.resolve()))
    if dry_run:
        with progress_report() as report:
            planned = jobs.dry_run(settings, base, target, order, report, judging)
        _show(planned, as_json, _print_plan)
        return
    with progress_report() as report:
        gate = jobs.gate(
            settings, base, judging=judging, target=target_name, place=target, override=override, report=report
        )
        result = jobs.push(settings, base, target, msgspec.structs.replace(order, gate=gate), report)
    _show(result, as_json, _print_result)


def _show(found: Any, as_json: bool, show: Callable[[Any], None]) -> None:
    if as_json:
        print_json(found)
    else:
        show(found)


def _print_plan(planned: DryRun) -> None:
    for call in planned.calls:
        say(f"{call.method} {call.url}")
        if call.content:
            say(f"    {call.content}")
        if call.body is not None:
            say(f"    {msgspec.json.encode(call.body).decode()[:2000]}")
    say("\n# As commands:")
    for command in planned.commands:
        say(command)
    for note in planned.notes:
        say(f"# {note}")


def _print_result(result: PushResult) -> None:
    files = f"{result.files} file{'s' if result.files > 1 else ''}"
    if result.repeated:
        say("This export already exists there. Nothing was sent.")
    elif result.resumed:
        say("Resumed and finished an interrupted push of this export.")
    else:
        say(f"{files}, {size_text(result.bytes)} to {result.origin} in {result.seconds:.2f} s")
    if result.tried:
        say(f"{result.tried} golden cases predicted, largest difference {result.difference:.1e}.")
    say(f"{'The default version' if result.default else 'Not the default version'}.")
    for note in result.notes:
        say(note, err=True)
    say(f"Verdict: {verdict_words(result.gate)}")
    if result.gate.report_file:
        say(f"Report: {result.gate.report_file}")
    if result.receipt:
        say(f"Receipt: {result.receipt}")
    say(result.resource)
