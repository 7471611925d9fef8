"""Rules that rewrite obsolete Keras 2 configurations: small, declarative, each with its reason and source.

A rule changes one layer's configuration in place and records what it did; none runs anything in the file. What the
loaders do with each form was measured with tf_keras 2.21 and Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.model.config import Config, layer_name
from workbench.core.model.repair.affine import affine_of
from workbench.core.model.repair.names import ACTIVATIONS, CONSTRAINTS, INITIALISERS, REGULARISERS, SUPPLIED
from workbench.core.model.repair.notes import RepairContext, RepairKind
from workbench.spec.errors import WorkbenchError

Rule = Callable[[Config, RepairContext], None]

AFFINE: Final = RepairKind(
    "LAMBDA_TO_RESCALING",
    "A Lambda layer with arithmetic was replaced by Rescaling",
    "Its bytecode was read as data (a multiplication and an addition of constants) and not run.",
    "CPython Lib/opcode.py and Python/marshal.c",
)
CUDNN: Final = RepairKind(
    "CUDNN_TO_PLAIN",
    "CuDNN layers (GPU only) were replaced by standard layers",
    "They compute the same with sigmoid gates and a tanh; tf_keras converts the weights.",
    "Keras 2.2.4 layers/cudnn_recurrent.py; tf_keras saving/legacy/hdf5_format.py",
)
GRU_RESET: Final = RepairKind(
    "GRU_RESET_BEFORE",
    "GRU without reset_after reads reset_after=False",
    "The argument came with Keras 2.1.4 and False was all there was; today's default is True.",
    "Keras 2.1.3 layers/recurrent.py",
)
BILINEAR: Final = RepairKind(
    "BILINEAR_TF1",
    "Bilinear UpSampling2D is computed as in TensorFlow 1",
    "Multi-backend Keras called resize_bilinear, which places pixels by their corners; today's by their centres.",
    "Keras 2.2.4 and 2.3.1 backend/tensorflow_backend.py resize_images",
)
SUPPLIED_KIND: Final = RepairKind(
    "SUPPLIED",
    "Known functions missing in tf_keras were added",
    "They were part of Keras, its applications or AutoKeras, and what they compute is known.",
    "keras_applications mobilenet.py (relu6), tf_keras applications/convnext.py; autokeras keras_layers.py",
)
FUNCTION_NAME: Final = RepairKind(
    "FUNCTION_NAME",
    "Functions stored as records were converted to names",
    "Later Keras 2 versions wrote built-in functions as records; the name means the same function.",
    "tf_keras saving/serialization_lib.py",
)
DTYPE_POLICY: Final = RepairKind(
    "DTYPE_POLICY",
    "Dtypes stored as records were converted to names",
    "Keras 3 writes the data type as a record that Keras 2 does not read.",
    "keras 3 dtype_policies",
)
INPUT_SHAPE: Final = RepairKind(
    "INPUT_BATCH_SHAPE",
    "Input layers name their shape batch_input_shape again",
    "Keras 3 renamed the argument.",
    "keras 3 layers/core/input_layer.py",
)
PLAIN_NUMBER: Final = RepairKind(
    "PLAIN_NUMBER",
    "NumPy scalars stored as records were converted to numbers",
    "Keras 2.12 wrote some layers' numbers (ReLU's) so in .keras files, and cannot read them itself.",
    "Keras 2.12.0 saving/serialization_lib.py serialize_keras_object",
)
TRAINING_ONLY: Final = RepairKind(
    "TRAINING_ONLY",
    "Custom initializers, regularizers and constraints were removed",
    "They act in training only; the stored weights decide what the model predicts.",
    "Keras 2 layers (initializers, regularizers, constraints)",
)


def affine_lambda(layer: Config, context: RepairContext) -> None:
    """Replace `x / 127.5 - 1` and the like by `Rescaling`; every other Lambda is left to the load policy."""
    config = layer["config"]
    found = affine_of(config) if layer["class_name"] == "Lambda" else None
    if found is None:
        return
    scale, offset = found
    context.notes.add(AFFINE, f"{layer_name(layer)} (x * {scale:.8g} {offset:+.8g})")
    kept = {k: config[k] for k in ("name", "batch_input_shape", "dtype", "trainable") if k in config}
    layer["class_name"] = "Rescaling"
    layer["config"] = {**kept, "scale": scale, "offset": offset}


def cudnn(layer: Config, context: RepairContext) -> None:
    """Replace `CuDNNLSTM` and `CuDNNGRU`, which run on a GPU only."""
    if layer["class_name"] not in ("CuDNNLSTM", "CuDNNGRU"):
        return
    layer["class_name"] = layer["class_name"].removeprefix("CuDNN")
    layer["config"] |= {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
    if layer["class_name"] == "GRU":
        layer["config"]["reset_after"] = True
    context.notes.add(CUDNN, layer_name(layer))


def gru(layer: Config, context: RepairContext) -> None:
    """Set a GRU without `reset_after` to reset before the matrix product, as all did then."""
    if layer["class_name"] in ("GRU", "GRUCell") and "reset_after" not in layer["config"]:
        layer["config"]["reset_after"] = False
        context.notes.add(GRU_RESET, layer_name(layer))


def bilinear(layer: Config, context: RepairContext) -> None:
    """Replace bilinear upsampling of multi-backend Keras. Raises `WorkbenchError` MEANING_CHANGED for other
    backends."""
    if layer["class_name"] != "UpSampling2D" or layer["config"].get("interpolation") != "bilinear":
        return
    if not context.multi_backend:
        return
    if context.backend not in ("tensorflow", ""):
        text = f"{context.backend}'s bilinear upsampling ('{layer_name(layer)}') differs from TensorFlow's."
        hint = "Use nearest-neighbour upsampling, or train again with TensorFlow."
        raise WorkbenchError("MEANING_CHANGED", text, where=context.where, hint=hint)
    layer["class_name"] = "LegacyBilinearUpSampling2D"
    context.notes.add(BILINEAR, layer_name(layer))


def plain_names(layer: Config, context: RepairContext) -> None:
    """Write built-in functions by name, and those that tf_keras lacks by the Workbench's own name."""
    config = layer["config"]
    for key in ("activation", "recurrent_activation"):
        name = _function_name(config.get(key))
        if name is not None:
            config[key] = name
            context.notes.add(FUNCTION_NAME)
        used = config.get(key)
        if isinstance(used, str) and used in SUPPLIED and used not in ACTIVATIONS["tf_keras"]:
            context.notes.add(SUPPLIED_KIND, used)
    if layer["class_name"] in SUPPLIED:
        context.notes.add(SUPPLIED_KIND, layer["class_name"])


def _function_name(value: Any) -> str | None:
    if not isinstance(value, dict) or value.get("class_name") != "function":
        return None
    name = value.get("config")
    # Anything else that looks like a function is left to the load policy.
    return name if isinstance(name, str) and (name in ACTIVATIONS["tf_keras"] or name in SUPPLIED) else None


def dtype_policy(layer: Config, context: RepairContext) -> None:
    """Replace Keras 3's data type record by a name."""
    value = layer["config"].get("dtype")
    if isinstance(value, dict) and value.get("class_name") == "DTypePolicy" and isinstance(value.get("config"), dict):
        layer["config"]["dtype"] = str(value["config"].get("name", "float32"))
        context.notes.add(DTYPE_POLICY)


def plain_numbers(layer: Config, context: RepairContext) -> None:
    """Unpack a single number from a NumPy record; arrays are left to the loader."""
    for key, value in layer["config"].items():
        if isinstance(value, dict) and value.get("class_name") == "__numpy__" and isinstance(value.get("config"), dict):
            number = value["config"].get("value")
            if isinstance(number, int | float):
                layer["config"][key] = number
                context.notes.add(PLAIN_NUMBER, f"{layer_name(layer)}.{key}")


def input_shape(layer: Config, context: RepairContext) -> None:
    """Rename Keras 3's key for an input's shape."""
    config = layer["config"]
    if layer["class_name"] == "InputLayer" and "batch_shape" in config and "batch_input_shape" not in config:
        config["batch_input_shape"] = config.pop("batch_shape")
        config.pop("optional", None)
        context.notes.add(INPUT_SHAPE, layer_name(layer))


_KINDS: Final = (("_initializer", INITIALISERS), ("_regularizer", REGULARISERS), ("_constraint", CONSTRAINTS))


def training_only(layer: Config, context: RepairContext) -> None:
    """Drop an author's own initialisers, regularisers and constraints: inference does not need them."""
    config = layer["config"]
    for key, value in config.items():
        for ending, known in _KINDS:
            if key.endswith(ending) and _is_plain_custom(value, known):
                config[key] = "zeros" if ending == "_initializer" else None
                context.notes.add(TRAINING_ONLY, f"{layer_name(layer)}.{key}")


def _is_plain_custom(value: Any, known: frozenset[str]) -> bool:
    # Code and foreign modules are not harmless leftovers: the load policy rejects the file.
    if isinstance(value, dict):
        name = value.get("class_name", value.get("name"))
        module = str(value.get("module") or "")
        if module.startswith("tensorflow.python.ops.init_ops"):
            return True  # tf_keras' applications name some of TensorFlow's own initialisers this way.
        return isinstance(name, str) and name not in known and name != "__lambda__" and not module
    return isinstance(value, str) and value not in known


RULES: Final[tuple[Rule, ...]] = (
    affine_lambda,
    cudnn,
    gru,
    bilinear,
    plain_names,
    dtype_policy,
    plain_numbers,
    input_shape,
    training_only,
)
