"""`--runner R -- OPTIONS` of `prepare` and `predict`: run them as an Apache Beam pipeline."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from workbench.cli.output import print_json, say
from workbench.spec.data import PipelineResult
from workbench.spec.errors import WorkbenchError
from workbench.spec.size_text import size_text

_KEY: Final = "workbench.pipeline"


class PipelineChoice(NamedTuple):
    """What the command line said of a pipeline; `runner` is empty for none."""

    runner: str
    arguments: tuple[str, ...]
    wait: bool

    def refuse(self, **options: object) -> None:
        """Raise `WorkbenchError` BAD_OPTION for an option that means nothing in a pipeline."""
        for name, value in options.items():
            if value:
                text = f"--{name.replace('_', '-')} is not available in pipelines."
                raise WorkbenchError("BAD_OPTION", text, hint="Omit it, or --runner.")


class PipelineCommand(click.Command):
    """A command whose `--`, where `--runner` stands before it, begins the runner's own options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, without what stands behind `--`."""
        if "--" in args:
            place = args.index("--")
            if any(a == "--runner" or a.startswith("--runner=") for a in args[:place]):
                ctx.meta[_KEY] = tuple(args[place + 1 :])
                args = args[:place]
        return super().parse_args(ctx, args)


def pipeline_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--runner` and `--wait`, given to the command as one argument `pipeline`."""

    @functools.wraps(command)
    def with_pipeline(*args: Any, runner: str, wait: bool, **options: Any) -> Any:
        arguments = click.get_current_context().meta.get(_KEY, ())
        return command(*args, pipeline=PipelineChoice(runner, arguments, wait), **options)

    made: Callable[..., Any] = with_pipeline
    for option in (
        click.option("--wait", is_flag=True, help="Wait for the end of the job (Dataflow)."),
        click.option(
            "--runner",
            default="",
            metavar="R [... -- OPTIONS]",
            help="Run as an Apache Beam pipeline: local, DataflowRunner, FlinkRunner, ...; runner options after --.",
        ),
    ):
        made = option(made)
    return made


def address_of(path: Path) -> str:
    """What the user wrote; a path swallows the second slash of `gs://`."""
    text = path.as_posix()
    scheme, colon, rest = text.partition(":/")
    return f"{scheme}://{rest.lstrip('/')}" if colon and scheme.isalnum() and "/" not in scheme else text


def refuse_addresses(*paths: Path | str | None) -> None:
    """Raise `WorkbenchError` IN_A_BUCKET for what is not on this machine: only pipelines read and write elsewhere."""
    for path in paths:
        address = address_of(Path(path)) if path is not None else ""
        if "://" in address:
            hint = (
                'Add --runner local (pip install "keras-export-workbench[beam]"), which reads and writes buckets; '
                "or copy with `gcloud storage cp`."
            )
            raise WorkbenchError("IN_A_BUCKET", "The path is not on this machine.", where=address, hint=hint)


def tell(done: PipelineResult, *, as_json: bool) -> None:
    """Print the result of a pipeline; ends with 1 if something failed."""
    if as_json:
        print_json(done)
    elif done.state == "DONE":
        figures = f"{done.images} images, {size_text(done.bytes)}, {done.errors} errors"
        say(f"{figures}, {done.seconds:.1f} s ({done.work_seconds:.1f} s of work)")
    else:
        say(f"{done.runner}: {done.state} {done.job}".rstrip())
    if not as_json:
        for name, pattern in done.outputs.items():
            say(f"{name:9} {pattern}")
    if done.errors:
        raise click.exceptions.Exit(1)
