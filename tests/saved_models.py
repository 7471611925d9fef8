"""Really saved models of both libraries, and what a scan says of where they scale pictures."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.core.lazy import legacy_keras, tensorflow
from workbench.spec.model import ModelFacts

LIBRARIES = ["tf_keras", "keras"]
Facts = Callable[[Any], ModelFacts]


def library(name: str) -> Any:
    """tf_keras or Keras 3."""
    tensorflow()
    if name == "tf_keras":
        return legacy_keras()
    import keras

    return keras


def ending(keras: Any, image: Any, x: Any) -> Any:
    """A model that goes on from `x` with a learned layer."""
    return keras.Model(image, keras.layers.Conv2D(2, 3, name="conv")(x))


def image_of(keras: Any, channels: int = 3) -> Any:
    """A small picture as an input."""
    return keras.Input((16, 16, channels), name="image")


def wants(facts: ModelFacts) -> list[tuple[str, str]]:
    """The places that scale pictures, each with the scale it is made for."""
    return [(n.path, n.wants) for n in facts.normalises]


def saved(model: Any, path: Path) -> Path:
    """Write a model without what its library says of .h5 as a format; that is what is written here."""
    import absl.logging

    level = absl.logging.get_verbosity()
    absl.logging.set_verbosity(absl.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(path)
    finally:
        absl.logging.set_verbosity(level)
    return path
