"""Runs a SavedModel in a TF 1 Session, the loader of ML Engine, gcloud and TensorFlow Serving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.core.lazy import tensorflow
from workbench.core.tensor_values import Array, Columns, brief, to_array
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import DT_NAMES, SignatureSpec, TensorSpec


class ServingSession:
    """One loaded SavedModel. `run` may be called from several threads at once.

    `optimise = False` leaves TensorFlow's graph optimiser out: for single calls, which do not repay it.
    Raises `WorkbenchError` NOT_A_SAVEDMODEL or CANNOT_LOAD when made from a folder that is none.
    """

    def __init__(self, directory: Path, tags: tuple[str, ...] = ("serve",), *, optimise: bool = True) -> None:
        if not any((directory / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt")):
            hint = "Name the folder that holds saved_model.pb itself."
            raise WorkbenchError(
                "NOT_A_SAVEDMODEL", "There is no saved_model.pb in it.", where=str(directory), hint=hint
            )
        self._tf = tensorflow()
        config = self._tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = not optimise
        self._session = self._tf.compat.v1.Session(graph=self._tf.Graph(), config=config)
        try:
            meta_graph = self._load(directory, tags)
            self.signatures = self._read_signatures(meta_graph)
        except WorkbenchError:
            self.close()
            raise
        self._callables: dict[str, Callable[..., list[Array]]] = {}

    def _load(self, directory: Path, tags: tuple[str, ...]) -> Any:
        errors = (self._tf.errors.OpError, OSError, ValueError, RuntimeError)
        try:
            with self._session.graph.as_default():
                return self._tf.compat.v1.saved_model.loader.load(self._session, list(tags), str(directory))
        except errors as err:
            raise WorkbenchError(
                "CANNOT_LOAD", f"TensorFlow's Session loader refuses it: {brief(err)}", where=str(directory)
            ) from err

    def _read_signatures(self, meta_graph: Any) -> dict[str, SignatureSpec]:
        found = {name: read_signature(d) for name, d in meta_graph.signature_def.items()}
        usable = {name: s for name, s in found.items() if self._agrees(s)}
        if not usable:
            # gcloud's own rule: signatures whose dtypes disagree with the graph are dropped (tf_prediction_lib).
            raise WorkbenchError("CANNOT_LOAD", "MetaGraph must have at least one signature_def.")
        return usable

    def _agrees(self, signature: SignatureSpec) -> bool:
        graph = self._session.graph
        for tensor in [*signature.inputs.values(), *signature.outputs.values()]:
            try:
                dtype = graph.get_tensor_by_name(tensor.name).dtype
            except (KeyError, ValueError):
                return False
            if DT_NAMES.get(dtype.name) != tensor.dtype:
                return False
        return True

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch; one array an output alias, the batch first.

        Raises `WorkbenchError` BAD_VALUE for columns that are no tensor of the input's dtype, and
        RUN_FAILED with TensorFlow's words (cut short: they may hold the whole batch).
        """
        spec = self.signatures[signature]
        feeds = [to_array(alias, columns[alias], tensor) for alias, tensor in spec.inputs.items()]
        return dict(zip(spec.outputs, self._call(signature, feeds), strict=True))

    def fetch(self, tensors: Sequence[str], signature: str, columns: Columns) -> list[Array]:
        """The values of any tensors of the graph, by name, for one batch of a signature."""
        spec = self.signatures[signature]
        feeds = {t.name: to_array(a, columns[a], t) for a, t in spec.inputs.items()}
        return list(self._guarded(lambda: self._session.run(list(tensors), feeds)))

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
        except (self._tf.errors.OpError, ValueError, TypeError) as err:
            raise WorkbenchError("RUN_FAILED", brief(err)) from err

    def close(self) -> None:
        """Free the session and its memory."""
        self._session.close()


def read_signature(definition: Any) -> SignatureSpec:
    """A `SignatureDef` message as our own data."""
    return SignatureSpec(
        definition.method_name,
        {alias: _read_tensor(info) for alias, info in sorted(definition.inputs.items())},
        {alias: _read_tensor(info) for alias, info in sorted(definition.outputs.items())},
    )


def _read_tensor(info: Any) -> TensorSpec:
    tf = tensorflow()
    shape = None if info.tensor_shape.unknown_rank else tuple(int(d.size) for d in info.tensor_shape.dim)
    return TensorSpec(DT_NAMES.get(tf.as_dtype(info.dtype).name, "DT_INVALID"), shape, info.name)
