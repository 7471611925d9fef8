"""A SavedModel served by the C++ loader and session of the installed TensorFlow, as TensorFlow Serving runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workbench.core.savedmodel.c_api import TensorFlowError, c_api
from workbench.core.savedmodel.config import config_proto
from workbench.core.savedmodel.native_graph import Endpoint, NativeGraph
from workbench.core.savedmodel.signatures import require_saved_model, signature_named, usable_signatures
from workbench.core.tensor_values import Array, Columns, brief, to_arrays
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec


class NativeSession:
    """One loaded SavedModel. `run`, `fetch` and `close` may be called from several threads at once.

    `optimise = False` turns TensorFlow's graph optimiser off: for single calls, which do not recover its cost.
    `threads` is the size of both of TensorFlow's thread pools; 0 leaves it to TensorFlow. The constructor raises
    `WorkbenchError` NOT_A_SAVEDMODEL or CANNOT_LOAD, BAD_SAVEDMODEL if the signatures cannot be read, and NO_C_API if
    the installed TensorFlow cannot be used in this way.
    """

    def __init__(
        self, directory: Path, tags: tuple[str, ...] = ("serve",), *, optimise: bool = True, threads: int = 0
    ) -> None:
        require_saved_model(directory)
        try:
            self._graph = NativeGraph(c_api(), directory, tags, config_proto(optimise=optimise, threads=threads))
        except TensorFlowError as err:
            raise WorkbenchError(
                "CANNOT_LOAD", f"TensorFlow's C++ loader rejected it: {brief(err)}", where=str(directory)
            ) from err
        self._endpoints: dict[str, Endpoint] = {}
        try:
            self.signatures = usable_signatures(directory, tags, self._dtype_number)
        except WorkbenchError:
            self.close()
            raise

    def _dtype_number(self, name: str) -> int | None:
        try:
            return self._endpoint(name).dtype
        except TensorFlowError:
            return None

    def _endpoint(self, name: str) -> Endpoint:
        found = self._endpoints.get(name)
        if found is None:
            found = self._endpoints[name] = self._graph.endpoint(name)
        return found

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch; returns one array per output alias, batch first.

        Raises `WorkbenchError` NO_SIGNATURE, BAD_VALUE for columns that do not fit the input's dtype, and RUN_FAILED
        with TensorFlow's message (truncated, since it may contain the whole batch).
        """
        spec = signature_named(self.signatures, signature)
        names = [tensor.name for tensor in spec.outputs.values()]
        return dict(zip(spec.outputs, self._call(spec, columns, names), strict=True))

    def fetch(self, tensors: Sequence[str], signature: str, columns: Columns) -> list[Array]:
        """Values of any tensors of the graph, by name, for one batch of a signature. Raises as documented at `run`."""
        return self._call(signature_named(self.signatures, signature), columns, tensors)

    def _call(self, spec: SignatureSpec, columns: Columns, names: Sequence[str]) -> list[Array]:
        arrays = to_arrays(spec.inputs, columns)
        try:
            feeds = {self._endpoint(t.name): (arrays[alias], t.dtype) for alias, t in spec.inputs.items()}
            for tensor, (endpoint, (array, _)) in zip(spec.inputs.values(), feeds.items(), strict=True):
                _check_shape(tensor.name, array.shape, endpoint.shape)
            wanted = [self._endpoint(name) for name in names]
            # A session accepts each fetch once, and none that is also fed: a fed tensor's value is its feed.
            found = {endpoint: np.array(array) for endpoint, (array, _) in feeds.items() if endpoint in wanted}
            asked = [endpoint for endpoint in dict.fromkeys(wanted) if endpoint not in found]
            found.update(zip(asked, self._graph.run(feeds, asked), strict=True))
        except TensorFlowError as err:
            raise WorkbenchError("RUN_FAILED", brief(err)) from err
        return [found[endpoint] for endpoint in wanted]

    def close(self) -> None:
        """Free the session and its memory; runs in progress in other threads end first."""
        self._graph.close()

    def __del__(self) -> None:
        graph = getattr(self, "_graph", None)
        if graph is not None:
            graph.close()


def _check_shape(name: str, shape: tuple[int, ...], declared: tuple[int, ...] | None) -> None:
    """Reject, with the message of Python's Session, what the graph's shapes rule out; the C API has no such check."""
    if declared is None:
        return
    if len(shape) != len(declared) or any(d not in (-1, size) for size, d in zip(shape, declared, strict=True)):
        known = tuple(None if d < 0 else d for d in declared)
        raise WorkbenchError(
            "RUN_FAILED", f"Cannot feed value of shape {shape} for Tensor {name}, which has shape {known}"
        )
