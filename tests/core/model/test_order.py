"""Dicts that JSON does not keep: Keras rebuilds such models with the weights of equal layers exchanged."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import library, saved

from workbench.core.model import load
from workbench.spec.errors import WorkbenchError

GIVEN = np.random.default_rng(0).random((3, 4)).astype("float32")


def ordered(keras: Any) -> Any:
    x = keras.Input((4,))
    heads = [(key, keras.layers.Dense(2, name=f"head_{key}")(x)) for key in ("zebra", "apple", "mango")]
    return keras.Model(x, OrderedDict(heads))


def numbered(keras: Any) -> Any:
    x = keras.Input((4,))
    return keras.Model(x, {key: keras.layers.Dense(2, name=f"head_{key}")(x) for key in (10, 9, 2)})


def nested(keras: Any) -> Any:
    x = keras.Input((4,))
    answered = ordered(keras)(x)
    return keras.Model(x, [answered["zebra"], answered["apple"]])


CASES = [
    ("keras", "keras", ordered),
    ("keras", "keras", numbered),
    ("keras", "keras", nested),
    ("keras", "h5", nested),
    ("tf_keras", "h5", numbered),
    ("tf_keras", "keras", numbered),
]


@pytest.mark.parametrize(("name", "ending", "make"), CASES)
def test_a_model_whose_weights_would_be_exchanged_is_refused(name: str, ending: str, make: Any, tmp_path: Path) -> None:
    path = saved(make(library(name)), tmp_path / f"m.{ending}")
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert (caught.value.code, caught.value.where) == ("REORDERED", str(path))


@pytest.mark.parametrize("make", [ordered, numbered])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_an_h5_of_keras_3_names_its_weights_and_opens_right(make: Any, tmp_path: Path) -> None:
    model = make(library("keras"))
    expected = {str(key): value for key, value in model.predict(GIVEN, verbose=0).items()}
    loaded = load(saved(model, tmp_path / "m.h5"))
    found = dict(zip((t.name for t in loaded.facts.outputs), loaded.predict([GIVEN]), strict=True))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=0, atol=1e-6)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_tf_keras_sorts_an_ordered_dict_by_its_keys_and_opens_right(ending: str, tmp_path: Path) -> None:
    model = ordered(library("tf_keras"))
    expected = model.predict(GIVEN, verbose=0)
    loaded = load(saved(model, tmp_path / f"m.{ending}"))
    found = dict(zip((t.name for t in loaded.facts.outputs), loaded.predict([GIVEN]), strict=True))
    for key in ("zebra", "apple", "mango"):
        np.testing.assert_allclose(found[key], expected[key], rtol=0, atol=1e-6)
