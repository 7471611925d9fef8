"""`gui` and `engine`: the window and its child process."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
def gui(path: Path | None = None) -> None:
    """Open the window, on PATH (a model or a project) if given."""
    from workbench.gui.app import main

    raise click.exceptions.Exit(main(str(path) if path else None))


@click.command(hidden=True)
def engine() -> None:
    """Serve the window on stdin and stdout."""
    from workbench.engine import main

    main()
