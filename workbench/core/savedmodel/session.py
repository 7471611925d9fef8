"""Runs a SavedModel in a TF 1 Session, the loader of ML Engine, gcloud and TensorFlow Serving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.core.dtypes import NUMBERS
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.signatures import require_saved_model, signature_named, usable_signatures
from workbench.core.tensor_values import Array, Columns, brief, to_arrays
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec


class ServingSession:
    """One loaded SavedModel. `run` may be called from several threads at once.

    `optimise = False` turns TensorFlow's graph optimiser off: for single calls, which do not recover its cost. The
    constructor raises `WorkbenchError` NOT_A_SAVEDMODEL or CANNOT_LOAD.
    """

    def __init__(self, directory: Path, tags: tuple[str, ...] = ("serve",), *, optimise: bool = True) -> None:
        require_saved_model(directory)
        self._tf = tensorflow()
        config = self._tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = not optimise
        self._session = self._tf.compat.v1.Session(graph=self._tf.Graph(), config=config)
        try:
            self._load(directory, tags)
            self.signatures = usable_signatures(directory, tags, self._dtype_number)
        except WorkbenchError:
            self.close()
            raise
        self._callables: dict[str, Callable[..., list[Array]]] = {}

    def _load(self, directory: Path, tags: tuple[str, ...]) -> None:
        errors = (self._tf.errors.OpError, OSError, ValueError, RuntimeError)
        try:
            with self._session.graph.as_default():
                self._tf.compat.v1.saved_model.loader.load(self._session, list(tags), str(directory))
        except errors as err:
            raise WorkbenchError(
                "CANNOT_LOAD", f"TensorFlow's Session loader rejected it: {brief(err)}", where=str(directory)
            ) from err

    def _dtype_number(self, name: str) -> int | None:
        try:
            return int(self._session.graph.get_tensor_by_name(name).dtype.as_datatype_enum)
        except (KeyError, ValueError):
            return None

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch; returns one array per output alias, batch first.

        Raises `WorkbenchError` NO_SIGNATURE, BAD_VALUE for columns that do not fit the input's dtype, and RUN_FAILED
        with TensorFlow's message (truncated, since it may contain the whole batch).
        """
        spec = signature_named(self.signatures, signature)
        feeds = list(self._feeds(spec, columns).values())
        return dict(zip(spec.outputs, self._call(signature, feeds), strict=True))

    def fetch(self, tensors: Sequence[str], signature: str, columns: Columns) -> list[Array]:
        """The values of any tensors of the graph, by name, for one batch of a signature. Raises as documented at
        `run`."""
        spec = signature_named(self.signatures, signature)
        feeds = {spec.inputs[alias].name: array for alias, array in self._feeds(spec, columns).items()}
        return list(self._guarded(lambda: self._session.run(list(tensors), feeds)))

    def _feeds(self, spec: SignatureSpec, columns: Columns) -> dict[str, Array]:
        """The columns by alias; quantized numbers in the dtypes of TensorFlow's Python package: records with one
        integer."""
        arrays = to_arrays(spec.inputs, columns)
        for alias, tensor in spec.inputs.items():
            if tensor.dtype.startswith("DT_Q"):
                arrays[alias] = arrays[alias].view(self._tf.as_dtype(NUMBERS[tensor.dtype]).as_numpy_dtype)
        return arrays

    def _call(self, signature: str, feeds: list[Array]) -> list[Array]:
        run = self._callables.get(signature)
        if run is None:
            spec = self.signatures[signature]
            graph = self._session.graph
            run = self._session.make_callable(
                [graph.get_tensor_by_name(t.name) for t in spec.outputs.values()],
                [graph.get_tensor_by_name(t.name) for t in spec.inputs.values()],
            )
            self._callables[signature] = run
        return self._guarded(lambda: run(*feeds))

    def _guarded(self, work: Callable[[], list[Array]]) -> list[Array]:
        try:
            return work()
        except (self._tf.errors.OpError, ValueError, TypeError, RuntimeError) as err:
            raise WorkbenchError("RUN_FAILED", brief(err)) from err

    def close(self) -> None:
        """Free the session and its memory."""
        self._session.close()
