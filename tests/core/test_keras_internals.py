"""Each use of Keras' and tf_keras' private API does what it is used for; a release that moves one fails its test."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from workbench.core.keras_internals import (
    call_outputs,
    converted_weights,
    convnext_layers,
    decoded_config,
    deserialized,
    flat_layers,
    legacy_module,
    origin_of,
    own_weights,
    read_state,
    rename,
    safe_mode,
)
from workbench.core.lazy import legacy_keras, tensorflow


def _keras3() -> Any:
    tensorflow()
    import keras

    return keras


def _nested(keras: Any) -> Any:
    """A model with a model, a wrapper and a layer called twice in it."""
    layers = keras.layers
    given = keras.Input((4, 3), name="given")
    inner = keras.Sequential([keras.Input((4, 3)), layers.Dense(3, name="deep")], name="inner")
    twice = layers.Dense(3, name="twice")
    hidden = twice(twice(inner(given)))
    return keras.Model(given, layers.Bidirectional(layers.LSTM(2, name="steps"), name="both")(hidden))


def test_flatten_layers_finds_layers_of_inner_models_and_of_wrappers(keras: Any) -> None:
    model = _nested(keras)
    names = [layer.name for layer in flat_layers(model)]
    assert {"inner", "deep", "twice", "both", model.name, "forward_steps", "backward_steps"} <= set(names)


def test_keras_history_tells_the_layer_and_the_number_of_the_output(keras: Any) -> None:
    lstm = keras.layers.LSTM(2, return_state=True, name="steps")
    tensors = lstm(keras.Input((4, 3)))
    assert [origin_of(tensor) for tensor in tensors] == [("steps", 0), ("steps", 1), ("steps", 2)]


def test_what_is_no_symbolic_tensor_has_no_origin() -> None:
    assert origin_of(np.zeros(3)) is None


def test_inbound_nodes_of_keras_3_tell_each_call_of_a_layer() -> None:
    keras = _keras3()
    layer = keras.layers.Dense(5)
    answers = [layer(keras.Input((3,))), layer(keras.Input((3,)))]
    for call, answer in enumerate(answers):
        outputs = call_outputs(layer, call)
        assert outputs is not None
        assert outputs[0] is answer
    assert call_outputs(layer, 2) is None


def test_trainable_weights_of_the_model_itself_are_without_those_of_its_layers(keras: Any) -> None:
    class Scaled(keras.Model):  # type: ignore[misc]
        """A dense layer, and two weights of the model's own."""

        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(2)
            self.fixed = self.add_weight(shape=(1,), initializer="ones", trainable=False, name="fixed")
            self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) * self.scale * self.fixed

    model = Scaled()
    model(np.zeros((1, 3), "float32"))
    assert [id(weight) for weight in own_weights(model)] == [id(model.scale), id(model.fixed)]
    assert len(model.weights) == 4


def test_a_built_layer_of_tf_keras_takes_another_name() -> None:
    keras = legacy_keras()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="before")])
    rename(model.layers[0], "after")
    assert model.layers[0].name == "after"
    assert model.predict(np.ones((1, 3), "float32"), verbose=0).shape == (1, 2)


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_safe_mode_scope_decides_whether_a_lambda_is_built(library: Any) -> None:
    keras = _keras3() if library == "keras" else legacy_keras()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2.0, output_shape=(3,))])
    config = keras.saving.serialize_keras_object(model)
    with safe_mode(library, enabled=True), pytest.raises(ValueError, match=r"(?i)lambda"):
        keras.saving.deserialize_keras_object(config)
    with safe_mode(library, enabled=False):
        built = keras.saving.deserialize_keras_object(config)
    assert built.predict(np.ones((1, 3), "float32"), verbose=0).tolist() == [[2.0, 2.0, 2.0]]


def test_json_utils_of_tf_keras_reads_the_records_that_stand_for_tuples_and_shapes() -> None:
    record = {"a": {"class_name": "__tuple__", "items": [2, 6]}, "b": {"class_name": "TensorShape", "items": [None, 2]}}
    told = decoded_config(json.dumps(record))
    assert told["a"] == (2, 6)
    assert told["b"].as_list() == [None, 2]


def test_object_sharing_scope_makes_one_layer_of_a_shared_one() -> None:
    keras = legacy_keras()
    layers = [keras.layers.Dense(3, name=f"dense_{number}") for number in range(2)]
    config = keras.saving.serialize_keras_object(keras.Sequential([keras.Input((3,)), *layers]))
    for record in config["config"]["layers"][1:]:
        record["shared_object_id"] = 7
    objects = {"Dense": keras.layers.Dense}
    assert len(keras.saving.deserialize_keras_object(config, objects).layers) == 2
    assert len(deserialized(config, objects, enabled_safe_mode=True).layers) == 1


def test_load_state_asks_the_stores_by_the_places_of_the_layers() -> None:
    keras = legacy_keras()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="scores")])

    class Store:
        """The weights of the one layer, at the place that tf_keras gives it."""

        def get(self, place: str) -> dict[str, Any]:
            return {"0": np.full((3, 2), 7.0), "1": np.full(2, 8.0)} if place.endswith("layers/dense") else {}

    read_state(model, Store(), None)
    assert [weight.numpy().max() for weight in model.weights] == [7.0, 8.0]


def test_preprocess_weights_turns_the_four_gates_of_keras_1() -> None:
    keras = legacy_keras()
    layer = keras.layers.LSTM(1)
    layer.build((None, 4, 1))
    # Keras 1 stores W (1, 1), U (1, 1) and b (1,) of i, c, f and o; since Keras 2 their columns are i, f, c, o.
    gates = [np.full((1,) if part == 2 else (1, 1), gate) for gate in range(4) for part in range(3)]
    kernel, recurrent, bias = converted_weights(layer, gates, "1", None)
    assert (kernel.tolist(), recurrent.tolist(), bias.tolist()) == ([[0, 2, 1, 3]], [[0, 2, 1, 3]], [0, 2, 1, 3])


def test_the_layers_of_convnext_scale_by_channel_and_drop_nothing_in_inference() -> None:
    layers = convnext_layers()
    given = np.ones((2, 3), "float32")
    assert layers["LayerScale"](0.5, 3)(given).numpy().tolist() == (given / 2).tolist()
    assert layers["StochasticDepth"](0.9)(given, training=False).numpy().tolist() == given.tolist()


def test_a_module_that_keras_2_had_at_its_top_is_found() -> None:
    assert legacy_module("tf_keras.engine.training").Model is legacy_keras().Model
    assert legacy_module("tf_keras.layers") is legacy_keras().layers
    with pytest.raises(ModuleNotFoundError):
        legacy_module("tf_keras.nowhere")
