"""Builds a model with tf_keras from its repaired configuration and reads the weights into it, layer by layer.

The file is opened read-only and never copied. Weights are streamed, so that a model takes little more memory than its
own size: `load_weights` of tf_keras would hold every weight twice.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from workbench.core.keras_internals import (
    converted_weights,
    decoded_config,
    flat_layers,
    own_weights,
    safe_mode,
)
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model.archive_layout import LAYERS, OLD_LAYERS
from workbench.core.model.archive_weights import BEAT, Weights, read_by_places
from workbench.core.model.config import Config, json_objects
from workbench.core.model.options import LoadOptions
from workbench.core.model.repair.model_edits import legal_names_in_sequences, legal_scope_names, mend
from workbench.core.model.repair.notes import RepairContext
from workbench.core.progress import Report
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

PIECE: Final = 8 * 1024 * 1024
"""Bytes read at a time of a weight that needs no conversion."""

SPARE: Final = 1_000_000
"""Maximum number of values that a model may have beyond those in its file before it is refused."""

_STORED: Final = "StoredWeight"

_DEFAULT_STARTS: Final = ("glorot_uniform", "orthogonal", "uniform", "zeros", "ones")
"""Default initialisers of layers, used if the configuration names none."""

_STREAMED: Final = ("Dense", "Embedding")
"""Layers whose weights have the same layout in every version of Keras, and which have the largest weights."""


def rebuild(path: Path, config: Config, context: RepairContext, options: LoadOptions, report: Report) -> Any:
    """The model of `config`, which has passed the load policy, with the weights of `path`.

    Raises whatever tf_keras raises if it cannot build the model, and `WorkbenchError` KERAS1_LAYER.
    """
    ready = from_zero(config)
    legal_names_in_sequences(ready, context)
    model = _build(ready, context, options)
    with h5py.File(path, "r") as file:
        if "layer_names" not in file.attrs and (LAYERS in file or OLD_LAYERS in file):
            read_by_places(model, Weights(file, report))  # `save_weights("x.weights.h5")` since Keras 2.12.
        else:
            _read_weights(file.get("model_weights", file), model, context, report)
    for layer in flat_layers(model):
        layer.finalize_state()
    _keep_promises(model, context)
    mend(model, context)
    legal_scope_names(model, context)
    return model


def _build(config: Config, context: RepairContext, options: LoadOptions) -> Any:
    with building(config, context, options) as objects:
        ready = decoded_config(json.dumps(config))
        return legacy_keras().models.model_from_config(ready, custom_objects=objects)


@contextmanager
def building(config: Config, context: RepairContext, options: LoadOptions) -> Iterator[dict[str, Any]]:
    """The objects that a configuration may name, known to tf_keras while a model is built from it."""
    keras = legacy_keras()
    from workbench.core.model.repair.legacy_layers import supplied_objects

    starts = dict.fromkeys((_STORED, *_DEFAULT_STARTS), _stored_weight(context))
    objects = {**supplied_objects(), **custom_names(config, options), **starts}
    # The configuration has passed the load policy; tf_keras' own safe mode is on as well.
    with safe_mode("tf_keras", enabled=not options.allow_code), keras.utils.custom_object_scope(objects):
        yield objects


def _stored_weight(context: RepairContext) -> type:
    tf = tensorflow()
    base: Any = legacy_keras().initializers.Initializer
    left = [context.parameters + SPARE]

    class StoredWeight(base):  # type: ignore[misc]
        """Zeros, up to the size that the file can hold: a few bytes of configuration can demand terabytes."""

        def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
            left[0] -= math.prod(int(d) for d in shape)
            if left[0] < 0:
                raise ValueError("its layers need more weights than the file contains")
            return tf.zeros(shape, dtype or tf.float32)

    return StoredWeight


def custom_names(config: Config, options: LoadOptions) -> dict[str, Any]:
    """The objects that the user supplied, also under the registered names (`Package>Name`) that the file uses for
    them."""
    given = dict(options.custom_objects)
    for record in json_objects(config) if given else ():
        for name in (record.get("class_name"), record.get("registered_name"), record.get("config")):
            if isinstance(name, str) and name.rpartition(">")[2] in options.custom_objects:
                given.setdefault(name, options.custom_objects[name.rpartition(">")[2]])
    return given


def from_zero(value: Any) -> Any:
    """The configuration with zero initialisers: each weight is read anyway, and random values take time and memory."""
    if isinstance(value, list):
        return [from_zero(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {
        k: _STORED if k.endswith("_initializer") and isinstance(v, (str, dict)) else from_zero(v)
        for k, v in value.items()
    }


def _read_weights(group: h5py.Group, model: Any, context: RepairContext, report: Report) -> None:
    layers = [layer for layer in model.layers if _variables(layer)]
    stored = [name for name in names_in(group, "layer_names") if names_in(group[name], "weight_names")]
    if len(stored) != len(layers):
        raise ValueError(f"the model has {len(layers)} layers with weights, the file {len(stored)}")
    beat = 0.0
    for place, (layer, name) in enumerate(zip(layers, stored, strict=True)):
        if time.monotonic() - beat > BEAT or place + 1 == len(layers):
            report(Progress("Reading weights", place, len(layers)))
            beat = time.monotonic()
        _read_layer(group[name], layer, context, report)
    own = own_weights(model)
    if own and "top_level_model_weights" in group:
        _assign(own, _arrays(group["top_level_model_weights"]), model.name)


def _read_layer(group: h5py.Group, layer: Any, context: RepairContext, report: Report) -> None:
    variables = _variables(layer)
    stored = [group[name] for name in names_in(group, "weight_names")]
    if type(layer).__name__ in _STREAMED and len(stored) == len(variables):
        for variable, dataset in zip(variables, stored, strict=True):
            _stream(variable, dataset, layer.name, report)
        return
    version = "1" if context.keras1 else context.version
    values = converted_weights(layer, _arrays(group), version, context.backend or None)
    _assign(variables, values, layer.name)


def _stream(variable: Any, dataset: h5py.Dataset, name: str, report: Report) -> None:
    if tuple(variable.shape) != dataset.shape or dataset.nbytes <= PIECE:
        _assign([variable], [dataset[()]], name)
        return
    write = tensorflow().raw_ops.ResourceStridedSliceAssign
    rows = max(1, PIECE * len(dataset) // dataset.nbytes)
    for start in range(0, len(dataset), rows):
        report(Progress(f"Reading weights of {name}", start, len(dataset)))
        piece = dataset[start : start + rows].astype(variable.dtype.as_numpy_dtype, copy=False)
        # The sliced `assign` of Python reads the whole variable first, and so copies it.
        write(ref=variable.handle, begin=[start], end=[start + len(piece)], strides=[1], value=piece)


def weights_in_order(layer: Any) -> list[Any]:
    """The weights of a layer, or of a model with its layers, in the order of an .h5 of either library.

    Trainable ones first (`_legacy_weights` of Keras' and tf_keras' own writers); `weights` has the order of creation.
    """
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _variables(layer: Any) -> list[Any]:
    found = weights_in_order(layer)
    if any(not isinstance(weight, tensorflow().Variable) for weight in found):
        raise ValueError(f"the layer {layer.name} keeps a table, which no .h5 holds")
    return found


def _assign(variables: Sequence[Any], values: Sequence[Any], name: str) -> None:
    if len(variables) != len(values):
        raise ValueError(f"the layer {name} has {len(variables)} weights, the file {len(values)}")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(np.asarray(value, dtype=variable.dtype.as_numpy_dtype))


def _arrays(group: h5py.Group) -> list[Any]:
    return [np.asarray(group[name]) for name in names_in(group, "weight_names")]


def names_in(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; a list that is too long for one HDF5 attribute is split over several numbered ones."""
    return list(_each_name(group, attribute))


def _each_name(group: h5py.Group, attribute: str) -> Iterator[str]:
    keys = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(keys)}" in group.attrs and attribute not in group.attrs:
        keys.append(f"{attribute}{len(keys)}")
    for key in keys:
        yield from (n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs[key])


def _keep_promises(model: Any, context: RepairContext) -> None:
    for name, promised in context.promised_shapes.items():
        built = tuple(model.get_layer(name).output_shape)
        if any(a != b for a, b in zip(built[1:], promised[1:], strict=True) if a is not None and b is not None):
            text = f"Its Deconvolution2D '{name}' gave {tuple(promised)}; Keras 2's gives {built}."
            hint = "Load it in Keras 1 and rebuild that layer, then save it again."
            raise WorkbenchError("KERAS1_LAYER", text, where=context.where, hint=hint)
