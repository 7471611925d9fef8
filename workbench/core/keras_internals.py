"""The private API of Keras 3 and of tf_keras, all of it that the workbench uses: pinned, and tested name by name.

Every function says which public way there is and why it does not do. Nothing else imports `keras.src` or
`tf_keras.src`. "Both libraries" are Keras 3 and tf_keras; a model tells by itself which one built it.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

from workbench.core.lazy import legacy_keras, tensorflow


def flat_layers(model: Any) -> list[Any]:
    """The model and every layer in it, at any depth: those of inner models and those that wrappers hold.

    `Layer._flatten_layers` of both libraries. `Model.layers` is one level deep and knows nothing of wrapped layers;
    the fallback is a walk over `layers`, `layer`, `forward_layer`, `backward_layer`, `cell` and `cells`.
    """
    return list(model._flatten_layers())


class TensorOrigin(NamedTuple):
    """The layer or operation that computes a symbolic tensor, and the tensor's number among its outputs."""

    layer: str
    output: int


def origin_of(tensor: Any) -> TensorOrigin | None:
    """Where a symbolic tensor comes from; `None` where it does not tell.

    `_keras_history` of both libraries: the only record of it. A tensor's `name` is not the layer's.
    """
    history = getattr(tensor, "_keras_history", None)
    layer = getattr(history, "operation", None) or getattr(history, "layer", None)
    return None if layer is None else TensorOrigin(str(layer.name), int(getattr(history, "tensor_index", 0)))


def call_outputs(operation: Any, call: int) -> Sequence[Any] | None:
    """The symbolic tensors of the `call`-th call of a layer of Keras 3; `None` where it was not called that often.

    `Operation._inbound_nodes`. `Layer.output` is public and raises for a layer that was called more than once.
    """
    nodes = operation._inbound_nodes
    return nodes[call].output_tensors if call < len(nodes) else None


def own_weights(model: Any) -> list[Any]:
    """The weights that a model holds beside those of its layers, trainable ones first: how an .h5 keeps them.

    `_trainable_variables` and `_non_trainable_variables` of Keras 3, `_trainable_weights` and `_non_trainable_weights`
    of tf_keras. The public `weights` has those of the layers among them, and `weights` less theirs would lose one that
    a layer shares.
    """
    if hasattr(model, "_trainable_variables"):
        weights = {id(weight) for weight in model.weights}  # States of random generators are variables, and no weights.
        return [v for v in model._trainable_variables + model._non_trainable_variables if id(v) in weights]
    return list(model._trainable_weights + model._non_trainable_weights)


def rename(layer: Any, name: str) -> None:
    """Give a built layer of tf_keras another name; `name` is read-only, and models are not built anew for it."""
    layer._name = name


def safe_mode(library: Literal["keras", "tf_keras"], *, enabled: bool) -> AbstractContextManager[None]:
    """Within the block, building a model from a configuration refuses to run code that it carries, or does not.

    `serialization_lib.SafeModeScope`. `model_from_json` and `model_from_config` have no `safe_mode` as `load_model`
    has, and `keras.config.enable_unsafe_deserialization` holds for the whole process, for good.
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
    """A configuration's JSON as tf_keras' `model_from_config` takes it: tuples and shapes stand in JSON as records.

    `json_utils.decode`. The public `model_from_json` deserializes what it decodes, and so meets the inner objects
    before the model's own class does.
    """
    legacy_keras()
    from tf_keras.src.saving.legacy.saved_model import json_utils

    return json_utils.decode(text)


def deserialized(config: Any, objects: Mapping[str, Any], *, enabled_safe_mode: bool) -> Any:
    """The tf_keras model of a configuration in which objects may be shared, by their `shared_object_id`.

    `serialization_lib.ObjectSharingScope`, as `load_model` opens it: the public `deserialize_keras_object` alone
    makes a second layer of a shared one.
    """
    legacy_keras()
    from tf_keras.src.saving import serialization_lib

    with serialization_lib.ObjectSharingScope():
        return serialization_lib.deserialize_keras_object(config, objects, safe_mode=enabled_safe_mode)


def read_state(model: Any, weights: Any, assets: Any) -> None:
    """Let every layer of a tf_keras model read its own weights and assets; `weights` and `assets` are the stores.

    `saving_lib._load_state`: what `load_model` and `load_weights` call with stores of their own, which read only
    files as tf_keras itself writes them. Each layer checks the number of its weights.
    """
    legacy_keras()
    from tf_keras.src.saving import saving_lib

    saving_lib._load_state(model, weights_store=weights, assets_store=assets, inner_path="", visited_trackables=set())


def converted_weights(layer: Any, values: Sequence[Any], keras_version: str, backend: str | None) -> Sequence[Any]:
    """Weights of an .h5 as this tf_keras lays them out; older releases and other backends did it otherwise.

    `hdf5_format.preprocess_weights_for_loading`: the rules of every release since Keras 1. Publicly they are applied
    only by `load_weights`, which holds all weights in memory at once.
    """
    legacy_keras()
    from tf_keras.src.saving.legacy import hdf5_format

    found: Sequence[Any] = hdf5_format.preprocess_weights_for_loading(layer, values, keras_version, backend)
    return found


def convnext_layers() -> dict[str, Any]:
    """The layers that ConvNeXt of tf_keras has of its own, by name; its loader does not know them by name."""
    legacy_keras()
    from tf_keras.src.applications import convnext

    return {"LayerScale": convnext.LayerScale, "StochasticDepth": convnext.StochasticDepth}


def legacy_module(name: str) -> types.ModuleType:
    """A module of tf_keras; what Keras 2 had at its top (`keras.engine`) has been below `src` since 2.13.

    There is no public name for these; code written for Keras 2 imports them nevertheless. Raises
    `ModuleNotFoundError`.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return importlib.import_module(name.replace("tf_keras.", "tf_keras.src.", 1))
