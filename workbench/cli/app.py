"""The command group: names each command and imports its module only when it is used."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "gui": ("workbench.cli.window", "gui", "Open the window, on PATH if given."),
    "inspect": ("workbench.cli.show", "inspect", "What a model file says, without running any of it."),
    "init": ("workbench.cli.init", "init", "Write a project for a model."),
    "match": ("workbench.cli.match", "match", "Find how training read its images: arrays, labels, code."),
    "show": ("workbench.cli.show", "show", "The signatures of a project or a SavedModel."),
    "export": ("workbench.cli.export", "export", "Write a project's SavedModel."),
    "predict": ("workbench.cli.predict", "predict", "Predict on images and records, here."),
    "prepare": ("workbench.cli.prepare", "prepare", "Write images as instances: JSON lines, numpy, TFRecord."),
    "check": ("workbench.cli.check", "check", "The release gate: what must be true before a version goes out."),
    "push": ("workbench.cli.deploy", "push", "Push a project's export to a target as a version."),
    "versions": ("workbench.cli.versions", "versions", "Versions at a target: list, release, roll back, delete."),
    "call": ("workbench.cli.call", "call", "Predict on images and records through a target's API."),
    "batch": ("workbench.cli.batch", "batch", "Batch prediction jobs: submit, watch, join the results."),
    "access": ("workbench.cli.access", "access", "The account used for a target, and its missing permissions."),
    "serve": ("workbench.cli.serve", "serve", "Run the local target."),
    "demo": ("workbench.cli.demo", "demo", "Run the main job on the sample project, end to end."),
    "engine": ("workbench.cli.window", "engine", "The window's child process (not for people)."),
}
"""Command name -> (module, attribute, line of help). The help is here so that `--help` imports none of them."""


class LazyGroup(click.Group):
    """A group whose commands are imported when called: `workbench --help` must answer in 0.3 s."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, text) for name, (_, _, text) in COMMANDS.items() if name != "engine"]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keras-export-workbench", prog_name="workbench")
@click.pass_context
def workbench(context: click.Context) -> None:
    """Take a trained Keras image model to a tested, versioned prediction API.

    Without a command the window opens. PATH is a model (.h5, .hdf5, .keras), a project (.toml) or an
    exported SavedModel folder. Any command takes --debug, which shows tracebacks and
    which runtime of TensorFlow runs exports.

    Exit codes: 0 done; 1 done, and the answer is no; 2 bad request; 3 the outside world failed; 130 interrupted.
    """
    if context.invoked_subcommand is None:
        command = workbench.get_command(context, "gui")
        assert command is not None
        context.invoke(command)
