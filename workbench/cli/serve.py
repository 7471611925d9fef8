"""`serve`: the local target in the foreground."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.core import jobs
from workbench.spec.target import LOCAL_PORT


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback unless told.")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 = any free one.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="Folder of its state; kept.")
@click.option("--faults", default="", metavar="FILE|JSON", help="Fail on purpose, by these rules (.toml, .json).")
@click.option("--seed", type=int, help="For the rules that leave it to chance; the same seed hits the same requests.")
def serve(host: str, port: int, root: Path | None, faults: str, seed: int | None) -> None:
    """Run the local target: ML Engine's API and a bucket, for practice and for tests.

    Prints its URL once it answers. Stop it with Ctrl+C.
    """
    import platformdirs

    place = root or Path(platformdirs.user_data_dir("keras-export-workbench")) / "local-target"
    jobs.serve(host, port, place, lambda url: click.echo(url), faults=faults, seed=seed)
