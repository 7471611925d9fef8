"""Models of Keras 3 whose .h5 holds operations on tensors, by kind, and random ones; their weights are random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.core.lazy import tensorflow

Array = Any
Build = Callable[[], Any]


def _keras() -> Any:
    tensorflow()
    import keras

    return keras


def _head(x: Any) -> Any:
    layers = _keras().layers
    return layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x) if len(x.shape) == 4 else x)


def _image(size: int = 8) -> Any:
    return _keras().Input((size, size, 3), name="image")


def arithmetic() -> Any:
    x = _image()
    y = _keras().layers.Conv2D(4, 3)(x / 127.5 - 1)
    return _keras().Model(x, _head(1 - (2 * y + 0.25) / 3 + y**2 - abs(y) + (-y) // 0.5 + y % 0.75 + 2.0 ** (y / 50)))


def preprocess(name: str) -> Build:
    def build() -> Any:
        keras, x = _keras(), _image()
        y = getattr(keras.applications, name).preprocess_input(x)
        return keras.Model(x, _head(keras.layers.Conv2D(4, 3)(y)))

    return build


def slices() -> Any:
    x = _image()
    y = _keras().layers.Conv2D(4, 3)(x)
    y = y[:, 1:, ::2, ..., None][..., 0] + y[:, :-1, 1::2, ::-1]
    return _keras().Model(x, [_head(y), y[:, 0, 0], y[:, None, -1]])


def conditions() -> Any:
    ops, x = _keras().ops, _image()
    y = _keras().layers.Conv2D(4, 3)(x)
    small = (y < 0.5) & ops.logical_not(y < -0.5) | (y == 0)
    y = ops.where(small, y, ops.zeros_like(y)) + ops.cast(y != 0, "float32") * ops.where(y >= 1, np.pi, -1.5)
    return _keras().Model(x, _head(ops.clip(y, -2, 2)))


def constants() -> Any:
    ops, x = _keras().ops, _image()
    y = (x - np.array([103.939, 116.779, 123.68], "float32")) * ops.convert_to_tensor([0.1, 0.2, 0.3])
    y = ops.add(y, np.float32(0.1)) @ np.arange(9, dtype="float32").reshape(3, 3)
    return _keras().Model(x, _head(y))


def siamese() -> Any:
    keras = _keras()
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    inner = _image()
    base = keras.Model(inner, keras.ops.tanh(_head(keras.layers.Conv2D(4, 3)(inner / 255))), name="base")
    distance = keras.ops.sqrt(keras.ops.sum(keras.ops.square(base(left) - base(right)), axis=1, keepdims=True) + 1e-6)
    return keras.Model([left, right], [distance, keras.ops.abs(base(left) - base(right))])


def attention() -> Any:
    layers, keras = _keras().layers, _keras()
    query, value = keras.Input((4, 6), name="query"), keras.Input((5, 6), name="value")
    parts = [layers.Attention(score_mode=mode, use_scale=True)([query, value]) for mode in ("dot", "concat")]
    parts += [layers.AdditiveAttention()([query, value]), layers.MultiHeadAttention(2, 3)(query, value)]
    return keras.Model([query, value], layers.Dense(2)(layers.Add()(parts)))


def masks() -> Any:
    keras = _keras()
    words = keras.Input((6,), dtype="int32", name="words")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(words)
    x = keras.layers.LSTM(4, return_sequences=True)(x)
    x = keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True))(x)
    return keras.Model(words, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(x)))


def mask_operators() -> Any:
    keras = _keras()
    ops, layers = keras.ops, keras.layers
    frames = keras.Input((6, 4), name="frames")
    present = ops.any(ops.not_equal(frames, 0), axis=-1)
    x = layers.LSTM(4, return_sequences=True)(frames, mask=present)
    scores = ops.where(present, ops.squeeze(layers.Dense(1)(x), -1), -1e9)
    weights = ops.expand_dims(ops.softmax(scores, axis=-1), -1)
    return keras.Model(frames, ops.sum(x * weights, axis=1))


def vision_transformer() -> Any:
    keras, x = _keras(), _image(16)
    ops, layers = keras.ops, keras.layers
    patches = ops.reshape(layers.Conv2D(8, 4, strides=4)(x), (-1, 16, 8))
    y = patches + layers.Embedding(16, 8)(ops.cumsum(ops.ones_like(patches[:, :, 0], dtype="int32"), axis=1) - 1)
    for _ in range(2):
        z = layers.LayerNormalization(epsilon=1e-6)(y)
        y = layers.MultiHeadAttention(2, 4)(z, z) + y
        z = layers.LayerNormalization()(y)
        y = layers.Dense(8)(ops.gelu(layers.Dense(16)(z))) + y
    return keras.Model(x, keras.layers.Dense(3)(ops.mean(y, axis=1)))


def convnext() -> Any:
    _keras()
    from keras.src.applications import convnext as blocks

    return blocks.ConvNeXt([1, 1, 1, 1], [4, 8, 8, 8], input_shape=(32, 32, 3), weights=None, classes=3, name="next")


def namesakes() -> Any:
    """Operations whose classes have the names of layers."""
    keras, x = _keras(), _image()
    ops, y = keras.ops, _keras().layers.Conv2D(4, 3)(x)
    z = ops.concatenate([ops.maximum(y, 0.1), ops.minimum(y, y * 2), ops.multiply(y, 3), ops.subtract(1, y)], axis=-1)
    z = ops.reshape(ops.softmax(z, axis=1), (-1, 36, 16))
    z = keras.layers.Concatenate()([z, keras.layers.Reshape((36, 16))(keras.activations.relu(z - 0.02, 0.1))])
    return keras.Model(x, [ops.average(z, axis=1), ops.dot(ops.mean(z, axis=1), np.eye(32, 2, dtype="float32"))])


def several_axes() -> Any:
    keras, x = _keras(), _image()
    layers, y = keras.layers, _keras().layers.Conv2D(4, 3)(x)
    y = layers.LayerNormalization(axis=[1, 2])(layers.UnitNormalization(axis=[1, 3])(y))
    return keras.Model(x, layers.Softmax(axis=[1, 2])(y) * 10)


def many_outputs() -> Any:
    keras, x = _keras(), _image()
    ops, y = keras.ops, keras.layers.Conv2D(4, 3)(x)
    first, second = ops.split(y, 2, axis=-1)
    mean, variance = ops.moments(y, axes=[1, 2])
    best, _ = ops.top_k(mean, 2)
    return keras.Model(x, [first - second, mean / ops.sqrt(variance + 1e-3), best, *ops.unstack(mean, axis=1)])


def nested() -> Any:
    keras, x = _keras(), _image()
    inner = keras.Input((6, 6, 4))
    block = keras.Model(inner, keras.ops.relu(keras.layers.Conv2D(4, 3, padding="same")(inner)) * 0.5 + inner)
    outer = keras.Sequential([keras.Input((6, 6, 4)), block, keras.layers.BatchNormalization()])
    y = outer(block(keras.layers.Conv2D(4, 3)(x)))
    frames = keras.Input((2, 6, 6, 4), name="frames")
    z = keras.ops.max(keras.layers.TimeDistributed(block)(frames), axis=1)
    return keras.Model([x, frames], _head(y + z))


def frozen_inside() -> Any:
    keras = _keras()
    layers, inner = keras.layers, keras.Input((4,))
    y = layers.BatchNormalization()(layers.Dense(4, name="first")(inner / 2))
    y = layers.Dense(4, name="third")(layers.Dense(4, name="second")(y))
    base = keras.Model(inner, y, name="base")
    base.get_layer("second").trainable = False
    x = keras.Input((4,), name="numbers")
    return keras.Model(x, layers.Dense(3)(base(x) * 2))


def images() -> Any:
    keras, x = _keras(), _image()
    ops = keras.ops
    y = ops.image.resize(x, (6, 6)) + ops.pad(x[:, 2:6, 2:6], [[0, 0], [1, 1], [1, 1], [0, 0]])
    y = ops.concatenate([ops.image.rgb_to_grayscale(y), ops.flip(y, axis=2)], axis=-1)
    y = ops.conv(y, np.linspace(-1, 1, 3 * 3 * 4 * 2).reshape(3, 3, 4, 2).astype("float32"), padding="same")
    return keras.Model(x, _head(ops.max_pool(y, 2) + ops.average_pool(y, 2)))


def algebra() -> Any:
    keras = _keras()
    ops, x = keras.ops, keras.Input((4, 4), name="matrix")
    y = ops.einsum("bij,bjk->bik", x, ops.transpose(x, (0, 2, 1))) + ops.cumsum(x, axis=1) - ops.roll(x, 1, axis=-1)
    y = ops.matmul(y, ops.tril(y)) / (ops.norm(y, axis=-1, keepdims=True) + 1) + ops.logsumexp(y, -1, keepdims=True)
    taken = ops.take(y, [0, 2], axis=1) + ops.repeat(y[:, :1], 2, axis=1) + ops.tile(y[:, 1:2], (1, 2, 1))
    return keras.Model(x, keras.layers.Dense(2)(ops.stack([taken, ops.sort(taken)], axis=-1)))


def functions() -> Any:
    keras, x = _keras(), _keras().Input((6,), name="numbers")
    ops = keras.ops
    used = "silu elu selu gelu softplus softsign hard_sigmoid hard_silu leaky_relu relu6 log_sigmoid erf tanh sin"
    parts = [getattr(ops, name)(keras.layers.Dense(6)(x)) for name in used.split()]
    parts += [keras.activations.relu(x, max_value=1.0), ops.log1p(ops.exp(-ops.abs(x)))]
    return keras.Model(x, ops.sum(ops.stack(parts), axis=0))


def normalised() -> Any:
    """Statistics learned from data, for all values together and in a model within the model."""
    keras, x = _keras(), _keras().Input((4,), name="numbers")
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Normalization()])
    return keras.Model(x, keras.layers.Dense(2)(inner(x) * 2 + keras.layers.Normalization(axis=None)(x)))


def half_precision() -> Any:
    keras = _keras()
    x = _image()
    y = keras.layers.Conv2D(4, 3, dtype="mixed_float16")(x / 255)
    return keras.Model(x, keras.layers.Dense(3, dtype="float32")(keras.ops.mean(y * 2 + 1, axis=[1, 2])))


KINDS: dict[str, Build] = {
    **{
        f.__name__: f
        for f in (arithmetic, slices, conditions, constants, siamese, attention, masks, mask_operators, nested, images)
    },
    **{f.__name__: f for f in (vision_transformer, convnext, namesakes, several_axes, many_outputs, frozen_inside)},
    **{f.__name__: f for f in (algebra, functions, normalised, half_precision)},
    **{f"preprocess of {name}": preprocess(name) for name in ("mobilenet_v2", "resnet50", "densenet", "vgg16")},
}
"""A kind of model that real files hold, by name."""


def random_model(seed: int) -> Any:
    """A model of random operations on a picture: every tensor has the shape (n, 6, 6, 4) until the last."""
    keras, dice = _keras(), np.random.default_rng(seed)
    ops, layers = keras.ops, keras.layers
    unary: list[Callable[[Any], Any]] = [
        ops.relu, ops.tanh, ops.sigmoid, ops.square, ops.abs, ops.negative, ops.softplus, ops.sin, ops.selu,
        lambda t: ops.softmax(t, axis=int(dice.integers(1, 4))),
        lambda t: layers.Softmax(axis=[1, 2])(t),
        lambda t: t / float(dice.uniform(1, 200)) - float(dice.normal()),
        lambda t: float(dice.normal()) - t * int(dice.integers(1, 4)),
        lambda t: ops.clip(t, -1, float(dice.uniform(0, 2))),
        lambda t: t[:, ::-1], lambda t: t[..., ::-1], lambda t: ops.roll(t, 2, axis=1),
        lambda t: ops.concatenate([t[:, 3:], t[:, :3]], axis=1),
        lambda t: ops.transpose(t, (0, 2, 1, 3)), lambda t: ops.flip(t, axis=2),
        lambda t: t - ops.mean(t, axis=(1, 2), keepdims=True), lambda t: ops.where(t > 0, t, 0.1 * t),
        lambda t: ops.reshape(ops.reshape(t, (-1, 36, 4)), (-1, 6, 6, 4)),
        lambda t: t * dice.normal(size=4).astype("float32"), lambda t: ops.cumsum(t, axis=1) / 6,
        layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(), layers.LayerNormalization(axis=[1, 3]),
        layers.Dense(4), layers.PReLU(shared_axes=[1, 2]), layers.UnitNormalization(axis=[1, 2]), layers.Dropout(0.3),
        layers.SeparableConv2D(4, 3, padding="same"), layers.Activation("gelu"),
    ]  # fmt: skip
    binary: list[Callable[[Any, Any], Any]] = [
        ops.add, ops.subtract, ops.multiply, ops.maximum, ops.minimum, lambda a, b: a / (ops.abs(b) + 1),
        lambda a, b: layers.Add()([a, b]), lambda a, b: layers.Average()([a, b]),
        lambda a, b: ops.where(a > b, a, b - a),
        lambda a, b: ops.stack([a, b], axis=-1)[..., int(dice.integers(0, 2))],
        lambda a, b: ops.split(ops.concatenate([a, b], axis=-1), 2, axis=-1)[int(dice.integers(0, 2))],
        lambda a, b: layers.Conv2D(4, 1)(layers.Concatenate()([a, b])),
        lambda a, b: ops.tanh(ops.matmul(a, b[:, :, :4])),
    ]  # fmt: skip
    x = keras.Input((6, 6, 4), name="picture")
    known = [x]
    for _ in range(int(dice.integers(4, 12))):
        picked = [known[int(dice.integers(max(0, len(known) - 4), len(known)))] for _ in range(2)]
        if dice.random() < 0.4:
            known.append(binary[int(dice.integers(len(binary)))](*picked))
        else:
            known.append(unary[int(dice.integers(len(unary)))](picked[0]))
    return keras.Model(x, [layers.Dense(3)(ops.mean(known[-1], axis=(1, 2))), known[-1] + 0 * x])


def ready(model: Any, seed: int = 0) -> tuple[Any, list[Array], list[Array]]:
    """The model with random weights (variances above zero), inputs for it and its own answers to them."""
    dice = np.random.default_rng(seed)
    for weight in model.weights:
        value = dice.normal(size=weight.shape) * 0.5
        weight.assign(np.abs(value) + 0.2 if "variance" in weight.path else value)
    for layer in model._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()  # It computes with copies of its weights.
    given = [_values(dice, tensor) for tensor in model.inputs]
    return model, given, flat(model.predict(given if len(given) > 1 else given[0], verbose=0))


def _values(dice: np.random.Generator, tensor: Any) -> Array:
    shape = (3, *tensor.shape[1:])
    if tensor.dtype.startswith("int"):
        return dice.integers(0, 9, size=shape).astype(tensor.dtype)
    values = dice.normal(size=shape) if len(shape) < 4 else dice.uniform(0, 255, size=shape)
    values[:, -1] *= dice.integers(0, 2)  # Some steps of a sequence are empty.
    return values.astype(tensor.dtype)


def flat(answers: Any) -> list[Array]:
    """A model's answers as a list."""
    return [np.asarray(y) for y in (answers if isinstance(answers, list) else [answers])]
