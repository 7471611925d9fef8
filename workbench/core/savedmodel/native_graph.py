"""A SavedModel loaded by TensorFlow's C++ loader: its graph's tensors by name, and runs of it."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from workbench.core.savedmodel.c_api import CApi, Output, TensorFlowError
from workbench.core.savedmodel.native_tensors import delete, take_over, to_array, to_tensor
from workbench.core.tensor_values import Array

_CANCELLED, _NOT_FOUND = 1, 5
"""`TF_CANCELLED` and `TF_NOT_FOUND` of tensorflow/c/tf_status.h."""


class Endpoint(NamedTuple):
    """A tensor of the graph: address of its operation, index of the output, number of its dtype, declared shape.

    The shape has -1 for an open dimension, and is `None` if the rank is unknown.
    """

    operation: int
    output: int
    dtype: int
    shape: tuple[int, ...] | None


class NativeGraph:
    """One `TF_Session` with its graph. Every method may be called from several threads at once.

    The constructor raises `TensorFlowError` for a folder that TensorFlow cannot load; no resources are left over then.
    """

    def __init__(self, api: CApi, directory: Path, tags: Sequence[str], config: bytes) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._users = 1  # The first user is this object itself; `close` removes it.
        self._closed = False
        self._graph: int = api.TF_NewGraph()
        try:
            self._session = self._load(directory, tags, config)
        except TensorFlowError:
            api.TF_DeleteGraph(self._graph)
            raise

    def _load(self, directory: Path, tags: Sequence[str], config: bytes) -> int:
        api = self._api
        names = (ctypes.c_char_p * len(tags))(*(tag.encode() for tag in tags))
        options = api.TF_NewSessionOptions()
        try:
            with api.status() as status:
                api.TF_SetConfig(options, config, len(config), status)
            with api.status() as status:
                path = os.fsencode(directory)
                session: int = api.TF_LoadSessionFromSavedModel(
                    options, None, path, names, len(tags), self._graph, None, status
                )
        finally:
            api.TF_DeleteSessionOptions(options)
        return session

    def endpoint(self, name: str) -> Endpoint:
        """A tensor by its name, `scope/operation:0`. Raises `TensorFlowError` if the graph has no such tensor."""
        operation_name, colon, digits = name.rpartition(":")
        with self._in_use():
            operation = self._api.TF_GraphOperationByName(self._graph, operation_name.encode()) if colon else None
            index = int(digits) if digits.isascii() and digits.isdigit() else -1
            if operation is None or not 0 <= index < self._api.TF_OperationNumOutputs(operation):
                raise TensorFlowError(_NOT_FOUND, f"the graph has no tensor '{name}'")
            output = Output(operation, index)
            return Endpoint(operation, index, self._api.TF_OperationOutputType(output), self._shape(output))

    def _shape(self, output: Output) -> tuple[int, ...] | None:
        api = self._api
        with api.status() as status:
            rank = api.TF_GraphGetTensorNumDims(self._graph, output, status)
            if rank < 0:
                return None
            dims = (ctypes.c_int64 * rank)()
            api.TF_GraphGetTensorShape(self._graph, output, dims, rank, status)
        return tuple(dims)

    def run(self, feeds: Mapping[Endpoint, tuple[Array, str]], fetches: Sequence[Endpoint]) -> list[Array]:
        """The values of `fetches`, all distinct and none of them fed; a feed is its array and the name of its `DT_`
        dtype.

        Raises `TensorFlowError`. No tensor outlives a failed run.
        """
        fed: list[int] = []
        try:
            with self._in_use():
                for array, dtype in feeds.values():
                    fed.append(to_tensor(self._api, array, dtype))
                answers = self._run(list(feeds), fed, fetches)
            return self._read(answers)
        finally:
            for tensor in fed:
                delete(self._api, tensor)

    def _run(self, inputs: Sequence[Endpoint], fed: Sequence[int], fetches: Sequence[Endpoint]) -> list[int]:
        api = self._api
        values = (ctypes.c_void_p * len(fed))(*fed)
        found = (ctypes.c_void_p * len(fetches))()
        outputs = _outputs(fetches)
        with api.status() as status:
            api.TF_SessionRun(
                self._session, None, _outputs(inputs), values, len(fed),
                outputs, found, len(fetches), None, 0, None, status,
            )  # fmt: skip
        return take_over(list(found))

    def _read(self, answers: list[int]) -> list[Array]:
        """The results as arrays. The fed tensors still exist: `to_array` copies a result that shares their memory."""
        left = iter(answers)
        try:
            return [to_array(self._api, tensor) for tensor in left]
        finally:
            for tensor in left:
                delete(self._api, tensor)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise TensorFlowError(_CANCELLED, "the session has been closed")
            self._users += 1
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = not self._users
        if last:
            self._free()

    def close(self) -> None:
        """Reject further runs and free all memory, at once or when the last run in progress has ended."""
        with self._lock:
            again, self._closed = self._closed, True
        if not again:
            self._leave()

    def _free(self) -> None:
        api = self._api
        status = api.TF_NewStatus()  # Ignored: whatever it is, all local resources are discarded (c_api.h).
        api.TF_CloseSession(self._session, status)
        api.TF_DeleteSession(self._session, status)
        api.TF_DeleteStatus(status)
        api.TF_DeleteGraph(self._graph)


def _outputs(endpoints: Sequence[Endpoint]) -> ctypes.Array[Output]:
    return (Output * len(endpoints))(*(Output(e.operation, e.output) for e in endpoints))
