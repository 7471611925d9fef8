"""Rewrites layer configurations of Keras 1.x for Keras 2.

Sources: Keras 2.0's own `legacy/interfaces.py` and `legacy/layers.py`, which did the same for calls. tf_keras itself
still converts the weights (`saving/legacy/hdf5_format.py`, `original_keras_version == "1"`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.model.config import Config, layer_name
from workbench.core.model.repair.notes import RepairContext, RepairKind
from workbench.spec.errors import WorkbenchError

_SOURCE: Final = "Keras 2.0 legacy/interfaces.py"

KERAS1: Final = RepairKind(
    "KERAS1",
    "Keras 1 names and arguments were translated to Keras 2",
    "Keras 2 renamed layers and arguments; their meaning stayed.",
    _SOURCE,
)
NO_BACKEND: Final = RepairKind(
    "KERAS1_BACKEND",
    "The convolution kernels are read as TensorFlow's",
    "Keras 1 did not write down its backend, and Keras 2 read such files so. If it was trained with Theano, "
    "compare a prediction with one from where it was trained.",
    "Keras 2.2.4 engine/saving.py",
)

_CLASSES: Final = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
}
_MERGES: Final = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}

_GONE: Final = ("MaxoutDense", "Highway", "TimeDistributedDense", "SReLU", "ParametricSoftplus", "SimpleDeepRNN")
"""Layers that Keras 2 dropped without a successor that takes the same weights."""

_RENAMED: Final[dict[str, dict[str, str]]] = {
    "": {"bias": "use_bias", "dim_ordering": "data_format", "border_mode": "padding", "p": "rate", "sigma": "stddev"},
    "Dense": {"output_dim": "units"},
    "Conv1D": {"nb_filter": "filters", "filter_length": "kernel_size", "subsample_length": "strides",
               "atrous_rate": "dilation_rate"},
    "Conv2D": {"nb_filter": "filters", "subsample": "strides", "atrous_rate": "dilation_rate"},
    "Conv2DTranspose": {"nb_filter": "filters", "subsample": "strides"},
    "SeparableConv2D": {"nb_filter": "filters", "subsample": "strides"},
    "ConvLSTM2D": {"nb_filter": "filters", "subsample": "strides"},
    "Conv3D": {"nb_filter": "filters", "subsample": "strides"},
    "LocallyConnected1D": {"nb_filter": "filters", "filter_length": "kernel_size", "subsample_length": "strides"},
    "LocallyConnected2D": {"nb_filter": "filters", "subsample": "strides"},
    "MaxPooling1D": {"pool_length": "pool_size", "stride": "strides"},
    "AveragePooling1D": {"pool_length": "pool_size", "stride": "strides"},
    "UpSampling1D": {"length": "size"},
    "InputLayer": {"input_dtype": "dtype"},
    "LSTM": {"output_dim": "units"},
    "GRU": {"output_dim": "units"},
    "SimpleRNN": {"output_dim": "units"},
}  # fmt: skip
_RNN: Final = {"inner_activation": "recurrent_activation", "dropout_W": "dropout", "dropout_U": "recurrent_dropout"}
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D")

_DROPPED: Final = (
    "init inner_init forget_bias_init W_regularizer b_regularizer U_regularizer activity_regularizer W_constraint "
    "b_constraint W_learning_rate_multiplier b_learning_rate_multiplier gamma_init beta_init consume_less input_dtype "
    "gamma_regularizer beta_regularizer weights sparse_merge"
).split()
"""Arguments for training only, or long without effect: initialisers, penalties, the choice of implementation."""

_KERNELS: Final = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_VALUES: Final[dict[str, Callable[[Any], Any]]] = {
    "data_format": lambda v: {"tf": "channels_last", "th": "channels_first"}.get(v, v),
}


def from_keras1(layer: Config, context: RepairContext) -> None:
    """Rewrite one layer in place. Raises `WorkbenchError` KERAS1_LAYER, KERAS1_MERGE or KERAS1_BN."""
    if not context.keras1 or not isinstance(layer.get("config"), dict):
        return
    name = str(layer.get("class_name"))
    if name in _GONE:
        raise _refused("KERAS1_LAYER", f"Keras 2 dropped its layer '{layer_name(layer)}' ({name})", context)
    before = (name, dict(layer["config"]))
    if name == "Merge":
        _merge(layer, context)
    else:
        layer["class_name"] = _CLASSES.get(name, name)
        _arguments(layer, context)
    if before != (layer["class_name"], layer["config"]):
        context.notes.add(KERAS1)
    if "Conv" in layer["class_name"] and not context.backend:
        context.notes.add(NO_BACKEND, layer_name(layer))


def _arguments(layer: Config, context: RepairContext) -> None:
    name, config = layer["class_name"], layer["config"]
    if name == "BatchNormalization" and config.pop("mode", 0) not in (0, None):
        text = f"Its BatchNormalization '{layer_name(layer)}' has a mode that Keras 2 dropped"
        raise _refused("KERAS1_BN", text, context)
    renamed = {**_RENAMED[""], **_RENAMED.get(name, {}), **(_RNN if name in _RECURRENT else {})}
    for old, new in renamed.items():
        if old in config:
            config[new] = _VALUES.get(new, _same)(config.pop(old))
    for parts in _KERNELS:
        if parts[0] in config:
            config["kernel_size"] = [config.pop(part) for part in parts]
    for dropped in _DROPPED:
        config.pop(dropped, None)
    _by_class(name, config, context)


def _by_class(name: str, config: Config, context: RepairContext) -> None:
    if name != "Embedding":  # There they are vocabulary and length, not the input shape.
        config.pop("input_dim", None)
        config.pop("input_length", None)
    elif config.pop("dropout", 0):
        pass  # Dropout of whole words; it acts in training only.
    if name == "Conv1D":
        config.pop("subsample", None)
    if name == "Conv2DTranspose" and isinstance(config.get("output_shape"), list):
        # Keras 2 computes the shape itself; the built model is checked against this one.
        context.promised_shapes[str(config.get("name"))] = config.pop("output_shape")
    if name == "UpSampling1D" and isinstance(config.get("size"), list):
        config["size"] = config["size"][0]


def _same(value: Any) -> Any:
    return value


def _merge(layer: Config, context: RepairContext) -> None:
    config = layer["config"]
    mode = config.get("mode")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str) or mode not in _MERGES:
        raise _refused(
            "KERAS1_MERGE", f"Its Merge '{layer_name(layer)}' (mode {str(mode)[:40]!r}) has no twin", context
        )
    if config.get("layers"):
        text = f"Its Merge '{layer_name(layer)}' joins whole models inside a Sequential"
        raise _refused("KERAS1_MERGE", text, context)
    layer["class_name"] = _MERGES[mode]
    kept = {"name": config.get("name", layer.get("name"))}
    layer["config"] = {**kept, "axis": config.get("concat_axis", -1)} if mode == "concat" else kept


def _refused(code: str, text: str, context: RepairContext) -> WorkbenchError:
    hint = "Load it in Keras 1 and rebuild that layer with ones that Keras 2 has, then save it again."
    return WorkbenchError(
        code, f"{text}; no loader of today can tell what it computes.", where=context.where, hint=hint
    )
