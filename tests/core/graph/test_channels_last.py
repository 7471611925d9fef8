"""Graphs rewritten to channels last answer what the twin with channels last does, and hold nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layout_graphs import answers, formats, frozen, frozen_call, ops
from layout_models import Array, first, largest, picture, same_weights, shake, twins

from workbench.core.export.portable import portable
from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError

LIMIT = 2e-6
"""Sums of float32 in another order, relative to the largest number."""

DEEP = 1e-4
"""The same behind many random layers, of which some divide by small numbers; a wrong axis differs by 0.1 and more."""

FAST = ((11, 1), (5, 2), (2, 3))
"""Seed and rank: a sequence, a picture, a volume; each with groups, a nested model and more."""


def _twin_answers(twin: Any, given: Array) -> list[Array]:
    scores: list[Array] = [np.asarray(y) for y in twin.predict(np.moveaxis(given, 1, -1), verbose=0)]
    return [first(scores[0]), *scores[1:]]


def _hold_to_its_twin(keras: Any, seed: int, rank: int | None, layout: str) -> None:
    made, twin = twins(keras, seed, rank)
    given = picture(seed, "channels_first", tuple(made.inputs[0].shape[2:]))
    graph = portable(frozen(made, layout))
    for ours, theirs in zip(answers(graph, given), _twin_answers(twin, given), strict=True):
        assert largest(ours, theirs) <= DEEP
    assert formats(graph) <= {"NHWC", "NDHWC"}
    assert len(graph.graph_def.library.function) == 0


@pytest.mark.parametrize("layout", ["frozen", "variables"])
@pytest.mark.parametrize(("seed", "rank"), FAST)
def test_a_random_model_answers_what_its_twin_does(keras: Any, seed: int, rank: int, layout: str) -> None:
    _hold_to_its_twin(keras, seed, rank, layout)


@pytest.mark.heavy
@pytest.mark.parametrize("layout", ["frozen", "variables"])
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_random_models_answer_what_their_twins_do(keras: Any, seed: int, layout: str) -> None:
    _hold_to_its_twin(keras, seed, None, layout)


def _residual(keras: Any, data_format: str) -> Any:
    """Convolutions, norms, pools and a sum, as in a ResNet."""
    layers, axis = keras.layers, 1 if data_format == "channels_first" else -1
    inputs = keras.Input((3, 16, 16) if axis == 1 else (16, 16, 3))
    hidden = layers.ZeroPadding2D(1, data_format=data_format)(inputs)
    hidden = layers.Conv2D(4, 3, data_format=data_format, use_bias=False)(hidden)
    hidden = layers.ReLU()(layers.BatchNormalization(axis=axis)(hidden))
    hidden = layers.MaxPooling2D(data_format=data_format)(hidden)
    beside = layers.Conv2D(4, 3, padding="same", data_format=data_format)(hidden)
    hidden = layers.Concatenate(axis=axis)([layers.Add()([hidden, beside]), beside])
    hidden = layers.Conv2DTranspose(3, 2, 2, data_format=data_format)(hidden)
    pooled = layers.GlobalAveragePooling2D(data_format=data_format)(hidden)
    return keras.Model(inputs, layers.Dense(2)(pooled))


@pytest.mark.parametrize("layout", ["frozen", "variables"])
def test_one_transpose_is_left_before_the_first_convolution(keras: Any, layout: str) -> None:
    made, twin = _residual(keras, "channels_first"), _residual(keras, "channels_last")
    shake(made, 1)
    same_weights(made, twin)
    given = picture(1, "channels_first", (16, 16), 3)
    graph = portable(frozen(made, layout))
    assert ops(graph)["Transpose"] == 1
    assert largest(answers(graph, given)[0], twin.predict(np.moveaxis(given, 1, -1), verbose=0)) <= LIMIT
    if layout == "frozen":  # With channels last the norm folds into the convolution, whichever ops it was made of.
        assert not {"FusedBatchNormV3", "Rsqrt"} & set(ops(graph))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_within_a_loop(keras: Any, rank: int) -> None:
    sides = (6, 5, 4)[:rank]

    def make(data_format: str) -> Any:
        inputs = keras.Input((4, 3, *sides) if data_format == "channels_first" else (4, *sides, 3))
        layer = getattr(keras.layers, f"ConvLSTM{rank}D")
        return keras.Model(inputs, layer(3, 3, padding="same", data_format=data_format)(inputs))

    made, twin = make("channels_first"), make("channels_last")
    shake(made, 1)
    same_weights(made, twin)
    given = np.random.default_rng(2).normal(size=(3, 4, 3, *sides)).astype("float32")
    expected = np.moveaxis(twin.predict(np.moveaxis(given, 2, -1), verbose=0), -1, 1)
    for layout in ("frozen", "variables"):
        graph = portable(frozen(made, layout))
        assert largest(answers(graph, given)[0], expected) <= LIMIT
        assert formats(graph) <= {"NHWC", "NDHWC"}


def test_any_size_and_float64_which_no_onednn_computes(keras: Any) -> None:
    def make(data_format: str) -> Any:
        inputs = keras.Input((3, None, None) if data_format == "channels_first" else (None, None, 3), dtype="float64")
        settings = {"data_format": data_format, "dtype": "float64"}
        hidden = keras.layers.Conv2D(4, 3, **settings)(inputs)
        hidden = keras.layers.DepthwiseConv2D(3, **settings)(keras.layers.AveragePooling2D(2, **settings)(hidden))
        return keras.Model(inputs, keras.layers.Conv2DTranspose(3, 3, 2, padding="same", **settings)(hidden))

    made, twin = make("channels_first"), make("channels_last")
    shake(made, 1)
    same_weights(made, twin)
    given = picture(1, "channels_first", (15, 18), 3).astype("float64")
    expected = first(twin.predict(np.moveaxis(given, 1, -1), verbose=0))
    assert largest(answers(portable(frozen(made)), given)[0], expected) < 1e-12


def test_groups_with_channels_last_are_taken_apart_too(keras: Any) -> None:
    """Keras leaves them to XLA, which no serving runtime has to have."""
    inputs = keras.Input((9, 8, 4))
    hidden = keras.layers.Conv2D(6, 3, groups=2, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(4, 1, groups=2, use_bias=False)(hidden))
    shake(model, 3)
    given = picture(2, "channels_last", (9, 8))
    for layout in ("frozen", "variables"):
        graph = portable(frozen(model, layout))
        assert largest(answers(graph, given)[0], model.predict(given, verbose=0)) <= LIMIT
        assert ops(graph)["Conv2D"] == 4
        assert len(graph.graph_def.library.function) == 0


def test_a_norm_of_volumes_is_written_out_for_old_releases() -> None:
    """TensorFlow 1.15 refuses `data_format = NDHWC` of a norm; tf_keras makes one, with either layout."""
    from workbench.core.lazy import legacy_keras

    keras = legacy_keras()
    inputs = keras.Input((5, 4, 3, 4))
    model = keras.Model(inputs, keras.layers.BatchNormalization()(inputs))
    shake(model, 3)
    given = picture(2, "channels_last", (5, 4, 3))
    for layout in ("frozen", "variables"):
        before = frozen(model, layout)
        assert ops(before)["FusedBatchNormV3"] == 1
        graph = portable(before)
        assert ops(graph)["FusedBatchNormV3"] == 0
        assert largest(answers(graph, given)[0], model.predict(given, verbose=0)) <= LIMIT


def test_an_op_that_is_not_known_is_refused_by_name() -> None:
    tf = tensorflow()

    def call(x: Any) -> Any:
        sizes = {"ksize": [1, 1, 2, 2], "strides": [1, 1, 2, 2], "padding": "VALID", "data_format": "NCHW"}
        pooled = tf.raw_ops.MaxPool(input=x, **sizes)
        return tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=pooled, grad=pooled, name="unpooled", **sizes)

    with pytest.raises(WorkbenchError) as caught:
        portable(frozen_call(call, (None, 3, 8, 8)))
    assert caught.value.code == "CHANNELS_FIRST"
    assert "'unpooled' (MaxPoolGrad)" in caught.value.message
    assert caught.value.hint


def test_a_graph_with_channels_last_is_left_as_it_is(keras: Any) -> None:
    graph = frozen(_residual(keras, "channels_last"))
    assert portable(graph) is graph


def _several(tf: Any) -> dict[str, Callable[[Any], Any]]:
    """Functions of an image `(n, 4, 6, 5)` with channels first, by the op that they are about."""
    vector, row = tf.constant([[[1.0]], [[2.0]], [[-1.0]], [[0.5]]]), tf.constant([1.0, 2.0, 3.0, 4.0, 5.0])
    return {
        "relu": tf.nn.relu,
        "cast": lambda y: tf.cast(y * 10, tf.int32),
        "a number": lambda y: 2.0 - y,
        "a number a channel": lambda y: y * vector,
        "a number a column": lambda y: y + row,
        "another image": lambda y: y + tf.reverse(y, [1]),
        "a higher rank": lambda y: y + tf.ones((2, 1, 1, 1, 1)),
        "compare and choose": lambda y: tf.where(y > 0.1, y, -y),
        "clip": lambda y: tf.clip_by_value(y, -0.5, 0.5),
        "concat": lambda y: tf.concat([y, 2 * y], 1),
        "concat rows": lambda y: tf.concat([y, tf.zeros_like(y)], -2),
        "split": lambda y: tf.split(y, 2, 1)[1],
        "split by sizes": lambda y: tf.split(y, [2, 3], -1)[0],
        "pad": lambda y: tf.pad(y, [[0, 0], [1, 0], [2, 1], [0, 3]]),
        "pad with a number": lambda y: tf.pad(y, [[0, 0], [1, 0], [2, 1], [0, 3]], constant_values=7.0),
        "mirror": lambda y: tf.pad(y, [[0, 0], [0, 0], [2, 1], [0, 3]], "REFLECT"),
        "mean over the picture": lambda y: tf.reduce_mean(y, [2, 3]),
        "mean that keeps": lambda y: tf.reduce_mean(y, [-1, -2], keepdims=True),
        "sum over channels": lambda y: tf.reduce_sum(y, 1),
        "sum over rows": lambda y: tf.reduce_sum(y, 2),
        "sum over all but columns": lambda y: tf.reduce_sum(y, [0, 1, 2]),
        "max over the batch": lambda y: tf.reduce_max(y, 0),
        "which channel": lambda y: tf.argmax(y, 1),
        "which column": lambda y: tf.argmax(y, -1),
        "slice": lambda y: tf.slice(y, [0, 1, 2, 0], [-1, 2, 3, -1]),
        "crop": lambda y: y[:, :, 1:-1, 2:],
        "every other column, backwards": lambda y: y[..., ::-2],
        "short slice": lambda y: y[:, 1:3],
        "one channel": lambda y: y[:, 2],
        "tile": lambda y: tf.tile(y, [1, 3, 2, 1]),
        "reverse": lambda y: tf.reverse(y, [1, 3]),
        "expand": lambda y: tf.expand_dims(y, 3) * 2.0,
        "expand before channels": lambda y: tf.expand_dims(y, 1) * 2.0,
        "squeeze": lambda y: tf.squeeze(tf.reduce_mean(y, 2, keepdims=True), [2]) * 2.0,
        "softmax over channels": lambda y: tf.nn.softmax(y, 1),
        "softmax over columns": lambda y: tf.nn.softmax(y, -1),
        "space to batch": lambda y: tf.space_to_batch(y, [1, 2, 1], [[0, 0], [0, 0], [0, 0]]),
        "transpose": lambda y: tf.transpose(y, [0, 3, 1, 2]) * 2.0,
        "shape": lambda y: tf.shape(y),
        "reshape": lambda y: tf.reshape(y, [-1, 120]) * 2.0,
        "space to depth": lambda y: tf.nn.relu(y[:, :, :, :4]),
    }


NAMES = tuple(_several(tensorflow()))


@pytest.mark.parametrize("name", NAMES)
def test_an_op_between_two_images_with_channels_first(name: str) -> None:
    """TensorFlow adds a bias with channels first on any processor: so it computes the very function itself."""
    tf = tensorflow()
    call = _several(tf)[name]

    def whole(x: Any) -> Any:
        y = tf.nn.bias_add(x, [0.1, -0.2, 0.3, 0.0], "NCHW")
        z = call(y)
        back = tf.nn.bias_add(z, tf.range(4.0)[: z.shape[1]], "NCHW") if _is_image(z) else z
        return [back, y]

    given = np.random.default_rng(4).normal(size=(3, 4, 6, 5)).astype("float32")
    graph = frozen_call(whole, (None, 4, 6, 5))
    done = portable(graph)
    for ours, theirs in zip(answers(done, given), whole(tf.constant(given)), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6, atol=1e-6)
    assert formats(done) <= {"NHWC"}


def _is_image(tensor: Any) -> bool:
    return tensor.dtype.is_floating and tensor.shape.rank == 4 and (tensor.shape[1] or 9) <= 4
