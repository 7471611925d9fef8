"""Loads an export in another process: this Python, or an interpreter with another TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from workbench.core.check.forked_loader import ForkedLoader
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

Loader = Literal["session", "saved_model", "serving"]

LOADERS: Final[dict[Loader, str]] = {
    "session": "v1 Session loader",
    "saved_model": "tf.saved_model.load",
    "serving": "C++ loader, as TensorFlow Serving",
}
"""The ways in which servers load an export."""

IN_PYTHON: Final[tuple[Loader, ...]] = ("session", "saved_model")
"""Loaders in the Python package of any TensorFlow; the C++ one is called by the Workbench itself."""


def loaders_here() -> tuple[Loader, ...]:
    """The loaders of the installed TensorFlow: without the C++ one if its C API cannot be used."""
    from workbench.core.savedmodel.opening import why_python

    return IN_PYTHON if why_python() else tuple(LOADERS)


PATIENCE: Final = 300.0
"""Seconds that a loader may take in its process: importing TensorFlow, loading and a few calls take about ten."""

QUIET: Final = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": ""}
"""Environment of a process that runs TensorFlow for the gate: no log output, and no GPU, which another process may
use."""

_SCRIPT: Final = Path(__file__).with_name("load_worker.py")


class LoadResult(msgspec.Struct, frozen=True):
    """Result of loading an export in a process: seconds, memory in bytes, predictions in the instances' order.

    `import_seconds` and `peak_bytes` are those of the process, which the two Python loaders share: the second one has
    the first one's import time, and the larger peak memory of both.
    """

    tensorflow: str = ""
    import_seconds: float = 0.0
    load_seconds: float = 0.0
    load_bytes: int = 0
    peak_bytes: int = 0
    call_seconds: tuple[float, ...] = ()
    predictions: tuple[dict[str, object], ...] = ()
    error: str = ""


class LoadOrder(msgspec.Struct, frozen=True):
    """What to load and call: JSON-ready instances of one signature, one per call, at least `repeat` calls."""

    export: Path
    signature: str
    instances: tuple[dict[str, object], ...]
    repeat: int = 1


def probe(
    order: LoadOrder,
    loaders: Sequence[Loader],
    python: str = sys.executable,
    report: Report = silent,
    forked: ForkedLoader | None = None,
) -> dict[Loader, LoadResult]:
    """Load an export with each loader in new processes of `python`.

    The loaders of TensorFlow's Python package load it one after the other in one process, since the import takes most
    of the time; if one of them ends or blocks the process, the next gets a new one. That process is `forked` if it is
    given and still running: one of this Python with nothing but TensorFlow imported. The C++ loader runs in parallel.
    Raises `WorkbenchError` NO_PYTHON if Python cannot be started; an exception of `report` ends the processes.
    """
    shared = tuple(loader for loader in loaders if loader in IN_PYTHON)
    alone = tuple((loader,) for loader in loaders if loader not in IN_PYTHON)
    with tempfile.TemporaryDirectory(prefix="workbench-probe-") as folder, ExitStack() as stack:
        place = Path(folder)
        asked = {
            "signature": order.signature,
            "instances": order.instances,
            "repeat": order.repeat,
            "without_keras": python == sys.executable,  # Other releases may not work without Keras.
        }
        (place / "order.json").write_text(json.dumps(asked), encoding="utf-8")
        groups = [
            _LoadProcess(order.export, group, place, python, stack, forked if group == shared else None)
            for group in (shared, *alone)
            if group
        ]
        found = {loader: result for group in groups for loader, result in group.results(report).items()}
    return {loader: found[loader] for loader in loaders}


class _LoadProcess:
    """A process that loads an export with several loaders in turn, and the processes that continue if it ends early."""

    def __init__(
        self,
        export: Path,
        loaders: Sequence[Loader],
        place: Path,
        python: str,
        stack: ExitStack,
        forked: ForkedLoader | None,
    ) -> None:
        self._export, self._loaders, self._place, self._python, self._stack = export, loaders, place, python, stack
        self._child: subprocess.Popen[bytes] | ForkedLoader = (forked and self._ask(forked)) or self._start(loaders)

    def results(self, report: Report) -> dict[Loader, LoadResult]:
        """The result of each loader; if a process ends or takes too long, the current loader has failed."""
        found: dict[Loader, LoadResult] = {}
        while True:
            failure = self._failure([n for n in self._loaders if n not in found], report)
            found |= {n: result for n in self._loaders if n not in found and (result := self._answer(n))}
            left = [n for n in self._loaders if n not in found]
            if left and failure:
                found[left.pop(0)] = LoadResult(error=failure)
            if not left:
                return found
            self._child = self._start(left)

    def _ask(self, forked: ForkedLoader) -> ForkedLoader | None:
        if not forked.load([str(self._export), str(self._place), *self._loaders], self._log(self._loaders)):
            return None
        self._stack.callback(_end, forked)
        return forked

    def _start(self, loaders: Sequence[Loader]) -> subprocess.Popen[bytes]:
        command = [self._python, str(_SCRIPT), str(self._export), str(self._place), *loaders]
        environment = os.environ | QUIET
        if self._python != sys.executable:
            environment = {k: v for k, v in environment.items() if not k.startswith("PYTHON")}
        try:
            with self._log(loaders).open("wb") as log:
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        except OSError as err:
            text = f"This Python interpreter cannot be started: {err.strerror}."
            hint = "Give the path of the interpreter: .../bin/python."
            raise WorkbenchError("NO_PYTHON", text, where=self._python, hint=hint) from err
        self._stack.callback(_end, child)
        return child

    def _log(self, loaders: Sequence[Loader]) -> Path:
        return self._place / f"{loaders[0]}.log"

    def _failure(self, loaders: Sequence[Loader], report: Report) -> str:
        """Wait for the end of the process; returns why there is no result, or an empty string.

        Empty for a forked process: one started from the beginning reports more about its end.
        """
        if not self._wait(loaders, report):
            _end(self._child)
            return f"It did not finish within {PATIENCE:.0f} seconds."
        if isinstance(self._child, ForkedLoader):
            return ""
        said = self._log(loaders).read_text(errors="replace").strip().splitlines()[-3:]
        words = " ".join(said)[-400:]
        return f"The process ended with exit code {self._child.returncode}{f': {words}' if words else '.'}"

    def _wait(self, loaders: Sequence[Loader], report: Report) -> bool:
        """Whether the process ended by itself, in time for each of its loaders."""
        waited = 0.0
        while waited < PATIENCE * len(loaders):
            report(Progress(f"Loading in a clean process ({', '.join(LOADERS[n] for n in loaders)})"))
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_STEP)
                return True
            waited += _STEP
        return False

    def _answer(self, loader: Loader) -> LoadResult | None:
        answer = self._place / f"{loader}.json"
        return msgspec.json.decode(answer.read_bytes(), type=LoadResult) if answer.exists() else None


_STEP: Final = 0.2
"""Seconds between two polls, at each of which the user may cancel."""


def _end(child: subprocess.Popen[bytes] | ForkedLoader) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
