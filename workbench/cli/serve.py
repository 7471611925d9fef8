"""`serve`: the local target in the foreground, or as a child process for the duration of a block."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from workbench.core import jobs
from workbench.spec.errors import OutsideError
from workbench.spec.targets.local import LOCAL_PORT

_COUNT = click.IntRange(1)


_STOP_SECONDS: Final = 10.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.  [default: loopback]")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--grpc-port", type=click.IntRange(0, 65535), help="Also speak TensorFlow Serving's gRPC (0: any port).")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="Folder for its state.")
@click.option(
    "--style",
    type=click.Choice(["gcloud", "tfserving"]),
    default="gcloud",
    show_default=True,
    help="Replies of ml v1: always {alias: value}, or as TensorFlow Serving.",
)
@click.option(
    "--queue",
    default=128,
    show_default=True,
    type=_COUNT,
    help="Maximum concurrent predictions; further ones get a 429.",
)
@click.option(
    "--batch", default=4, show_default=True, type=_COUNT, help="Maximum instances of several requests in one batch."
)
@click.option("--memory", default=2048, show_default=True, type=_COUNT, help="Memory for loaded versions, in MB.")
@click.option("--faults", default="", metavar="FILE|JSON", help="Inject faults by these rules (.toml, .json).")
@click.option("--seed", type=int, help="Seed of random faults; the same seed hits the same requests.")
def serve(
    host: str,
    port: int,
    grpc_port: int | None,
    root: Path | None,
    style: str,
    queue: int,
    batch: int,
    memory: int,
    faults: str,
    seed: int | None,
) -> None:
    """Start the local target: APIs of ML Engine, Vertex AI and TensorFlow Serving, and a bucket, on loopback.

    Its URL is printed when it is ready, then the address of gRPC where a port for it is given. Stop it with Ctrl+C.
    """
    import platformdirs

    place = root or Path(platformdirs.user_data_dir("keras-export-workbench")) / "local-target"
    limits = {"queue": queue, "batch": batch, "memory": memory << 20}
    jobs.serve(host, port, place, click.echo, style=style, **limits, faults=faults, seed=seed, grpc_port=grpc_port)


@contextmanager
def running_server(root: Path) -> Iterator[str]:
    """Start `workbench serve` on a free port; yields its URL, stops it at the end.

    Raises `OutsideError` SERVER_FAILED with what it said when it does not come up.
    """
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--root", str(root)]
    log = root.with_name(f"{root.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        if not url:
            said = log.read_text(errors="replace").strip()[-300:]
            raise OutsideError("SERVER_FAILED", f"The local target did not start: {said}", where=str(root))
        yield url
    finally:
        _stop(child)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()
