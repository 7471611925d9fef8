"""Random pieces of a network, written against what Keras 2, tf_keras and Keras 3 have in common."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Tensor = Any

ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "elu", "gelu", "hard_sigmoid", "swish", "linear", "selu")


class Parts:
    """Layers drawn by a seeded `Random` from the library `keras`; `kinds` collects what was drawn."""

    def __init__(self, keras: Any, random: Random, kinds: set[str]) -> None:
        self.keras, self.layers, self.random, self.kinds = keras, keras.layers, random, kinds

    def activation(self) -> str:
        """A named activation; bounded and unbounded ones."""
        return self.random.choice(ACTIVATIONS)

    def vector_layer(self, width: int) -> Any:
        """A layer or small model of vectors `(n, d)` to `(n, width)`."""
        layers = self.layers
        choice = self.random.choice(["dense", "dense", "sequential", "functional", "normed"])
        dense = layers.Dense(width, self.activation())
        if choice == "dense":
            return dense
        if choice == "sequential":
            self.kinds.add("Sequential inside")
            return self.keras.Sequential([layers.Dense(5, "tanh"), layers.Dropout(0.3), dense])
        if choice == "normed":
            return self.keras.Sequential([dense, self.random.choice([layers.BatchNormalization, self._normed])()])
        return None

    def _normed(self) -> Any:
        return self.layers.LayerNormalization()

    def vector_model(self, given: Tensor, width: int) -> Any:
        """A functional model of tensors shaped as `given` `(n, d)` to `(n, width)`, with a way around its middle."""
        self.kinds.add("nested model")
        inside = self.keras.Input(given.shape[1:], dtype=_dtype(given))
        x = self.layers.Dense(width, "tanh")(inside)
        return self.keras.Model(inside, self.layers.Add()([x, self.layers.Dense(width, self.activation())(x)]))

    def encode_vector(self, given: Tensor, width: int) -> Any:
        """What turns `(n, d)` into `(n, width)`."""
        return self.vector_layer(width) or self.vector_model(given, width)

    def image_model(self, given: Tensor, width: int) -> Any:
        """A model of pictures `(n, h, w, c)` to vectors `(n, width)`."""
        self.kinds.add("nested model")
        inside = self.keras.Input(given.shape[1:], dtype=_dtype(given))
        return self.keras.Model(inside, self.pooled(self.maps(inside), width))

    def maps(self, x: Tensor) -> Tensor:
        """Feature maps of a picture, at its own size."""
        layers, random = self.layers, self.random
        for _ in range(random.randint(1, 2)):
            kind = random.choice([layers.Conv2D, layers.Conv2D, layers.SeparableConv2D])
            x = kind(random.randint(2, 4), random.choice([1, 2, 3]), padding="same", activation=self.activation())(x)
        if random.random() < 0.3:
            x = layers.BatchNormalization()(x)
        return layers.DepthwiseConv2D(3, padding="same")(x) if random.random() < 0.2 else x

    def pooled(self, x: Tensor, width: int) -> Tensor:
        """Feature maps as a vector of numbers."""
        layers, random = self.layers, self.random
        if random.random() < 0.5:
            x = random.choice([layers.MaxPooling2D, layers.AveragePooling2D])(2)(x)
        return layers.Dense(width, "tanh")(layers.Flatten()(x))

    def sequence(self, x: Tensor) -> Tensor:
        """Steps `(n, steps, d)` as steps of other numbers."""
        layers, random = self.layers, self.random
        choice = random.choice(["conv", "rnn", "each", "each", "bidirectional", "attention"])
        if choice == "conv":
            return layers.Conv1D(3, 2, padding=random.choice(["same", "causal"]), activation="tanh")(x)
        if choice == "each":
            return layers.TimeDistributed(layers.Dense(3, "tanh"))(x)
        if choice == "attention":
            self.kinds.add("attention")
            return layers.MultiHeadAttention(2, 2)(x, x)
        self.kinds.add("RNN")
        rnn = self.recurrent()(random.randint(2, 3), return_sequences=True)
        return layers.Bidirectional(rnn)(x) if choice == "bidirectional" else rnn(x)

    def recurrent(self) -> Any:
        """A recurrent layer's class."""
        return self.random.choice([self.layers.LSTM, self.layers.GRU, self.layers.SimpleRNN])

    def states(self, x: Tensor) -> list[Tensor]:
        """Every output of a recurrent layer that hands its states out: steps first, then one or two states."""
        self.kinds.update(("RNN", "several outputs of one layer"))
        kind = self.random.choice([self.layers.LSTM, self.layers.GRU])
        return list(kind(3, return_sequences=True, return_state=True)(x))

    def merge(self, tensors: list[Tensor]) -> Tensor:
        """Vectors `(n, width)` as one; which of two is subtracted is visible."""
        layers = self.layers
        self.kinds.add("merge")
        draw = self.random.random()
        if draw < 0.2:
            return self.joint_model(tensors)
        if draw < 0.28 and len(tensors) == 2:
            return self.combined(*[layers.Dense(6, "tanh")(t) for t in tensors])
        kinds = [layers.Concatenate, layers.Concatenate, layers.Add, layers.Multiply, layers.Maximum, layers.Average]
        kind = layers.Subtract if len(tensors) == 2 and self.random.random() < 0.3 else self.random.choice(kinds)
        # Each of equal inputs gets a weight of its own, or their exchange could not be seen in a sum.
        return kind()([layers.Dense(6, "tanh")(t) for t in tensors])

    def joint_model(self, tensors: list[Tensor]) -> Tensor:
        """A model within that takes its tensors by keys that are not in order, or as nested lists."""
        self.kinds.update(("nested model", "nested model with several inputs"))
        inside = [self.keras.Input(t.shape[1:]) for t in tensors]
        answer = self.layers.Subtract()([self.layers.Dense(6, "tanh")(t) for t in inside[:2]])
        for further in inside[2:]:
            answer = self.layers.Concatenate()([answer, further])
        if self.random.random() < 0.6:
            keys = ["side", "front", "back", "above"][: len(tensors)]
            given, called = dict(zip(keys, inside, strict=True)), dict(zip(keys, tensors, strict=True))
            return self.keras.Model(given, answer)(called)
        return self.keras.Model(inside, answer)(tensors)

    def operators(self, x: Tensor) -> Tensor:
        """Arithmetic and slices written on a vector itself; its width stays."""
        self.kinds.add("operators on tensors")
        return self._one_of(
            lambda: x * 1.5 - 0.25,
            lambda: x + x[:, :1],
            lambda: x[:, ::-1],
            lambda: -x / 2.0,
            lambda: 1.0 - x**2,
            lambda: x[:, 0:6] - 0.5 / (x * x + 1.0),
        )

    def _one_of(self, *made: Callable[[], Tensor]) -> Tensor:
        return self.random.choice(made)()

    def centred(self, picture: Tensor) -> Tensor:
        """A picture brought to -1..1 by arithmetic, as `preprocess_input` within a model does."""
        self.kinds.add("operators on tensors")
        return self._one_of(lambda: picture / 0.5 - 1.0, lambda: (picture - 0.5) * 2.0)

    def combined(self, one: Tensor, other: Tensor) -> Tensor:
        """Two vectors of one width as one, by arithmetic."""
        self.kinds.add("operators on tensors")
        return self._one_of(lambda: one + other, lambda: one - other, lambda: one * other + other)


def _dtype(tensor: Tensor) -> str:
    return tensor.dtype if isinstance(tensor.dtype, str) else str(tensor.dtype.name)
