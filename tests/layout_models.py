"""Random models of images, each in both layouts: the same seed and weights, channels first or channels last.

The twin with channels last is what TensorFlow computes on any processor, so it judges what becomes of the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Format = Literal["channels_first", "channels_last"]

SIDES: Final = {1: (37,), 2: (21, 20), 3: (16, 17, 16)}
"""The spatial size of the input by the number of dimensions of a picture (1: a sequence, 3: a volume)."""

CHANNELS: Final = 4

SHRINKING: Final = 16
"""Sides from which a layer may make them smaller: none becomes as short as the channels of a layer with a bias, since
Keras 3 adds the bias of a convolution with channels first along the width where the two are as many."""


def build(keras: Any, seed: int, data_format: Format, rank: int | None = None, size: int = 8) -> Any:
    """A model of about `size` random layers. Weights are of the seed, too, norms' statistics included."""
    random = np.random.default_rng(seed)
    rank = rank or int(random.choice([1, 2, 2, 2, 3]))
    maker = _Maker(keras, random, data_format, rank)
    inputs = keras.Input(maker.shape(CHANNELS, SIDES[rank]), name="image")
    hidden = inputs
    for _ in range(size):
        hidden = maker.step(hidden)
    model = keras.Model(inputs, maker.heads(hidden))
    shake(model, seed)
    return model


def shake(model: Any, seed: int) -> None:
    """Weights as after training: small, and variances above 0."""
    random = np.random.default_rng(seed + 1)
    drawn = [random.normal(0, 0.35, w.shape).astype("float32") for w in model.weights]
    names = [getattr(w, "path", w.name) for w in model.weights]
    model.set_weights([abs(v) + 0.3 if "variance" in n else v for v, n in zip(drawn, names, strict=True)])


def picture(seed: int, data_format: Format, sides: tuple[int, ...], channels: int = CHANNELS, count: int = 3) -> Array:
    """Random inputs; those with channels first are those with channels last, turned."""
    given = np.random.default_rng(seed).normal(size=(count, *sides, channels)).astype("float32")
    return given if data_format == "channels_last" else first(given)


def first(values: Array) -> Array:
    """Images with channels last, turned to channels first."""
    return np.moveaxis(values, -1, 1)


def twins(keras: Any, seed: int, rank: int | None = None, size: int = 8) -> tuple[Any, Any]:
    """A model with channels first and the same with channels last, of the same weights."""
    made = build(keras, seed, "channels_first", rank, size)
    twin = build(keras, seed, "channels_last", rank, size)
    same_weights(made, twin)
    return made, twin


def same_weights(made: Any, twin: Any) -> None:
    """Give a twin with channels last the weights of the model with channels first."""
    pairs = zip(made.get_weights(), twin.get_weights(), strict=True)
    # Only what has one number a channel and a shape of the image's form (PReLU) is turned.
    twin.set_weights([own if own.shape == other.shape else np.moveaxis(own, 0, -1) for own, other in pairs])


def largest(ours: Array, theirs: Array) -> float:
    """The largest difference, relative to the largest number where that is above 1."""
    assert ours.shape == theirs.shape
    return float(np.max(np.abs(ours.astype(float) - theirs)) / max(1.0, float(np.max(np.abs(theirs)))))


class _Maker:
    """Layers of one model, drawn one after another; every draw is the same for both layouts."""

    def __init__(self, keras: Any, random: np.random.Generator, data_format: Format, rank: int) -> None:
        self._k, self._layers, self._random = keras, keras.layers, random
        self._format, self._rank = data_format, rank
        self._first = data_format == "channels_first"
        self._axis = 1 if self._first else -1
        self._kinds: list[Callable[[Any], Any]] = [
            self._conv,
            self._conv,
            self._transposed,
            self._pool,
            self._norm,
            self._activation,
            self._residual,
            self._concatenated,
            self._squeezed,
            self._nested,
            self._grouped,
            *([self._depthwise, self._separable] if rank < 3 else []),
            *([self._padded, self._cropped, self._enlarged] if rank > 1 else []),
        ]

    def shape(self, channels: int, sides: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of an image without its batch."""
        return (channels, *sides) if self._first else (*sides, channels)

    def step(self, hidden: Any) -> Any:
        """One more layer, or block of layers."""
        draw = int(self._random.integers(len(self._kinds)))
        if min(self._sides(hidden)) < SHRINKING and self._kinds[draw] in (self._pool, self._cropped, self._conv):
            return self._norm(hidden)
        return self._kinds[draw](hidden)

    def heads(self, hidden: Any) -> list[Any]:
        """Outputs of each kind: a map, scores by pooling, scores by flattening, a mean by hand."""
        pooled = self._layer(str(self._random.choice(["GlobalAveragePooling", "GlobalMaxPooling"])))
        flat = self._layers.Flatten(data_format=self._format)(hidden)
        return [
            self._conv_of(2, 1)(hidden),
            self._layers.Dense(3, activation="softmax")(pooled(data_format=self._format)(hidden)),
            self._layers.Dense(2)(flat),
        ]

    def _layer(self, name: str, suffix: str = "") -> Any:
        return getattr(self._layers, f"{name}{self._rank}D{suffix}")

    def _sides(self, hidden: Any) -> tuple[int, ...]:
        shape = tuple(hidden.shape)
        return shape[2:] if self._first else shape[1:-1]

    def _channels(self, hidden: Any) -> int:
        return int(hidden.shape[self._axis])

    def _conv_of(self, filters: int, kernel: int, **more: Any) -> Any:
        return self._layer("Conv")(filters, kernel, data_format=self._format, **more)

    def _padding(self) -> str:
        return str(self._random.choice(["same", "valid"]))

    def _few(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def _conv(self, hidden: Any) -> Any:
        more: dict[str, Any] = {"padding": self._padding(), "activation": str(self._random.choice(["relu", "linear"]))}
        more[str(self._random.choice(["strides", "dilation_rate"]))] = self._few(1, 2)
        return self._conv_of(self._few(2, 6), self._few(1, 3), use_bias=bool(self._few(0, 1)), **more)(hidden)

    def _grouped(self, hidden: Any) -> Any:
        hidden = self._conv_of(4, 1)(hidden)
        return self._conv_of(2 * self._few(1, 3), 3, padding="same", groups=2)(hidden)

    def _transposed(self, hidden: Any) -> Any:
        strides, padding = self._few(1, 2), self._padding()
        if max(self._sides(hidden)) > 40:
            strides = 1
        layer = self._layer("Conv", "Transpose")
        return layer(self._few(2, 5), self._few(2, 3), strides, padding, data_format=self._format)(hidden)

    def _depthwise(self, hidden: Any) -> Any:
        layer = self._layer("DepthwiseConv")
        multiplier = self._few(1, 2)
        settings = {"padding": "same", "use_bias": False, "data_format": self._format}
        return layer(3, depth_multiplier=multiplier, **settings)(hidden)

    def _separable(self, hidden: Any) -> Any:
        return self._layer("SeparableConv")(self._few(2, 5), 3, padding="same", data_format=self._format)(hidden)

    def _pool(self, hidden: Any) -> Any:
        layer = self._layer(str(self._random.choice(["MaxPooling", "AveragePooling"])))
        return layer(2, self._few(1, 2), self._padding(), data_format=self._format)(hidden)

    def _norm(self, hidden: Any) -> Any:
        return self._layers.BatchNormalization(axis=self._axis)(hidden)

    def _activation(self, hidden: Any) -> Any:
        shared = list(range(2, 2 + self._rank)) if self._first else list(range(1, 1 + self._rank))
        made: list[Callable[[], Any]] = [
            lambda: self._layers.LeakyReLU(),
            lambda: self._layers.PReLU(shared_axes=shared),
            lambda: self._layers.Activation("tanh"),
            lambda: self._layers.Softmax(axis=self._axis),
            lambda: self._layers.ReLU(6.0),
            lambda: self._layers.Rescaling(0.5, 0.1),
        ]
        return made[self._few(0, len(made) - 1)]()(hidden)

    def _residual(self, hidden: Any) -> Any:
        beside = self._conv_of(self._channels(hidden), 3, padding="same", use_bias=False)(hidden)
        return getattr(self._layers, str(self._random.choice(["Add", "Multiply", "Maximum", "Average"])))()(
            [hidden, beside]
        )

    def _concatenated(self, hidden: Any) -> Any:
        beside = self._conv_of(self._few(1, 3), 3, padding="same", activation="relu")(hidden)
        return self._layers.Concatenate(axis=self._axis)([hidden, beside])

    def _squeezed(self, hidden: Any) -> Any:
        """Squeeze and excitation: a number a channel, multiplied with it."""
        count = self._channels(hidden)
        weights = self._layer("GlobalAveragePooling")(data_format=self._format)(hidden)
        weights = self._layers.Dense(count, activation="sigmoid")(weights)
        weights = self._layers.Reshape(self.shape(count, (1,) * self._rank))(weights)
        return self._layers.Multiply()([hidden, weights])

    def _nested(self, hidden: Any) -> Any:
        inside = self._k.Input(tuple(hidden.shape)[1:])
        return self._k.Model(inside, self._conv_of(self._channels(hidden), 1, use_bias=False)(self._norm(inside)))(
            hidden
        )

    def _padded(self, hidden: Any) -> Any:
        return self._layer("ZeroPadding")(1, data_format=self._format)(hidden)

    def _cropped(self, hidden: Any) -> Any:
        return self._layer("Cropping")(1, data_format=self._format)(hidden)

    def _enlarged(self, hidden: Any) -> Any:
        if max(self._sides(hidden)) > 40:
            return hidden
        smooth = {"interpolation": str(self._random.choice(["nearest", "bilinear"]))} if self._rank == 2 else {}
        return self._layer("UpSampling")(2, data_format=self._format, **smooth)(hidden)


def child(source: str, *arguments: str | Path, onednn: bool) -> str:
    """What a Python source prints in a fresh process whose TensorFlow has oneDNN on or off."""
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": str(int(onednn)), "KERAS_BACKEND": "tensorflow"}
    environment["PYTHONPATH"] = str(Path(__file__).parent)
    command = [sys.executable, "-c", source, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
