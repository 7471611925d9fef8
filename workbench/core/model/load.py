"""Loads a model with the library its file was written for, after the static scan, the repairs and the load policy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import h5py
import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import keras3, tensorflow
from workbench.core.model.archive import holds_config, read_keras, unpack
from workbench.core.model.channels import EitherLayout
from workbench.core.model.config import Config
from workbench.core.model.h5 import read_h5
from workbench.core.model.interface import ModelInterface, exact_facts, interface_of, traced_facts
from workbench.core.model.keras3_h5 import build_keras3, rebuild_keras3
from workbench.core.model.load_policy import refuse_unsafe
from workbench.core.model.options import NOTHING_ALLOWED, LoadOptions
from workbench.core.model.order import refuse_reordered
from workbench.core.model.quantized import refuse_lost_zeros, refuse_uncalibrated
from workbench.core.model.raw_model import RawModel
from workbench.core.model.reasons import reason
from workbench.core.model.rebuild_archive import rebuild_archive
from workbench.core.model.repair import repaired
from workbench.core.model.repair.notes import RepairContext
from workbench.core.model.scan import inspect
from workbench.core.model.weight_loader import custom_names, rebuild
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Progress

Array = npt.NDArray[Any]

_LOADER_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ImportError,
    NameError,
    EOFError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
    OSError,
    AssertionError,
    MemoryError,
)
"""Exceptions that the libraries and the user's own classes raise for configurations they cannot build."""


class LoadedModel:
    """A Keras model in memory, with exact facts, the name of the library that loaded it, and the repairs that were
    made."""

    def __init__(self, facts: ModelFacts, keras_model: Any, interface: ModelInterface) -> None:
        self.facts = facts
        self.loaded_with = facts.loads_with
        self.repairs = facts.repairs
        self.keras_model = keras_model
        self.interface = interface
        self._layout = EitherLayout(keras_model)

    def predict(self, arrays: Sequence[Array]) -> list[Array]:
        """The model's own outputs: one array per input in, one array per output back, in the order of the facts."""
        given = [fed(array) for array in arrays]
        result = self._layout.predict(self.interface.inputs.pack(given))
        return [np.asarray(y) for y in self.interface.outputs.read(result)]

    def __call__(self, tensors: Sequence[Any]) -> list[Any]:
        """The same on tensors, for tracing: inference mode, outputs in the order of the facts."""
        return self.interface.outputs.read(self._layout.call(self.interface.inputs.pack(tensors)))


def fed(array: Array) -> Any:
    """An array as Keras accepts it: Keras 3's `predict` rejects numpy arrays of texts but accepts TensorFlow's
    tensors."""
    return tensorflow().constant(array.tolist(), "string", array.shape) if array.dtype.kind in "OSU" else array


class LoadPlan(msgspec.Struct, frozen=True):
    """A configuration that passed the load policy, and what was repaired in it."""

    config: Config
    context: RepairContext


def load(path: str | Path, report: Report = silent, options: LoadOptions = NOTHING_ALLOWED) -> LoadedModel:
    """Load a model file: Keras 3 files with Keras 3, all others repaired and with tf_keras; never compiled.

    Raises `WorkbenchError` with the scan's code if the file is not a model, the load policy's if loading would run code
    (`load_policy`), a repair's if it is unknown what the model computes (KERAS1_LAYER, KERAS1_MERGE, KERAS1_BN,
    MEANING_CHANGED), and LOADER_REFUSED with the library's own message.
    """
    return load_scanned(inspect(Path(path), report, options=options), report, options)


def load_scanned(facts: ModelFacts, report: Report = silent, options: LoadOptions = NOTHING_ALLOWED) -> LoadedModel:
    """The same for a file that has been scanned, so that gigabytes are not read and hashed again.

    The load policy is applied to the file as it is now, not as it was when it was scanned.
    """
    planned = plan(facts, options)
    report(Progress("Starting TensorFlow"))
    tensorflow()
    report(Progress(f"Loading with {facts.loads_with}"))
    model = _load_with_library(Path(facts.path), facts, planned, options, report)
    by_name = facts.loads_with == "keras" and facts.format == "h5" and not is_weights_only(Path(facts.path))
    refuse_reordered(planned.config, model, facts.path, by_name=by_name)
    repairs = planned.context.notes.repairs()
    interface = interface_of(facts, planned.config, model)
    loaded = LoadedModel(exact_facts(msgspec.structs.replace(facts, repairs=repairs), interface), model, interface)
    loaded.facts = traced_facts(loaded)
    return loaded


def plan(facts: ModelFacts, options: LoadOptions = NOTHING_ALLOWED) -> LoadPlan:
    """The repaired configuration of a scanned file, if the load policy permits it; static, no framework is loaded."""
    raw = _raw(facts, options)
    try:
        context = repaired(raw, facts.path, facts.format, facts.loads_with, options)
        refuse_lost_zeros(raw, facts.path)
        refuse_unsafe(raw.config, facts.path, facts.loads_with, options)
    except (RecursionError, KeyError, TypeError, IndexError, AttributeError, ValueError) as err:
        text = f"Its configuration cannot be followed: {type(err).__name__} {reason(err)}."
        raise WorkbenchError("BAD_CONFIG", text, where=facts.path) from err
    return LoadPlan(raw.config, context)


def _raw(facts: ModelFacts, options: LoadOptions) -> RawModel:
    path = Path(facts.path)
    return read_keras(path) if facts.format == "keras" else read_h5(path, options.architecture, scanned=True)


def refuse(facts: ModelFacts, options: LoadOptions = NOTHING_ALLOWED) -> None:
    """Raise the error that prevents loading a scanned file, if there is one."""
    plan(facts, options)


def _load_with_library(path: Path, facts: ModelFacts, planned: LoadPlan, options: LoadOptions, report: Report) -> Any:
    try:
        if facts.loads_with == "tf_keras":
            build = rebuild_archive if facts.format == "keras" else rebuild
            return build(path, planned.config, planned.context, options, report)
        model = _load_keras3(path, facts, planned.config, options)
        refuse_uncalibrated(model, str(path))
        return model
    except (*_LOADER_ERRORS, tensorflow().errors.OpError) as err:
        text = f"{facts.loads_with} cannot rebuild it: {reason(err)}"
        raise WorkbenchError("LOADER_REFUSED", text, where=str(path)) from err


def _load_keras3(path: Path, facts: ModelFacts, config: Config, options: LoadOptions) -> Any:
    keras = keras3()
    objects = custom_names(config, options)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, keras.saving.custom_object_scope(objects):
        # Keras chooses its reader by the file's ending; the Workbench has identified the format by content.
        named = Path(folder) / f"model.{facts.format}"
        if facts.format == "h5" and is_weights_only(path):
            return _architecture_with_weights(path, Path(folder), config, options)
        if facts.format == "h5":
            return rebuild_keras3(path, config, options)
        if not holds_config(path, config):
            unpack(path, config, named := Path(folder) / "unpacked")
        else:
            named.symlink_to(path)
        return keras.models.load_model(str(named), objects, compile=False, safe_mode=not options.allow_code)


def is_weights_only(path: Path) -> bool:
    """Whether an .h5 holds no architecture, so that one was given or found beside it."""
    with h5py.File(path, "r") as file:
        return "model_config" not in file.attrs


def _architecture_with_weights(path: Path, folder: Path, config: Config, options: LoadOptions) -> Any:
    model = build_keras3(config, options)
    with h5py.File(path, "r") as file:
        # Keras 3 tells its own weights format from the older one by the file's ending alone.
        named = folder / ("model.h5" if "layer_names" in file.attrs else "model.weights.h5")
    named.symlink_to(path)
    model.load_weights(str(named))
    return model
