"""`serve`: the local target in the foreground."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.core import jobs
from workbench.spec.target import LOCAL_PORT

_COUNT = click.IntRange(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback unless told.")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 = any free one.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="Folder of its state; kept.")
@click.option(
    "--style",
    type=click.Choice(["gcloud", "tfserving"]),
    default="gcloud",
    show_default=True,
    help="How ml v1 answers: {alias: value} always, or as TensorFlow Serving does.",
)
@click.option("--queue", default=128, show_default=True, type=_COUNT, help="Predictions at once; more get a 429.")
@click.option("--batch", default=4, show_default=True, type=_COUNT, help="Instances of several requests run together.")
@click.option("--memory", default=2048, show_default=True, type=_COUNT, help="MB of versions that stay loaded.")
@click.option("--faults", default="", metavar="FILE|JSON", help="Fail on purpose, by these rules (.toml, .json).")
@click.option("--seed", type=int, help="For the rules that leave it to chance; the same seed hits the same requests.")
def serve(
    host: str,
    port: int,
    root: Path | None,
    style: str,
    queue: int,
    batch: int,
    memory: int,
    faults: str,
    seed: int | None,
) -> None:
    """Run the local target: ML Engine's and Vertex AI's APIs, TensorFlow Serving's REST and a bucket on loopback.

    Prints its URL once it answers. Stop it with Ctrl+C.
    """
    import platformdirs

    place = root or Path(platformdirs.user_data_dir("keras-export-workbench")) / "local-target"
    limits = {"queue": queue, "batch": batch, "memory": memory << 20}
    jobs.serve(host, port, place, click.echo, style=style, **limits, faults=faults, seed=seed)
