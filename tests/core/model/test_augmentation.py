"""Across modules. Augmentation: Keras' own layers hand pictures on when predicting, and so does what they are
replaced by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import LIBRARIES, library, saved

from workbench.core.model import inspect, load
from workbench.core.model.repair.augmentation import AUGMENTING, drop_augmentation
from workbench.core.model.repair.notes import RepairContext

ARGUMENTS: dict[str, dict[str, Any]] = {
    **{name: {} for name in "AugMix CutMix MixUp RandAugment RandomElasticTransform RandomErasing RandomFlip".split()},
    **{name: {"factor": 0.3} for name in "RandomBrightness RandomColorDegeneration RandomContrast".split()},
    **{name: {"factor": 0.3} for name in "RandomHeight RandomRotation RandomSaturation RandomSharpness".split()},
    **{name: {"factor": 1.0} for name in "RandomGaussianBlur RandomGrayscale RandomInvert".split()},
    "RandomColorJitter": {"value_range": (0, 255), "brightness_factor": 0.3, "hue_factor": 0.3},
    "RandomHue": {"factor": 0.3, "value_range": (0, 255)},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 4},
    "RandomShear": {"x_factor": 0.2, "y_factor": 0.1},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomWidth": {"factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
}
ACTING = {"RandomCrop"}
"""Layers called Random... that do something when predicting."""

UNWRITABLE = {
    ("keras", name)
    for name in "RandomBrightness RandomColorDegeneration RandomPosterization RandomSaturation RandomSharpness".split()
}
"""Keras 3 cannot write their .h5: a value in their configuration is none that it can copy."""

EVERY = [(name, layer) for name in LIBRARIES for layer in sorted(ARGUMENTS) if layer in AUGMENTING[name]]


def _model(keras: Any, layer: Any, dtype: str = "float32") -> Any:
    x = keras.layers.Input((8, 8, 3), dtype=dtype, name="picture")
    return keras.Model(x, keras.layers.Conv2D(2, 3)(layer(x)))


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_augmenting_layer_of_the_library_is_known(name: str) -> None:
    layers = library(name).layers
    random = {n for n in dir(layers) if n.startswith("Random") or n in ("AugMix", "CutMix", "MixUp", "RandAugment")}
    assert {n for n in AUGMENTING[name] if hasattr(layers, n)} == random - ACTING
    assert AUGMENTING[name] <= ARGUMENTS.keys()


@pytest.mark.parametrize(("name", "layer"), [e for e in EVERY if hasattr(library(e[0]).layers, e[1])])
def test_the_replaced_layer_computes_what_keras_own_did(name: str, layer: str, tmp_path: Path) -> None:
    keras = library(name)
    model = _model(keras, getattr(keras.layers, layer)(**ARGUMENTS[layer], name="augment"))
    given = np.random.default_rng(0).uniform(-20, 300, (2, 8, 8, 3)).astype("float32")
    expected = model.predict(given, verbose=0)
    path = saved(model, tmp_path / ("m.keras" if (name, layer) in UNWRITABLE else "m.h5"))
    facts = inspect(path)
    assert (facts.repairs[0].code, facts.problems) == ("AUGMENTATION", ())
    assert f"augment ({layer})" in facts.repairs[0].message
    loaded = load(path)
    assert "Identity" in {type(inner).__name__ for inner in loaded.keras_model.layers}
    np.testing.assert_array_equal(loaded.predict([given])[0], expected)


def test_a_random_crop_of_keras_3_stays(tmp_path: Path) -> None:
    keras = library("keras")
    x = keras.layers.Input((8, 8, 3), name="picture")
    path = saved(keras.Model(x, keras.layers.RandomCrop(8, 8)(x)), tmp_path / "m.h5")
    assert inspect(path).repairs == ()


@pytest.mark.parametrize("size", [(5, 7), (8, 3), (11, 9)])
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_random_crop_of_tf_keras_resizes_as_it_does_when_predicting(
    size: tuple[int, int], ending: str, tmp_path: Path
) -> None:
    keras = library("tf_keras")
    x = keras.layers.Input((8, 10, 3), name="picture")
    model = keras.Model(x, keras.layers.RandomCrop(*size, name="crop")(x))
    given = np.random.default_rng(0).uniform(0, 255, (2, 8, 10, 3)).astype("float32")
    expected = model.predict(given, verbose=0)
    loaded = load(saved(model, tmp_path / f"m.{ending}"))
    assert [repair.code for repair in loaded.repairs] == ["RANDOM_CROP"]
    np.testing.assert_array_equal(loaded.predict([given])[0], expected)


def test_a_layer_of_tf_keras_that_always_trains_is_not_replaced(tmp_path: Path) -> None:
    keras = library("tf_keras")
    x = keras.layers.Input((8, 8, 3), name="picture")
    model = keras.Model(x, keras.layers.RandomContrast(0.9)(x, training=True))
    given = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    assert np.abs(model.predict(given, verbose=0) - given).max() > 0
    loaded = load(saved(model, tmp_path / "m.h5"))
    assert loaded.repairs == ()
    assert np.abs(loaded.predict([given])[0] - given).max() > 0


@pytest.mark.parametrize("layer", ["RandomFlip", "RandomShear", "RandomContrast", "RandomGrayscale"])
def test_where_whole_numbers_come_in_the_layers_stay_and_cast_as_they_did(layer: str, tmp_path: Path) -> None:
    keras = library("keras")
    x = keras.layers.Input((8, 8, 3), dtype="uint8", name="picture")
    y = keras.layers.Rescaling(1 / 255)(getattr(keras.layers, layer)(**ARGUMENTS[layer])(x))
    model = keras.Model(x, keras.layers.Conv2D(2, 3)(y))
    given = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype("uint8")
    expected = model.predict(given, verbose=0)
    loaded = load(saved(model, tmp_path / "m.h5"))
    assert layer in {type(inner).__name__ for inner in loaded.keras_model.layers}
    np.testing.assert_array_equal(loaded.predict([given])[0], expected)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_shear_in_a_sequential_opens_though_keras_cannot_read_its_own_factors(ending: str, tmp_path: Path) -> None:
    keras = library("keras")
    layers = [keras.layers.RandomShear(0.2), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((8, 8, 3), name="picture"), *layers])
    given = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    expected = model.predict(given, verbose=0)
    path = saved(model, tmp_path / f"m.{ending}")
    with pytest.raises(TypeError, match="`factor` argument should be"):
        keras.models.load_model(path, compile=False)
    np.testing.assert_array_equal(load(path).predict([given])[0], expected)


def test_an_authors_class_of_such_a_name_is_left_alone() -> None:
    record = {"class_name": "RandomErasing", "config": {"name": "mine"}, "registered_name": "Mine>RandomErasing"}
    given = {"class_name": "RandomFlip", "config": {"name": "yours"}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [record, given]}}
    before = json.dumps(config)
    context = RepairContext("3.15.1", "tensorflow", "m.h5", config)
    drop_augmentation(config, context, "keras", ["RandomFlip"])
    assert (json.dumps(config), context.notes.repairs()) == (before, ())
