"""`gui` and `engine`: the window and its child process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from workbench.spec.errors import OutsideError


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
def gui(path: Path | None = None) -> None:
    """Open the window, on PATH (a model or a project) if given."""
    _refuse_without_display()
    from workbench.gui.app import main

    raise click.exceptions.Exit(main(str(path) if path else None))


def _refuse_without_display() -> None:
    # Qt would end the process with an abort and a page of plugin names.
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform.startswith("linux") and not named:
        hint = "Use the other commands; 'workbench demo' runs the whole workflow."
        raise OutsideError("NO_DISPLAY", "No display is available for the window.", hint=hint)


@click.command(hidden=True)
def engine() -> None:
    """Serve the window on stdin and stdout."""
    from workbench.engine import main

    main()
