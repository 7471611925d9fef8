"""The private API of Keras 3 and of tf_keras that the Workbench uses: all of it, pinned, and tested name by name.

Every function states the public alternative and why it is not sufficient. Nothing else imports `keras.src` or
`tf_keras.src`. "Both libraries" are Keras 3 and tf_keras; a model shows by itself which one built it.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

from workbench.core.lazy import legacy_keras, tensorflow


def flat_layers(model: Any) -> list[Any]:
    """The model and every layer in it, at any depth: those of inner models and those that wrappers contain.

    `Layer._flatten_layers` of both libraries. `Model.layers` is one level deep and does not include wrapped layers; the
    fallback is a walk over `layers`, `layer`, `forward_layer`, `backward_layer`, `cell` and `cells`.
    """
    return list(model._flatten_layers())


class TensorOrigin(NamedTuple):
    """The layer or operation that computes a symbolic tensor, and the tensor's index among its outputs."""

    layer: str
    output: int


def origin_of(tensor: Any) -> TensorOrigin | None:
    """Where a symbolic tensor comes from; `None` if it has no such record.

    `_keras_history` of both libraries, which is the only record of it. A tensor's `name` is not the layer's.
    """
    history = getattr(tensor, "_keras_history", None)
    layer = getattr(history, "operation", None) or getattr(history, "layer", None)
    return None if layer is None else TensorOrigin(str(layer.name), int(getattr(history, "tensor_index", 0)))


def call_outputs(operation: Any, call: int) -> Sequence[Any] | None:
    """The symbolic tensors of the `call`-th call of a Keras 3 layer; `None` if it was not called that often.

    `Operation._inbound_nodes`. `Layer.output` is public and raises for a layer that was called more than once.
    """
    nodes = operation._inbound_nodes
    return nodes[call].output_tensors if call < len(nodes) else None


def own_weights(model: Any) -> list[Any]:
    """The weights that a model has beside those of its layers, trainable ones first: the order in an .h5.

    `_trainable_variables` and `_non_trainable_variables` of Keras 3, `_trainable_weights` and `_non_trainable_weights`
    of tf_keras. The public `weights` includes those of the layers, and `weights` minus theirs would lose one that a
    layer shares.
    """
    if hasattr(model, "_trainable_variables"):
        weights = {id(weight) for weight in model.weights}  # States of random generators are variables but not weights.
        return [v for v in model._trainable_variables + model._non_trainable_variables if id(v) in weights]
    return list(model._trainable_weights + model._non_trainable_weights)


def rename(layer: Any, name: str) -> None:
    """Rename a built layer of tf_keras; `name` is read-only, and rebuilding the model is not an option."""
    layer._name = name


def safe_mode(library: Literal["keras", "tf_keras"], *, enabled: bool) -> AbstractContextManager[None]:
    """Within the block, building a model from a configuration refuses to run the code in it, or runs it.

    `serialization_lib.SafeModeScope`. `model_from_json` and `model_from_config` have no `safe_mode` argument like
    `load_model`, and `keras.config.enable_unsafe_deserialization` is permanent for the whole process.
    """
    scope: AbstractContextManager[None]
    if library == "keras":
        tensorflow()
        from keras.src.saving import serialization_lib

        scope = serialization_lib.SafeModeScope(enabled)
    else:
        legacy_keras()
        from tf_keras.src.saving import serialization_lib as legacy_lib

        scope = legacy_lib.SafeModeScope(enabled)
    return scope


def decoded_config(text: str) -> Any:
    """A configuration's JSON as tf_keras' `model_from_config` takes it: JSON stores tuples and shapes as records.

    `json_utils.decode`. The public `model_from_json` deserializes what it decodes, and so encounters the inner objects
    before the model's own class does.
    """
    legacy_keras()
    from tf_keras.src.saving.legacy.saved_model import json_utils

    return json_utils.decode(text)


def deserialized(config: Any, objects: Mapping[str, Any], *, enabled_safe_mode: bool) -> Any:
    """The tf_keras model of a configuration in which objects may be shared, by their `shared_object_id`.

    `serialization_lib.ObjectSharingScope`, as `load_model` opens it: the public `deserialize_keras_object` alone
    creates a second layer for a shared one.
    """
    legacy_keras()
    from tf_keras.src.saving import serialization_lib

    with serialization_lib.ObjectSharingScope():
        return serialization_lib.deserialize_keras_object(config, objects, safe_mode=enabled_safe_mode)


def read_state(model: Any, weights: Any, assets: Any) -> None:
    """Let every layer of a tf_keras model read its own weights and assets; `weights` and `assets` are the stores.

    `saving_lib._load_state`, which `load_model` and `load_weights` call with stores of their own that only read files
    as tf_keras itself writes them. Each layer checks the number of its weights.
    """
    legacy_keras()
    from tf_keras.src.saving import saving_lib

    saving_lib._load_state(model, weights_store=weights, assets_store=assets, inner_path="", visited_trackables=set())


def converted_weights(layer: Any, values: Sequence[Any], keras_version: str, backend: str | None) -> Sequence[Any]:
    """Weights of an .h5 in the layout of this tf_keras; older releases and other backends used other layouts.

    `hdf5_format.preprocess_weights_for_loading`: the rules of every release since Keras 1. Publicly they are only
    applied by `load_weights`, which holds all weights in memory at once.
    """
    legacy_keras()
    from tf_keras.src.saving.legacy import hdf5_format

    found: Sequence[Any] = hdf5_format.preprocess_weights_for_loading(layer, values, keras_version, backend)
    return found


def convnext_layers() -> dict[str, Any]:
    """The layers that only ConvNeXt of tf_keras uses, by name; tf_keras' loader does not find them by name."""
    legacy_keras()
    from tf_keras.src.applications import convnext

    return {"LayerScale": convnext.LayerScale, "StochasticDepth": convnext.StochasticDepth}


def legacy_module(name: str) -> types.ModuleType:
    """A module of tf_keras; Keras 2's top-level modules (`keras.engine`) have been below `src` since 2.13.

    There is no public name for these; code written for Keras 2 imports them nevertheless. Raises `ModuleNotFoundError`.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return importlib.import_module(name.replace("tf_keras.", "tf_keras.src.", 1))
