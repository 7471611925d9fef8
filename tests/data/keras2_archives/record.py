"""Writes small `.keras` files with an old Keras and records what that very Keras predicts.

Run by hand in an environment of that release, `tensorflow-cpu==2.12.0` say, from this folder:
    python record.py            tf.keras of TensorFlow 2.12 to 2.15
    python record.py tf_keras   the tf_keras package
It writes `RELEASE.zip`: the `.keras` files as they were saved, and `NAME.npz` with inputs x0.. and outputs y0...
Weights and inputs come from seeded generators, so that a second run gives the same numbers.
"""

import os
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

if "tf_keras" in sys.argv:
    import tf_keras as keras

    RELEASE = f"tf_keras-{keras.__version__}"
else:
    from keras import __version__

    keras = tf.keras
    RELEASE = f"keras-{__version__}"

L = keras.layers


def cnn() -> Any:
    """Sequential; two layers of each class, so that the groups of the weights are numbered."""
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            L.Conv2D(4, 3, activation="relu"),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.Conv2D(3, 3),
            L.BatchNormalization(scale=False),
            L.ReLU(),
            L.Dropout(0.3),
            L.GlobalAveragePooling2D(),
            L.Dense(5, activation="relu"),
            L.Dense(4, activation="relu"),
            L.Dense(3, activation="softmax"),
        ]
    )


def two_inputs() -> Any:
    """An image and features beside it, two outputs; compiled."""
    image, meta = keras.Input((12, 12, 3), name="image"), keras.Input((4,), name="meta")
    x = L.Rescaling(1 / 127.5, offset=-1)(image)
    x = L.SeparableConv2D(4, 3, activation="relu")(x)
    x = L.DepthwiseConv2D(3)(x)
    x = L.Flatten()(x)
    x = L.Concatenate()([x, L.Dense(3, activation="tanh")(meta)])
    model = keras.Model([image, meta], [L.Dense(2, activation="softmax", name="kind")(x), L.Dense(1, name="age")(x)])
    model.compile("adam", {"kind": "categorical_crossentropy", "age": "mse"}, metrics={"kind": ["accuracy"]})
    model.fit(
        [np.zeros((2, 12, 12, 3)), np.zeros((2, 4))], [np.eye(2), np.zeros((2, 1))], epochs=1, verbose=0, batch_size=2
    )
    return model


def nested() -> Any:
    """A model within a model within a model, and one more layer of the same class behind it."""
    inner = keras.Sequential([keras.Input((10, 10, 4)), L.Conv2D(3, 3), L.BatchNormalization()], name="inner")
    a = keras.Input((10, 10, 4))
    middle = keras.Model(a, L.Conv2D(3, 1)(L.Activation("relu")(inner(a))), name="middle")
    x = keras.Input((12, 12, 3))
    y = middle(L.Conv2D(4, 3)(x))
    return keras.Model(x, L.Dense(3)(L.Dense(4, activation="selu")(L.GlobalMaxPooling2D()(y))))


def recurrent() -> Any:
    """Two LSTMs, a bidirectional GRU, an RNN of two cells, layers over time."""
    x = keras.Input((6, 5))
    y = L.Masking()(x)
    y = L.LSTM(4, return_sequences=True)(y)
    y = L.LSTM(3, return_sequences=True, recurrent_activation="hard_sigmoid")(y)
    y = L.Bidirectional(L.GRU(3, return_sequences=True))(y)
    y = L.RNN([L.GRUCell(3), L.LSTMCell(4)], return_sequences=True)(y)
    y = L.TimeDistributed(L.Dense(3, activation="tanh"))(y)
    y = L.Bidirectional(L.LSTM(2), merge_mode="sum")(y)
    return keras.Model(x, L.Dense(2)(y))


def hard_sigmoid() -> Any:
    return keras.Sequential([keras.Input((4,)), L.Dense(5, activation="hard_sigmoid"), L.Dense(2)])


def shared() -> Any:
    """A layer called twice, a model called twice, and a layer that stands in both models."""
    dense = L.Dense(4, activation="tanh", name="both")
    inner = keras.Sequential([keras.Input((4,)), dense, L.Dense(4)], name="tower")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    both = L.Subtract()([inner(dense(a)), inner(b)])
    return keras.Model([a, b], L.Dense(2)(L.Concatenate()([both, L.Dense(3)(a)])))


def attention() -> Any:
    x = keras.Input((6, 8))
    y = L.MultiHeadAttention(2, 3)(x, x)
    y = L.LayerNormalization()(L.Add()([x, y]))
    y = L.Conv1D(4, 3, padding="causal")(y)
    y = L.Attention(use_scale=True)([y, y])
    y = L.PReLU()(y)
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(y)))


def operators() -> Any:
    """Arithmetic on tensors, which Keras 2 saves as calls of TensorFlow functions."""
    x = keras.Input((8, 8, 3))
    y = L.Conv2D(4, 3)(x / 127.5 - 1.0)
    y = tf.nn.relu6(y) + tf.reduce_mean(y, axis=[1, 2], keepdims=True)
    return keras.Model(x, L.Dense(2)(y[:, 0, 0, :]))


def normalization() -> Any:
    """Adapted, given, and adapted within another model."""
    data = np.random.RandomState(5).normal(3, 2, (64, 4)).astype("float32")
    adapted, inside = L.Normalization(name="adapted"), L.Normalization(axis=None, name="inside")
    adapted.adapt(data)
    inside.adapt(data * 2)
    given = L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 16.0], name="given")
    inner = keras.Sequential([keras.Input((4,)), inside, L.Dense(3)], name="inner")
    x = keras.Input((4,))
    return keras.Model(x, L.Dense(2)(L.Concatenate()([adapted(x), given(x), inner(x)])))


def images_over_time() -> Any:
    """A model over each picture of a sequence."""
    eye = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(3, 3), L.BatchNormalization(), L.Flatten()], name="eye")
    x = keras.Input((3, 8, 8, 1))
    y = L.TimeDistributed(eye)(x)
    y = L.Dense(4)(y)
    z = L.ConvLSTM2D(2, 3)(x)
    return keras.Model(x, L.Dense(2)(L.Concatenate()([L.LSTM(3)(y), L.Flatten()(z)])))


def lambda_layer() -> Any:
    return keras.Sequential([keras.Input((4,)), L.Lambda(lambda x: tf.sin(x) * 3), L.Dense(2)])


KINDS = (
    cnn,
    two_inputs,
    nested,
    recurrent,
    hard_sigmoid,
    shared,
    attention,
    operators,
    normalization,
    images_over_time,
    lambda_layer,
)


def fill(model: Any, seed: int) -> None:
    rng = np.random.RandomState(seed)
    done: set[int] = set()
    for layer in model._flatten_layers():
        if isinstance(layer, L.Normalization) or id(layer) in done:
            continue
        done.add(id(layer))
        for variable in layer._trainable_weights + layer._non_trainable_weights:
            if not variable.dtype.is_floating or id(variable) in done:
                continue
            done.add(id(variable))
            values = rng.normal(0, 0.5, variable.shape)
            variable.assign(np.abs(values) + 0.5 if "variance" in variable.name else values)


def inputs_of(model: Any, seed: int) -> Iterator[Any]:
    rng = np.random.RandomState(seed)
    for tensor in model.inputs:
        scale = 255.0 if tensor.shape.rank >= 4 and tensor.shape[-1] == 3 else 1.0
        values = (
            rng.uniform(0, scale, (3, *tensor.shape[1:])) if scale > 1 else rng.normal(0, 1, (3, *tensor.shape[1:]))
        )
        yield values.astype("float32")


def main() -> None:
    with zipfile.ZipFile(f"{RELEASE}.zip", "w", zipfile.ZIP_DEFLATED) as box:
        for number, make in enumerate(KINDS):
            keras.backend.clear_session()
            model = make()
            fill(model, number)
            given = list(inputs_of(model, 100 + number))
            answers = tf.nest.flatten(model.predict(given, verbose=0))
            # Keras 2.12 writes HDF5 under this ending, whatever it is asked for but this; later ones know no other.
            model.save(f"{make.__name__}.keras", save_format="keras_v3" if RELEASE == "keras-2.12.0" else "keras")
            arrays = {f"x{i}": x for i, x in enumerate(given)} | {f"y{i}": y for i, y in enumerate(answers)}
            np.savez_compressed(f"{make.__name__}.npz", **arrays)
            for name in (f"{make.__name__}.keras", f"{make.__name__}.npz"):
                box.write(name)
                os.remove(name)


main()
