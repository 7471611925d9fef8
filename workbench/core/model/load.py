"""Loads a model with the library its file was written for, after the static scan let it pass."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model.meaning import CODE as MEANING_CHANGED
from workbench.core.model.scan import inspect
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Progress, Shape, TensorFacts

Array = npt.NDArray[Any]

REFUSED: Final = {
    "LAMBDA": "Replace the layer by built-in ones (Rescaling for arithmetic) and save the model again.",
    "CUSTOM_CLASS": "Rebuild the model with built-in layers and save it again.",
    MEANING_CHANGED: "Save it again from the Keras it was trained with, with built-in layers of today's meaning.",
}
"""Problem codes of the scan that keep a file from being loaded, with what to do."""

_SCOPE: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
"""TensorFlow's own pattern for a root scope name (`framework/ops.py`)."""

_LOADER_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ImportError,
    NotImplementedError,
    RuntimeError,
    OSError,
    AssertionError,
)


class LoadedModel:
    """A Keras model in memory, with exact facts and the name of the library that loaded it."""

    def __init__(self, facts: ModelFacts, keras_model: Any, repairs: tuple[str, ...] = ()) -> None:
        self.facts = facts
        self.loaded_with = facts.loads_with
        self.repairs = repairs
        self.keras_model = keras_model

    def predict(self, arrays: Sequence[Array]) -> list[Array]:
        """The model's own answer: one array an input in, one array an output back, batch first."""
        given = arrays[0] if len(arrays) == 1 else list(arrays)
        result = self.keras_model.predict(given, verbose=0)
        return [np.asarray(y) for y in tensorflow().nest.flatten(result)]

    def __call__(self, tensors: Sequence[Any]) -> list[Any]:
        """The same on tensors, for tracing: inference mode, outputs in the model's order."""
        given = tensors[0] if len(tensors) == 1 else list(tensors)
        return list(tensorflow().nest.flatten(self.keras_model(given, training=False)))


def load(path: str | Path, report: Report = silent) -> LoadedModel:
    """Load a model file: Keras 3 files with Keras 3, all else with tf_keras; never compiled.

    Raises `WorkbenchError` with the scan's code where the file is no model or not safe or not
    knowable to load (`LAMBDA`, `CUSTOM_CLASS`, `MEANING_CHANGED`), and LOADER_REFUSED with the
    library's own words.
    """
    path = Path(path)
    report(Progress("Reading the file"))
    facts = inspect(path)
    refuse(facts)
    report(Progress("Starting TensorFlow"))
    tensorflow()
    report(Progress(f"Loading with {facts.loads_with}"))
    model = _load_with_library(path.resolve(), facts)
    repairs = _legal_scope_names(model) if facts.loads_with == "tf_keras" else ()
    return LoadedModel(exact_facts(facts, model), model, repairs)


def _legal_scope_names(model: Any) -> tuple[str, ...]:
    """Give layers whose names TensorFlow takes for no scope ("my model") legal ones; says which.

    Keras 2 loads them and fails at the first prediction. A name changes no number; inputs and outputs
    keep the names the scan read.
    """
    repairs = []
    for layer in model._flatten_layers():
        if not _SCOPE.fullmatch(layer.name):
            legal = re.sub(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\\/>-]", "_", layer.name).lstrip("_") or "layer"
            repairs.append(f"'{layer.name}' is no name for TensorFlow: it runs as '{legal}'")
            layer._name = legal
    return tuple(repairs)


def refuse(facts: ModelFacts) -> None:
    """Raise the first of the scan's problems that forbids loading."""
    for problem in facts.problems:
        if problem.code in REFUSED:
            raise WorkbenchError(problem.code, problem.message, where=facts.path, hint=REFUSED[problem.code])


def _load_with_library(path: Path, facts: ModelFacts) -> Any:
    if facts.loads_with == "keras":
        import keras as library
    else:
        library = legacy_keras()
    try:
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            # Both libraries choose their reader by the ending; ours was chosen by the content.
            named = Path(folder) / f"model.{facts.format}"
            named.symlink_to(path)
            return library.models.load_model(str(named), compile=False)
    except _LOADER_ERRORS as err:
        text = f"{facts.loads_with} cannot rebuild it: {_first_line(err)}"
        raise WorkbenchError("LOADER_REFUSED", text, where=str(path)) from err


def _first_line(error: Exception) -> str:
    text = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text[:300]}"


def exact_facts(facts: ModelFacts, model: Any) -> ModelFacts:
    """The scan's facts with the loaded model's own shapes and dtypes; the scan's names stay."""
    inputs, outputs = list(model.inputs or []), list(model.outputs or [])
    if len(inputs) != len(facts.inputs) or len(outputs) != len(facts.outputs):
        text = f"The file names {len(facts.inputs)} inputs and {len(facts.outputs)} outputs; "
        text += f"loaded it has {len(inputs)} and {len(outputs)}."
        raise WorkbenchError("BAD_CONFIG", text, where=facts.path)
    return msgspec.structs.replace(
        facts,
        inputs=tuple(_exact(f, t) for f, t in zip(facts.inputs, inputs, strict=True)),
        outputs=tuple(_exact(f, t) for f, t in zip(facts.outputs, outputs, strict=True)),
    )


def _exact(facts: TensorFacts, tensor: Any) -> TensorFacts:
    shape: Shape = (None, *(None if d is None else int(d) for d in tuple(tensor.shape)[1:]))
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return TensorFacts(facts.name, dtype, shape)
