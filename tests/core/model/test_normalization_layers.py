"""Across modules. Normalization layers of both libraries in both formats: a loaded model scales as the one that was
saved.

The truth is the saved model's own answer. Keras 3 itself refuses or misreads several of these as .h5.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import LIBRARIES, library

from workbench.core.model import inspect, load

PICTURES = np.random.default_rng(6).uniform(0, 255, (8, 6, 6, 3)).astype("float32")


def _model(keras: Any, layer: Any) -> Any:
    return keras.Sequential([keras.Input((6, 6, 3)), layer, keras.layers.Flatten(), keras.layers.Dense(3)])


def _adapted(keras: Any, **options: Any) -> Any:
    layer = keras.layers.Normalization(**options)
    layer.adapt(PICTURES)
    return layer


def _nested(keras: Any, **options: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((6, 6, 3)), _adapted(keras, **options), layers.Conv2D(2, 3)], name="inner")
    x = keras.Input((6, 6, 3))
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(inner(x))))


MODELS: dict[str, Callable[[Any], Any]] = {
    "adapted": lambda k: _model(k, _adapted(k)),
    "one mean for all": lambda k: _model(k, _adapted(k, axis=None)),
    "two axes": lambda k: _model(k, _adapted(k, axis=(1, 3))),
    "inverted": lambda k: _model(k, _adapted(k, invert=True)),
    "given numbers": lambda k: _model(k, k.layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])),
    "one given number": lambda k: _model(k, k.layers.Normalization(axis=None, mean=127.5, variance=127.5**2)),
    "never adapted": lambda k: _model(k, k.layers.Normalization()),
    "in another model": _nested,
    "one mean for all in another model": lambda k: _nested(k, axis=None),
}


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("kind", MODELS)
def test_scales_as_the_saved_model_did(kind: str, name: str, ending: str, tmp_path: Path) -> None:
    keras = library(name)
    keras.utils.set_random_seed(7)
    model = MODELS[kind](keras)
    path = tmp_path / f"m.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of HDF5 as a format.
        model.save(path)
    assert inspect(path).problems == ()
    answers = load(path)([PICTURES])[0].numpy()
    np.testing.assert_allclose(answers, np.asarray(model(PICTURES)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", ["int8", "int4", "float8"])
def test_a_quantized_h5_opens_with_the_numbers_of_the_model_that_was_saved(how: str, tmp_path: Path) -> None:
    keras = library("keras")
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(24, activation="relu"), keras.layers.Dense(7)])
    given = np.random.default_rng(2).normal(size=(4, 16)).astype("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.quantize(how)
        model.save(tmp_path / "m.h5")
    answers = load(tmp_path / "m.h5")([given])[0].numpy()
    np.testing.assert_allclose(answers, np.asarray(model(given)), rtol=0, atol=1e-6)
