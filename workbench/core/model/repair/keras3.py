"""Rewrites configurations that Keras 3 wrote so that Keras 3 itself reads them as intended.

Its .h5 writer omits the module of every layer and operation (`keras.src.legacy.saving.serialization`,
`serialize_keras_object`), and its reader then takes operations for unknown layers, drops an `axis` of more than one
number, and replaces the text "dot" by the function `keras.layers.dot` (`legacy/saving/saving_utils.py`,
`model_from_config`). With the modules restored, the configuration is that of a `.keras` file, for which Keras has
another reader (`keras.src.saving.serialization_lib`) without these faults.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from workbench.core.model.config import Config, is_model, layer_configs, layer_name, walk, wrapped
from workbench.core.model.keras3_ops import OPERATIONS
from workbench.core.model.keras_classes import KNOWN_CLASSES
from workbench.core.model.raw_model import RawModel
from workbench.core.model.repair.augmentation import drop_augmentation
from workbench.core.model.repair.notes import RepairContext, RepairKind
from workbench.spec.errors import WorkbenchError

OPERATIONS_KEPT: Final = RepairKind(
    "KERAS3_OPERATIONS",
    "Operations on tensors were given back their module",
    "Keras 3 writes an .h5 without it and cannot read such a file back; an operation has no `trainable`, a layer has.",
    "keras 3 legacy/saving/serialization.py serialize_keras_object; layers/layer.py get_config",
)
AXES: Final = RepairKind(
    "KERAS3_AXES",
    "Axes were kept as they were written",
    "Keras 3 drops an axis of several numbers, and one of none, when it reads an .h5.",
    "keras 3 legacy/saving/saving_utils.py model_from_config",
)
WORDS: Final = RepairKind(
    "KERAS3_WORDS",
    "Arguments were kept as text",
    "Reading an .h5, Keras 3 replaces a text that is the name of one of its functions by that function.",
    "keras 3 legacy/saving/serialization.py class_and_config_for_serialized_keras_object",
)

MOVED: Final = RepairKind(
    "KERAS3_ARGUMENTS",
    "Arguments of operations were put where today's Keras 3 takes them",
    "Earlier releases passed them in the call, later ones to the constructor; they mean the same.",
    "keras 3.0 to 3.15 ops/numpy.py, ops/core.py, ops/nn.py",
)

SINGLE: Final = RepairKind(
    "KERAS3_SINGLE",
    "Models within others take and give a tensor, not a list of one",
    "Keras 3 before 3.11 wrote a single tensor as a list; the layer after it would get that list today.",
    "keras 3.10 models/functional.py get_config",
)

_MODULES: Final = {
    "Functional": "keras.src.models.functional",
    "GroupedQueryAttention": "keras.src.layers.attention.grouped_query_attention",
    "Model": "keras",
    "Sequential": "keras",
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
}
"""Modules of classes that are not in `keras.layers`."""

_EARLIER_CALLS: Final = {
    "Arange": ("start stop step dtype", "dtype"),
    "Array": ("x dtype", "dtype"),
    "DotProductAttention": (
        "query key value bias mask scale flash_attention attn_logits_soft_cap",
        "flash_attention attn_logits_soft_cap",
    ),
    "Full": ("shape fill_value dtype", "shape dtype"),
    "FullLike": ("x fill_value dtype", "dtype"),
    "Isclose": ("x1 x2 rtol atol equal_nan", "equal_nan"),
    "OnesLike": ("x dtype", "dtype"),
    "Scatter": ("indices values shape", "shape"),
    "SearchSorted": ("sorted_sequence values side", "side"),
    "Slice": ("inputs start_indices shape", "shape"),
    "ZerosLike": ("x dtype", "dtype"),
}
"""By operation: the call arguments of some Keras 3 before 3.15, and those of them that today's constructor takes.

Found by comparing the sources of 3.0.5 to 3.15.1, one release of each minor version.
"""

_FUNCTIONS: Final = frozenset("add average concatenate dot maximum minimum multiply subtract".split())
"""Functions of `keras.src.layers` that Keras' reader substitutes for a text argument of the same name."""


def repair_keras3(raw: RawModel, where: str, kind: str, given: Collection[str] = ()) -> RepairContext:
    """Rewrite `raw.config`, of a file of Keras 3, in place; the context holds the repairs.

    `kind` is the file's format, "h5" or "keras"; `given` names the objects that the user supplies. Raises
    `WorkbenchError` LOST_OPERATION for an operation of an .h5 that its name does not identify.
    """
    context = RepairContext(raw.keras_version, raw.backend, where, raw.config, raw.parameters)
    if kind == "h5" and "module" not in raw.config:
        _restore(raw.config, context, frozenset(name.rpartition(">")[2] for name in given))
    for _, layer in (("", raw.config), *walk(raw.config)):
        _move_arguments(layer, context)
        _unwrap_inner(layer, context)
    drop_augmentation(raw.config, context)
    return context


def _restore(model: Config, context: RepairContext, given: frozenset[str]) -> None:
    lost: list[str] = []
    for record in _without_module(model):
        name = str(record["class_name"])
        if name.rpartition(">")[2] in given:
            record |= {"module": None, "registered_name": name}
        elif name in OPERATIONS and _is_operation(record):
            _restore_operation(record, context)
        elif name in KNOWN_CLASSES or name in _MODULES:
            _note(record, context)
            record |= {"module": _MODULES.get(name, "keras.layers"), "registered_name": None}
        elif _is_operation(record):
            lost.append(f"{layer_name(record)} ({name[:60]})")
        # Any other class is the author's own: the load policy rejects it by name.
    if lost:
        text = f"Saved by Keras 3 as .h5, which loses operations on tensors; not known here: {', '.join(lost[:8])}."
        hint = "Save the model as .keras (model.save('model.keras')); a class of your own is given with --custom."
        raise WorkbenchError("LOST_OPERATION", text, where=context.where, hint=hint)


def _without_module(model: Config) -> Iterator[Config]:
    """The records of layers and models that the .h5 writer made, outermost first."""
    yield model
    for _, layer in walk(model):
        if "module" not in layer and isinstance(layer.get("class_name"), str):
            yield layer


def _is_operation(record: Config) -> bool:
    config = record.get("config")
    if not isinstance(config, dict) or "inbound_nodes" not in record or record["class_name"] == "InputLayer":
        return False  # Only a functional model contains operations.
    return "trainable" not in config and not is_model(record)


def _restore_operation(record: Config, context: RepairContext) -> None:
    record |= {"module": OPERATIONS[record["class_name"]], "registered_name": None}
    # If an older Keras 3 omitted the name, tensors still refer to the operation by the outer name.
    record["config"].setdefault("name", layer_name(record))
    context.notes.add(OPERATIONS_KEPT, layer_name(record))


def _note(record: Config, context: RepairContext) -> None:
    """Record what Keras' own reader would have changed in a layer's arguments."""
    config: Any = record.get("config")
    if not isinstance(config, dict) or is_model(record):
        return
    if isinstance(config.get("axis"), list) and len(config["axis"]) != 1:
        context.notes.add(AXES, layer_name(record))
    if any(isinstance(v, str) and v in _FUNCTIONS for k, v in config.items() if k != "name"):
        context.notes.add(WORDS, layer_name(record))


def _move_arguments(record: Config, context: RepairContext) -> None:
    """Rewrite the calls of an operation to the form that its class has today."""
    name, config, calls = record.get("class_name"), record.get("config"), record.get("inbound_nodes")
    if name not in _EARLIER_CALLS or record.get("module") != OPERATIONS[name] or not isinstance(config, dict):
        return
    order, moved = (words.split() for words in _EARLIER_CALLS[name])
    for call in calls if isinstance(calls, list) else ():
        given = dict(zip(order, call["args"], strict=False)) | call["kwargs"]
        if moved[0] in config or not given.keys() & moved:
            continue
        config |= {key: given.pop(key) for key in moved if key in given}
        call["args"] = [given.pop(key) for key in order if key in given and key not in call["kwargs"]]
        call["kwargs"] = given
        context.notes.add(MOVED, layer_name(record))


def _unwrap_inner(outer: Config, context: RepairContext) -> None:
    """Unwrap single inputs and outputs of functional models that a Sequential or a wrapper calls.

    No configuration states with which structure these are called.
    """
    inner = layer_configs(outer) if outer.get("class_name") == "Sequential" else wrapped(outer)
    for model in inner:
        for side in ("input_layers", "output_layers") if is_model(model) else ():
            listed = model["config"].get(side)
            if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], list):
                model["config"][side] = listed[0]
                context.notes.add(SINGLE, layer_name(model))
