"""Loads an export in another process: this Python, or an interpreter with another TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

Loader = Literal["session", "saved_model", "serving"]

LOADERS: Final[dict[Loader, str]] = {
    "session": "v1 Session loader",
    "saved_model": "tf.saved_model.load",
    "serving": "C++ loader, as TensorFlow Serving",
}
"""The ways in which servers open an export."""

IN_PYTHON: Final[tuple[Loader, ...]] = ("session", "saved_model")
"""Those that any TensorFlow has in its Python package; the C++ one is reached by the workbench itself."""


def loaders_here() -> tuple[Loader, ...]:
    """The loaders of the installed TensorFlow: not the C++ one where its C API cannot be used."""
    from workbench.core.savedmodel.opening import why_python

    return IN_PYTHON if why_python() else tuple(LOADERS)


PATIENCE: Final = 300.0
"""Seconds one process may take: importing TensorFlow, loading and a few calls take some ten."""

QUIET: Final = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": ""}
"""Environment of a process that runs TensorFlow for the gate: no chatter, no GPU that another process may hold."""

_SCRIPT: Final = Path(__file__).with_name("load_worker.py")


class LoadResult(msgspec.Struct, frozen=True):
    """Result of loading an export in a process: seconds, memory in bytes, predictions in the instances' order."""

    tensorflow: str = ""
    import_seconds: float = 0.0
    load_seconds: float = 0.0
    load_bytes: int = 0
    peak_bytes: int = 0
    call_seconds: tuple[float, ...] = ()
    predictions: tuple[dict[str, object], ...] = ()
    error: str = ""


class LoadOrder(msgspec.Struct, frozen=True):
    """What to load and to call: JSON-ready instances of one signature, one per call, at least `repeat` calls."""

    export: Path
    signature: str
    instances: tuple[dict[str, object], ...]
    repeat: int = 1


def probe(
    order: LoadOrder, loaders: Sequence[Loader], python: str = sys.executable, report: Report = silent
) -> dict[Loader, LoadResult]:
    """Load an export with each loader, side by side, each in a fresh process of `python`.

    Raises `WorkbenchError` NO_PYTHON where that cannot be started; what `report` raises ends the processes.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-probe-") as folder:
        place = Path(folder)
        asked = {
            "signature": order.signature,
            "instances": order.instances,
            "repeat": order.repeat,
            "without_keras": python == sys.executable,  # Of other releases it is not known that they do without.
        }
        (place / "order.json").write_text(json.dumps(asked), encoding="utf-8")
        children = {}
        try:
            for loader in loaders:
                children[loader] = _start(order.export, loader, place, python)
            return {loader: _ended(child, loader, place, report) for loader, child in children.items()}
        finally:
            for child in children.values():
                _end(child)


def _start(export: Path, loader: Loader, place: Path, python: str) -> subprocess.Popen[bytes]:
    command = [python, str(_SCRIPT), str(export), loader, str(place / "order.json"), str(place / f"{loader}.json")]
    environment = os.environ | QUIET
    if python != sys.executable:
        environment = {k: v for k, v in environment.items() if not k.startswith("PYTHON")}
    try:
        with (place / f"{loader}.log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    except OSError as err:
        text = f"This Python interpreter cannot be started: {err.strerror}."
        raise WorkbenchError(
            "NO_PYTHON", text, where=python, hint="Give the path of the interpreter: .../bin/python."
        ) from err


def _ended(child: subprocess.Popen[bytes], loader: Loader, place: Path, report: Report) -> LoadResult:
    waited = 0.0
    while waited < PATIENCE:
        report(Progress(f"Loading in a clean process ({LOADERS[loader]})"))
        with suppress(subprocess.TimeoutExpired):
            child.wait(_STEP)
            break
        waited += _STEP
    else:
        return LoadResult(error=f"It did not finish within {PATIENCE:.0f} seconds.")
    answer = place / f"{loader}.json"
    if not answer.exists():
        said = (place / f"{loader}.log").read_text(errors="replace").strip().splitlines()[-3:]
        return LoadResult(error=f"The process ended with exit code {child.returncode}: {' '.join(said)[-400:]}".strip())
    return msgspec.json.decode(answer.read_bytes(), type=LoadResult)


_STEP: Final = 0.2
"""Seconds between two looks, at each of which the user may cancel."""


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
