"""Edits of the built model that no configuration can express: flipped kernels, outputs at masked steps, names."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from workbench.core.keras_internals import flat_layers, rename
from workbench.core.model.config import Config, is_model, layer_configs, walk
from workbench.core.model.repair.notes import RepairContext, RepairKind, RepairLog

FLIPPED: Final = RepairKind(
    "THEANO_KERNELS",
    "Convolution kernels saved by Theano were flipped",
    "Theano convolves where TensorFlow correlates; Keras 2 flipped them when loading, current loaders do not.",
    "Keras 2.2.4 engine/saving.py _need_convert_kernel, utils/conv_utils.py convert_kernel",
)

MASKED_STEPS: Final = RepairKind(
    "MASKED_STEPS",
    "Bidirectional layers repeat their last output at masked steps",
    "Multi-backend Keras did; tf_keras puts zeros there.",
    "Keras 2.2.4 backend/tensorflow_backend.py rnn; tf_keras layers/rnn/bidirectional.py force_zero_output_for_mask",
)

SCOPE_NAME: Final = RepairKind(
    "SCOPE_NAME",
    "Layers with names that TensorFlow cannot use run under legal ones",
    "Keras 2 took any name and fails at the first prediction; a name changes no number.",
    "tensorflow framework/ops.py _VALID_SCOPE_NAME_REGEX",
)
_SCOPE: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")

CONVOLUTIONS: Final = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")
"""The layers whose kernels Keras 2.2.4 flipped."""


def mend(model: Any, context: RepairContext) -> None:
    """Apply the repairs that need the built model and its weights."""
    if context.backend == "theano":
        flip_theano_kernels(model, context.notes)
    if context.multi_backend or context.keras1:
        repeat_at_masked_steps(model, context.notes)


def repeat_at_masked_steps(model: Any, notes: RepairLog) -> None:
    """Restore outputs at masked steps: only Bidirectional layers that return sequences, in a model that masks any
    step."""
    layers = flat_layers(model)
    if not any(type(layer).__name__ == "Masking" or getattr(layer, "mask_zero", False) for layer in layers):
        return
    for layer in layers:
        if type(layer).__name__ == "Bidirectional" and layer.return_sequences:
            for direction in (layer.forward_layer, layer.backward_layer):
                direction.zero_output_for_mask = False
            notes.add(MASKED_STEPS, layer.name)


def flip_theano_kernels(model: Any, notes: RepairLog) -> None:
    """Flip every convolution kernel of a model whose file was saved with Theano."""
    done: set[int] = set()
    for layer in flat_layers(model):
        if type(layer).__name__ not in CONVOLUTIONS or id(layer) in done:
            continue
        done.add(id(layer))
        for kernel in _kernels(layer):
            kernel.assign(turned(kernel.numpy()))
        notes.add(FLIPPED, layer.name)


def _kernels(layer: Any) -> list[Any]:
    if type(layer).__name__ == "ConvLSTM2D":
        return [layer.cell.kernel, layer.cell.recurrent_kernel]
    return [layer.kernel]


def turned(kernel: Any) -> Any:
    """A kernel with its spatial axes reversed; the last two axes are channels."""
    axes = tuple(range(kernel.ndim - 2))
    return np.ascontiguousarray(np.flip(kernel, axes))


def legal_names_in_sequences(config: Config, context: RepairContext) -> None:
    """Make layer names in a Sequential legal before building: it calls its layers at once, and nothing refers to the
    names."""
    for model in [config, *(layer for _, layer in walk(config) if is_model(layer))]:
        for layer in layer_configs(model) if model["class_name"] == "Sequential" else ():
            inner = layer.get("config")
            if isinstance(inner, dict) and isinstance(inner.get("name"), str):
                inner["name"] = _legal(inner["name"], context)


def legal_scope_names(model: Any, context: RepairContext) -> None:
    """Make the layer names of other models legal after building, since calls refer to the names until then.

    Inputs and outputs keep the names of the scan.
    """
    for layer in flat_layers(model):
        rename(layer, _legal(layer.name, context))


def _legal(name: str, context: RepairContext) -> str:
    if _SCOPE.fullmatch(name):
        return name
    legal = re.sub(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\\/>-]", "_", name).lstrip("_") or "layer"
    context.notes.add(SCOPE_NAME, f"'{name}' as '{legal}'")
    return legal
