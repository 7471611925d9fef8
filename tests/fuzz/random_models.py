"""A random functional Keras model from a seed: its tensors in nested structures, its weights drawn as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from fuzz.parts import Parts
from fuzz.trees import Tree, fill, random_tree

Tensor = Any

INPUTS: dict[str, tuple[tuple[int, ...], str]] = {
    "picture": ((8, 8, 3), "float32"),
    "grey picture": ((7, 9, 1), "float32"),
    "byte picture": ((8, 6, 3), "uint8"),
    "vector": ((4,), "float32"),
    "words": ((5,), "int32"),
    "steps": ((5, 3), "float32"),
    "flags": ((4,), "bool"),
    "half input": ((4,), "float16"),
    "whole input": ((3,), "int64"),
}
"""Kinds of inputs with the shape of one instance and the dtype."""

WORDS = 11
"""Words that an embedding knows; 0 is the end of a text."""

INPUT_NAMES = ("left", "right", "age", "zone", "meta", "photo", "xray", "beta", "alpha", "kind")
HEAD_NAMES = (
    "zebra",
    "apple",
    "mango",
    "score",
    "angle",
    "berry",
    "yield",
    "count",
    "delta",
    "olive",
    "north",
    "cause",
)
OTHER_KEYS = ("zulu", "yankee", "oscar", "echo", "bravo", "alfa", "quebec", "lima", "kilo", "hotel", "india", "papa")


@dataclass
class Made:
    """A model as its author holds it: structures of leaf numbers, and the tensors and layer names of the leaves."""

    model: Any
    inputs: Tree
    outputs: Tree
    input_kinds: list[str]
    input_tensors: list[Tensor]
    output_tensors: list[Tensor]
    kinds: set[str] = field(default_factory=set)


def random_model(keras: Any, seed: str) -> Made:
    """The model of a seed, in whichever library; the same seed draws the same network in each."""
    return _Maker(keras, Random(seed)).make()


class _Maker:
    def __init__(self, keras: Any, random: Random) -> None:
        self.keras, self.layers, self.random = keras, keras.layers, random
        self.kinds: set[str] = set()
        self.parts = Parts(keras, random, self.kinds)
        self.maps: list[Tensor] = []
        self.steps: list[Tensor] = []

    def make(self) -> Made:
        chosen = self._chosen()
        names = self.random.sample(INPUT_NAMES, len(chosen))
        tensors = [self._input(kind, name) for kind, name in zip(chosen, names, strict=True)]
        self.kinds.update(chosen, ["several inputs"] if len(chosen) > 1 else ["one input"])
        vectors = self._encoded(chosen, tensors)
        trunk = self.parts.merge(vectors) if len(vectors) > 1 else self.layers.Dense(6, "tanh")(vectors[0])
        if self.random.random() < 0.15:
            trunk = self.parts.operators(trunk)
        heads = self._heads(trunk, tensors)
        return self._assembled(chosen, tensors, heads)

    def _chosen(self) -> list[str]:
        kinds = list(INPUTS)
        count = self.random.choice([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4])
        chosen = [self.random.choice(kinds) for _ in range(count)]
        draw = self.random.random()
        if draw < 0.3 and count > 1:
            chosen[:2] = [self.random.choice(["picture", "vector", "vector", "half input"])] * 2
        elif draw < 0.5:
            chosen[0] = "picture"
        return chosen

    def _input(self, kind: str, name: str) -> Tensor:
        shape, dtype = INPUTS[kind]
        # Keras' own names for one in three: their numbers are those of the process, not of the file.
        given = name if self.random.random() < 0.67 else None
        return self.keras.Input(shape, dtype=dtype, name=given)

    def _encoded(self, chosen: list[str], tensors: list[Tensor]) -> list[Tensor]:
        """One vector an input; equal kinds may share what encodes them."""
        shared: dict[str, Any] = {}
        found = []
        for kind, tensor in zip(chosen, tensors, strict=True):
            if chosen.count(kind) > 1 and kind in ("picture", "vector"):
                if kind not in shared:
                    shared[kind] = self._shared(kind, tensor) if self.random.random() < 0.6 else None
                if shared[kind] is not None:
                    found.append(shared[kind](tensor))
                    continue
            found.append(self._vector(kind, tensor))
        return found

    def _shared(self, kind: str, tensor: Tensor) -> Any:
        self.kinds.add("nested model called twice" if kind == "picture" else "shared layer")
        return self.parts.image_model(tensor, 6) if kind == "picture" else self.parts.encode_vector(tensor, 6)

    def _vector(self, kind: str, tensor: Tensor) -> Tensor:
        layers, parts = self.layers, self.parts
        if "picture" in kind:
            x = layers.Rescaling(1 / 255)(tensor) if kind == "byte picture" else tensor
            x = parts.centred(x) if self.random.random() < 0.12 else x
            self.maps.append(parts.maps(x))
            return parts.pooled(self.maps[-1], 6)
        if kind == "words":
            masked = self.random.random() < 0.3
            self.kinds.update(["masked words"] if masked else [])
            tensor = layers.Embedding(WORDS, 3, mask_zero=masked)(tensor)
        if kind in ("words", "steps"):
            self.steps.append(parts.sequence(tensor))
            return self._summary(self.steps[-1])
        if kind in ("flags", "whole input"):
            tensor = layers.Rescaling(0.5)(tensor)
        return parts.encode_vector(tensor, 6)(tensor)

    def _summary(self, steps: Tensor) -> Tensor:
        if self.random.random() < 0.2:
            self.kinds.add("RNN")
            return self.parts.recurrent()(4)(steps)
        return self.layers.GlobalAveragePooling1D()(steps)

    def _heads(self, trunk: Tensor, inputs: list[Tensor]) -> list[Tensor]:
        count = self.random.choice([1, 1, 2, 2, 3, 3, 4])
        names = self.random.sample(HEAD_NAMES, count)
        if count > 1 and self.random.random() < 0.4:
            self.kinds.add("equal heads")
            heads = [self._dense(trunk, 2, name) for name in names]
        else:
            heads = [t for name in names for t in self._head(trunk, name, inputs)]
        if count == 2 and self.random.random() < 0.15:
            self.kinds.add("layer called twice")
            again = self.layers.Dense(3, "tanh", name=names[0])
            heads = [again(self.layers.Dense(6, kind)(trunk)) for kind in ("tanh", "sigmoid")]
        if self.random.random() < 0.05:
            self.kinds.add("tensor answered twice")
            heads.append(heads[0])
        self.random.shuffle(heads)
        return heads

    def _dense(self, trunk: Tensor, width: int, name: str | None) -> Tensor:
        activation = self.random.choice(["softmax" if width > 1 else "sigmoid", "sigmoid", "linear", "tanh"])
        return self.layers.Dense(width, activation, name=name)(trunk)

    def _head(self, trunk: Tensor, name: str, inputs: list[Tensor]) -> list[Tensor]:
        """One head, or all tensors of a layer that answers with several."""
        layers, draw = self.layers, self.random.random()
        given = name if self.random.random() < 0.8 else None
        if self.maps and draw < 0.3:
            self.kinds.add("mask")
            return [layers.Conv2D(2, 1, activation="sigmoid", name=given)(self.random.choice(self.maps))]
        if self.steps and draw < 0.3:
            return self.parts.states(self.steps[-1])
        if draw < 0.45:
            return [self._other_dtype(trunk, given)]
        if draw < 0.5:
            return [self._nested_head(trunk, given)]
        if draw < 0.57:
            return self._nested_heads(trunk, given)
        if draw < 0.6:
            self.kinds.add("input handed on")
            return [self.random.choice(inputs)]
        return [self._dense(trunk, self.random.randint(1, 4), given)]

    def _other_dtype(self, trunk: Tensor, name: str | None) -> Tensor:
        layers = self.layers
        kind = self.random.choice(["int32", "int64", "uint8", "bool", "float16", "float64", "mixed"])
        self.kinds.add(f"{kind} output" if kind != "mixed" else "float16 output")
        if kind in ("float16", "float64", "mixed"):
            policy = "mixed_float16" if kind == "mixed" else kind
            return layers.Dense(3, "tanh", dtype=policy, name=name)(trunk)
        wide = layers.Dense(3, "sigmoid")(trunk)
        if kind == "bool":
            self.kinds.add("operators on tensors")
            return wide > 0.5
        # Rescaling casts before it multiplies, so that a layer makes whole numbers in every Keras.
        return layers.Rescaling(1, dtype=kind, name=name)(layers.Rescaling(250.0)(wide))

    def _nested_head(self, trunk: Tensor, name: str | None) -> Tensor:
        self.kinds.add("nested model")
        inside = self.keras.Input(trunk.shape[1:])
        return self.keras.Model(inside, self.layers.Dense(3, "tanh")(inside), name=name)(trunk)

    def _nested_heads(self, trunk: Tensor, name: str | None) -> list[Tensor]:
        """Both outputs of a model that answers with a dict or a list, its keys not in order."""
        self.kinds.update(("nested model", "nested model with several outputs"))
        inside = self.keras.Input(trunk.shape[1:])
        two = [self.layers.Dense(2, "tanh")(inside) for _ in range(2)]
        if self.random.random() < 0.5:
            return list(self.keras.Model(inside, two, name=name)(trunk))
        answer = self.keras.Model(inside, {"second": two[0], "first": two[1]}, name=name)(trunk)
        return [answer["first"], answer["second"]]

    def _assembled(self, chosen: list[str], tensors: list[Tensor], heads: list[Tensor]) -> Made:
        in_kind, inputs = random_tree(self.random, len(tensors), self._keys(tensors, INPUT_NAMES))
        out_kind, outputs = random_tree(self.random, len(heads), self._keys(heads, HEAD_NAMES))
        self.kinds.update((f"inputs: {in_kind}", f"outputs: {out_kind}"))
        model = self.keras.Model(fill(inputs, tensors.__getitem__), fill(outputs, heads.__getitem__))
        return Made(model, inputs, outputs, chosen, tensors, heads, self.kinds)

    def _keys(self, tensors: list[Tensor], pool: tuple[str, ...]) -> Any:
        """The dict key of each tensor: its layer's name, that of another of them, or a word of no layer."""
        layers = [layer_of(t) for t in tensors]
        draw = self.random.random()
        if draw < 0.35 and len(set(layers)) == len(layers) and set(layers) <= set(pool):
            if draw < 0.2 and len(layers) > 1:
                self.kinds.add("keys crossed with names")
                layers = [*layers[1:], layers[0]]
            return layers.__getitem__
        return self.random.sample(OTHER_KEYS, len(tensors)).__getitem__


def layer_of(tensor: Tensor) -> str:
    """The name of the layer a symbolic tensor comes from."""
    history = tensor._keras_history
    return str((history.operation if hasattr(history, "operation") else history.layer).name)
