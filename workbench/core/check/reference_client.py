"""Client of the Keras reference model, which runs in a process that shares nothing with the exporter."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.check.forked_loader import ForkedLoader
from workbench.core.check.load_client import QUIET
from workbench.core.check.reference_worker import (
    BatchFailed,
    BatchOutputs,
    ImagesRead,
    LoadModel,
    ModelLoaded,
    PredictBatch,
    ReadImages,
    Reply,
    Request,
    packed,
    receive,
    send,
    unpacked,
)
from workbench.core.progress import Report, silent
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import ModelFacts, Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project

Array = npt.NDArray[Any]

_STEP: Final = 0.2
"""Seconds between two polls, at each of which the user may cancel."""

_PATIENCE: Final = 1800.0
"""Seconds that one request may take: large models predict a batch in minutes on a slow machine."""


_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy starts threads otherwise, and a process with threads cannot be forked. TensorFlow's own are not numpy's."""


class ReferenceProcess:
    """A process with the Keras model of a project. It starts immediately and loads in parallel with other work."""

    def __init__(self, project: Project, base: Path, facts: ModelFacts, report: Report = silent) -> None:
        self._report = report
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._replies: queue.Queue[Reply | None] = queue.Queue()
        self.loader = ForkedLoader()
        """A process in which TensorFlow is imported and nothing else, for an export."""
        self._child = self._start(facts)
        threading.Thread(target=self._read, daemon=True).start()
        self._opened: ModelLoaded | None = None
        self.open(project, base, facts)

    def _start(self, facts: ModelFacts) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "workbench.core.check.tensorflow_fork", str(self.loader.theirs)]
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=_environment(facts),
                pass_fds=[self.loader.theirs],
            )
        finally:
            self.loader.handed_over()

    def open(self, project: Project, base: Path, facts: ModelFacts) -> None:
        """Load another model in place of the previous one."""
        self._opened = None
        self._send(LoadModel(project, str(base.resolve()), facts))

    @property
    def model(self) -> ModelLoaded:
        """The loaded model's facts; waits until it is loaded. Raises what loading raises."""
        if self._opened is None:
            answered = self._answer("Loading the Keras model in a separate process")
            assert isinstance(answered, ModelLoaded)
            self._opened = answered
        return self._opened

    def predict(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs of one batch by the model's own names. Raises `WorkbenchError`, also if the process has ended."""
        assert self.model  # Loaded first: replies arrive in the order of the requests.
        self._send(PredictBatch({name: packed(np.asarray(array)) for name, array in arrays.items()}))
        answered = self._answer("Predicting with the Keras model")
        assert isinstance(answered, BatchOutputs)
        return {name: unpacked(message) for name, message in answered.arrays.items()}

    def read(self, images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
        """`read_as_training` in that process, where Keras is already imported. Raises `WorkbenchError`."""
        assert self.model
        self._send(ReadImages(tuple(images), settings, channels))
        answered = self._answer("Loading images on the training path")
        assert isinstance(answered, ImagesRead)
        return unpacked(answered.pixels)

    def close(self) -> None:
        """End the process, and the loader if it still waits."""
        self.loader.close()
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._log):
            if stream is not None:
                _close(stream)

    def _send(self, request: Request) -> None:
        assert self._child.stdin is not None
        try:
            send(self._child.stdin, request)
        except OSError:
            raise self._ended() from None

    def _read(self) -> None:
        assert self._child.stdout is not None
        try:
            while (message := receive(self._child.stdout, Reply)) is not None:
                self._replies.put(message)
        except (OSError, ValueError):  # Closed while it was being read.
            self._replies.put(None)
            return
        self._replies.put(None)

    def _answer(self, step: str) -> Reply:
        waited = 0.0
        while waited < _PATIENCE:
            self._report(Progress(step))
            try:
                found = self._replies.get(timeout=_STEP)
            except queue.Empty:
                waited += _STEP
                continue
            if found is None:
                raise self._ended()
            if isinstance(found, BatchFailed):
                raise _error(found.error)
            return found
        raise WorkbenchError("KERAS_FAILED", f"The Keras model did not finish within {_PATIENCE:.0f} seconds.")

    def _ended(self) -> WorkbenchError:
        code = self._child.wait()
        self._log.seek(0)
        said = self._log.read()[-2000:].decode(errors="replace").strip().splitlines()[-2:]
        text = f"The process with the Keras model ended with code {code}. {' '.join(said)[-400:]}".strip()
        hint = "If the machine ran out of memory, close other programs and run the gate again."
        return WorkbenchError("KERAS_FAILED", text, hint=hint)


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:  # A request was still being sent to a process that has ended.
        return


def _environment(facts: ModelFacts) -> dict[str, str]:
    # With oneDNN, TensorFlow computes channels-first layers directly, without any rewriting.
    first = any(problem.code == "CHANNELS_FIRST" for problem in facts.problems)
    return os.environ | QUIET | _ONE_THREAD | ({"TF_ENABLE_ONEDNN_OPTS": "1"} if first else {})


def _error(info: ErrorInfo) -> WorkbenchError:
    return WorkbenchError(info.code, info.message, where=info.where, hint=info.hint)
