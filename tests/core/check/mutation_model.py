"""The model that faults are seeded into: two pictures and two vectors in, two equal heads and a mask out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.spec.defaults import default_project
from workbench.spec.project import Project

LABELS = ("red", "green", "blue")


def write_model(folder: Path) -> Project:
    """Write `model.keras` with seeded weights, and its project: labels and the best classes of the head `apple`.

    Every pair that a fault may exchange has equal shapes: only the values tell them apart. The keys of the outputs are
    not the names of their layers.
    """
    _model().save(folder / "model.keras")
    project = default_project(inspect(folder / "model.keras"), "model.keras", reader="tf1", scale="0..1")
    keys = msgspec.structs.replace(project.signature, scores_of="apple", labels=LABELS, top_k=2, best_key="best")
    return msgspec.structs.replace(project, signature=keys)


def _model() -> Any:
    tensorflow()
    import keras

    layers = keras.layers
    left, right = (keras.Input((8, 8, 3), name=name) for name in ("left", "right"))
    mass, age = (keras.Input((4,), name=name) for name in ("mass", "age"))
    seen = [layers.Dense(6, "tanh")(layers.Flatten()(x)) for x in (left, right)]
    told = [layers.Dense(6, "tanh", name=name)(x) for name, x in (("one", mass), ("two", age))]
    trunk = layers.Concatenate()([*seen, *told])
    # The softmax is a layer of its own, so that a fault can leave it out. No key is in its alphabetical place.
    logits = {key: layers.Dense(3, name=f"{key}_logits")(trunk) for key in ("zebra", "apple")}
    outputs = {key: layers.Softmax(name=f"{key}_head")(x) for key, x in logits.items()}
    outputs["mask"] = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(left)
    model = keras.Model({"right": right, "left": left, "mass": mass, "age": age}, outputs)
    random = np.random.default_rng(4)
    for weight in model.weights:
        weight.assign(random.normal(0, 0.6, tuple(weight.shape)))
    return model
