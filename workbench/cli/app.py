"""The command group: names each command and imports its module only when it is used."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "gui": ("workbench.cli.window", "gui", "Open the window, on PATH if given."),
    "inspect": ("workbench.cli.show", "inspect", "Show the facts of a model file without running it."),
    "init": ("workbench.cli.init", "init", "Create a project for a model."),
    "match": ("workbench.cli.match", "match", "Find how training loaded its images: by arrays, labels or code."),
    "show": ("workbench.cli.show", "show", "Show the signatures of a project or a SavedModel."),
    "export": ("workbench.cli.export", "export", "Export a project as a SavedModel."),
    "predict": ("workbench.cli.predict", "predict", "Predict on images and records locally."),
    "prepare": ("workbench.cli.prepare", "prepare", "Write images as instances: JSON lines, NumPy, TFRecord."),
    "check": ("workbench.cli.check", "check", "Run the release gate: all checks before a push."),
    "push": ("workbench.cli.deploy", "push", "Push a project's export to a target as a version."),
    "versions": ("workbench.cli.versions", "versions", "Versions at a target: list, release, roll back, delete."),
    "call": ("workbench.cli.call", "call", "Predict on images and records through a target's API."),
    "batch": ("workbench.cli.batch", "batch", "Batch prediction jobs: submit, watch, join results."),
    "access": ("workbench.cli.access", "access", "Show the account used for a target and its missing permissions."),
    "serve": ("workbench.cli.serve", "serve", "Start the local target."),
    "demo": ("workbench.cli.demo", "demo", "Run the whole workflow on the sample project."),
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
    """Turn a trained Keras image model into a tested, versioned prediction API.

    Without a command the window opens. PATH is a model (.h5, .hdf5, .keras), a project (.toml) or an exported
    SavedModel folder. --debug (any command) shows tracebacks and which TensorFlow runtime runs exports.

    Exit codes: 0 success; 1 completed with a negative result; 2 invalid request; 3 network, permission, quota or disk
    error; 130 interrupted.
    """
    if context.invoked_subcommand is None:
        command = workbench.get_command(context, "gui")
        assert command is not None
        context.invoke(command)
