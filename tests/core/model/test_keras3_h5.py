"""Keras 3's .h5 with operations on tensors: Keras itself cannot read them back; here they answer as the live model."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from keras3_models import KINDS, random_model, ready
from saved_models import saved

from workbench.core.lazy import tensorflow
from workbench.core.model import inspect, load
from workbench.core.model.keras3_ops import OPERATIONS
from workbench.core.model.options import LoadOptions
from workbench.spec.errors import WorkbenchError

QUICK = (
    "arithmetic slices conditions constants namesakes several_axes attention nested frozen_inside normalised".split()
)
"""Kinds of every run; the heavy ones take the rest."""

RECORDED = sorted((Path(__file__).parents[2] / "data" / "keras3_h5").glob("*_3.*[5s]"))
"""Written by earlier releases of Keras 3, see `record.py` beside them."""


def _saved(model: Any, folder: Path) -> Path:
    return saved(model, folder / "m.h5")


def _assert_right(path: Path, given: list[Any], expected: list[Any], tolerance: float = 1e-5) -> None:
    facts = inspect(path)
    assert facts.problems == ()
    answers = load(path).predict(given)
    assert [a.shape for a in answers] == [e.shape for e in expected]
    for answer, one in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, one, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[] if k in QUICK else [pytest.mark.heavy]) for k in KINDS], ids=str
)
def test_an_h5_with_operations_answers_as_its_model_did_before_it_was_saved(kind: str, tmp_path: Path) -> None:
    model, given, expected = ready(KINDS[kind]())
    path = _saved(model, tmp_path)
    _assert_right(path, given, expected, 1e-3 if kind == "half_precision" else 1e-5)


@pytest.mark.parametrize(
    "seed", [pytest.param(i, marks=[] if i < 4 else [pytest.mark.heavy]) for i in range(60)], ids=str
)
def test_random_models_of_operations_answer_as_they_did(seed: int, tmp_path: Path) -> None:
    model, given, expected = ready(random_model(seed), seed)
    _assert_right(_saved(model, tmp_path), given, expected)


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: p.name)
def test_files_of_earlier_releases_answer_what_was_recorded_there(path: Path) -> None:
    with np.load(path.with_suffix(".npz")) as recorded:
        given, expected = ([recorded[k] for k in sorted(recorded.files) if k[0] == letter] for letter in "xy")
    _assert_right(path, given, expected)


def test_the_operations_are_those_of_the_installed_keras() -> None:
    tensorflow()
    from keras.src.ops.operation import Operation

    # These take functions, or are the base of others.
    kept_out = "AssociativeScan Cond ForiLoop Function JVP Map Operation Scan Switch VectorizedMap WhileLoop".split()
    found = {}
    for module in ("core", "einops", "function", "image", "linalg", "math", "nn", "numpy", "operation"):
        full = f"keras.src.ops.{module}"
        for name, value in vars(importlib.import_module(full)).items():
            if isinstance(value, type) and issubclass(value, Operation) and value.__module__ == full:
                assert name not in found
                found[name] = full
    activations = dict.fromkeys(("Mish", "ReLU"), "keras.src.activations.activations")
    assert {k: v for k, v in found.items() if k not in kept_out} | activations == OPERATIONS


def test_no_layer_with_the_name_of_an_operation_leaves_out_whether_it_is_trained() -> None:
    tensorflow()
    import keras

    both = [name for name in OPERATIONS if hasattr(keras.layers, name)]
    arguments: dict[str, tuple[Any, ...]] = {"Dot": (1,), "Reshape": ((2,),)}
    assert "Subtract" in both
    for name in both:
        assert "trainable" in getattr(keras.layers, name)(*arguments.get(name, ())).get_config()


def _with_layer(path: Path, change: dict[str, Any], name: str) -> None:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        next(layer for layer in config["config"]["layers"] if layer["name"] == name).update(change)
        file.attrs["model_config"] = json.dumps(config)


@pytest.fixture
def halved(tmp_path: Path) -> Path:
    tensorflow()
    import keras

    x = keras.Input((4,), name="numbers")
    return _saved(keras.Model(x, keras.layers.Dense(2)(keras.ops.tanh(x / 2))), tmp_path)


def test_an_operation_that_is_not_known_is_refused_with_the_true_reason(halved: Path) -> None:
    _with_layer(halved, {"class_name": "Frobnicate"}, _name_of(halved, "Tanh"))
    with pytest.raises(WorkbenchError, match="loses operations") as caught:
        load(halved)
    assert (caught.value.code, inspect(halved).problems[0].code) == ("LOST_OPERATION", "LOST_OPERATION")
    assert "Frobnicate" in caught.value.message
    assert ".keras" in caught.value.hint


def _name_of(path: Path, class_name: str) -> str:
    with h5py.File(path) as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
    return str(next(layer["name"] for layer in layers if layer["class_name"] == class_name))


def test_an_authors_layer_with_an_operations_name_is_still_the_authors(halved: Path) -> None:
    config = {"name": "tanh", "trainable": True, "dtype": "float32"}
    _with_layer(halved, {"class_name": "Tanh", "config": config}, _name_of(halved, "Tanh"))
    with pytest.raises(WorkbenchError) as caught:
        load(halved)
    assert (caught.value.code, inspect(halved).problems[0].code) == ("CUSTOM_CLASS", "CUSTOM_CLASS")


def test_a_class_that_the_user_gives_is_taken_before_an_operation_of_that_name(tmp_path: Path) -> None:
    tensorflow()
    import keras

    class Tanh(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs * 3

    x = keras.Input((4,), name="numbers")
    path = _saved(keras.Model(x, Tanh()(x) / 2), tmp_path)
    answer = load(path, options=LoadOptions(custom_objects={"Tanh": Tanh})).predict([np.ones((1, 4), "float32")])
    np.testing.assert_allclose(answer[0], np.full((1, 4), 1.5))


def test_a_number_whose_dtype_the_file_lost_is_refused_where_it_decides_one(tmp_path: Path) -> None:
    tensorflow()
    import keras

    x = keras.Input((4,), name="numbers")
    widened = keras.ops.add(x, np.float64(0.1))  # Keras 3 computes in float64 from here; the file says 0.1 alone.
    assert widened.dtype == "float64"
    with pytest.raises(WorkbenchError, match=r"float64.*save the model as \.keras") as caught:
        load(_saved(keras.Model(x, keras.ops.tanh(widened) * 2), tmp_path))
    assert caught.value.code == "LOADER_REFUSED"


def test_the_repairs_are_told_with_the_layers(tmp_path: Path) -> None:
    model, _, _ = ready(KINDS["several_axes"]())
    messages = {r.code: r.message for r in inspect(_saved(model, tmp_path)).repairs}
    assert set(messages) == {"KERAS3_OPERATIONS", "KERAS3_AXES"}
    assert "unit_normalization" in messages["KERAS3_AXES"]
    model, _, _ = ready(KINDS["attention"]())
    assert "KERAS3_WORDS" in {r.code for r in inspect(_saved(model, tmp_path)).repairs}
