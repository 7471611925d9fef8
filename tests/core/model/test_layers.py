"""The layer table against the libraries themselves: shapes, weights, activations, at any depth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect
from workbench.core.model.config import walk
from workbench.spec.model import LayerFacts

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

LIBRARIES = ["tf_keras", "keras"]


def library(name: str) -> Any:
    tensorflow()
    if name == "tf_keras":
        return legacy_keras()
    import keras

    return keras


def zoo(keras: Any) -> Any:
    """A functional model with nested models, wrappers, a shared layer and most rules of `shapes`."""
    L = keras.layers
    image, words = keras.Input((12, 10, 3), name="image"), keras.Input((6,), name="words")
    inner = keras.Sequential(
        [keras.Input((6, 5, 4)), L.Conv2D(3, 3, name="ic"), L.BatchNormalization(name="ib")], name="inner"
    )
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="c")(image)
    x = inner(x)
    x = L.Conv2DTranspose(2, 3, strides=2, name="up")(x)
    x = L.Conv2DTranspose(2, 4, strides=3, padding="same", output_padding=1, name="up2")(x)
    x = L.SeparableConv2D(5, 3, dilation_rate=2, name="sep")(x)
    x = L.DepthwiseConv2D(3, depth_multiplier=2, name="dw")(x)
    x = L.ZeroPadding2D(((1, 0), (2, 1)), name="pad")(L.UpSampling2D(2, name="grow")(x))
    x = L.AveragePooling2D(3, padding="same", name="pool")(x)
    y = L.Embedding(20, 7, name="emb")(words)
    y = L.Bidirectional(L.LSTM(4, return_sequences=True, name="lstm"), name="bi")(y)
    y = L.TimeDistributed(L.Dense(3, activation="tanh", name="td_dense"), name="td")(y)
    y = L.Permute((2, 1), name="perm")(L.GRU(3, return_sequences=True, name="gru")(y))
    y = L.Reshape((-1, 2), name="shape")(L.SimpleRNN(4, name="rnn")(y))
    y = L.UpSampling1D(2, name="grow1")(L.RepeatVector(3, name="rep")(L.Flatten(name="flat")(y)))
    shared = L.Dense(5, name="shared", trainable=False)
    a, b = shared(L.GlobalAveragePooling2D(name="gap")(x)), L.GlobalMaxPooling1D(name="gmp")(y)
    b = shared(L.Dense(10, name="wide")(b))
    both = L.Concatenate(name="cat")([a, b, L.Dot(1, name="dot")([a, b])])
    return keras.Model(
        [image, words], [L.Dense(2, activation="softmax", name="scores")(both), L.Activation("relu", name="act")(b)]
    )


@pytest.fixture(scope="module", params=LIBRARIES)
def scanned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The zoo as its library sees it, and its facts from the file."""
    model = zoo(library(request.param))
    path = tmp_path_factory.mktemp("zoo") / ("zoo.h5" if request.param == "tf_keras" else "zoo.keras")
    if request.param == "tf_keras":
        with pytest.warns(UserWarning, match="HDF5"):
            model.save(path)
    else:
        model.save(path)
    return model, inspect(path)


def rows_of(facts: Any) -> dict[str, LayerFacts]:
    return {row.path: row for row in facts.layer_table}


def every_layer(model: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        yield f"{path}{layer.name}", layer
        if hasattr(layer, "layers"):
            yield from every_layer(layer, f"{path}{layer.name}/")


def test_every_layer_has_the_librarys_own_weights_and_output_shape(scanned: tuple[Any, Any]) -> None:
    model, facts = scanned
    rows = rows_of(facts)
    for path, layer in every_layer(model):
        row = rows[path]
        assert row.class_name == type(layer).__name__
        assert row.parameters == layer.count_params(), path
        if path != "shared":
            tensor = layer.output[0] if isinstance(layer.output, list) else layer.output
            assert row.output == tuple(tensor.shape), path
    assert facts.parameters == model.count_params()


def test_inputs_and_outputs_are_those_of_the_library(scanned: tuple[Any, Any]) -> None:
    model, facts = scanned
    assert [t.shape for t in facts.inputs] == [tuple(t.shape) for t in model.inputs]
    assert [t.shape for t in facts.outputs] == [tuple(t.shape) for t in model.outputs]
    assert [t.name for t in facts.outputs] == ["scores", "act"]


def test_wrapped_layers_stand_below_their_wrappers(scanned: tuple[Any, Any]) -> None:
    rows = rows_of(scanned[1])
    assert (rows["td/td_dense"].parameters, rows["td/td_dense"].activation) == (27, "tanh")
    assert rows["td/td_dense"].output == (None, 3)
    # Keras 2 writes one layer for both ways, Keras 3 one for each.
    inner = [row for path, row in rows.items() if path.startswith("bi/")]
    assert {row.class_name for row in inner} == {"LSTM"}
    assert sum(row.parameters for row in inner) == rows["bi"].parameters == 384
    assert rows["inner/ic"].parameters == 111
    assert (rows["shared"].trainable, rows["scores"].trainable) == (False, True)


def test_what_lies_in_a_frozen_model_is_not_trainable(make_h5: Any) -> None:
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 3}}
    frozen = {"class_name": "Sequential", "config": {"name": "f", "trainable": False, "layers": [dense]}}
    assert [row.trainable for row in inspect(make_h5([frozen, dense])).layer_table] == [False, False, True]


@pytest.mark.parametrize(
    ("layers", "kernel", "shape"),
    [
        ([("Dense", {"units": 3})], (4, 3), (None, 4)),
        ([("Dropout", {"rate": 0.5}), ("Dense", {"units": 3})], (4, 3), (None, 4)),
        ([("Conv2D", {"filters": 3, "kernel_size": [2, 2]})], (2, 2, 5, 3), (None, None, None, 5)),
        ([("Conv2D", {"filters": 4, "kernel_size": [2, 2], "groups": 2})], (2, 2, 5, 4), (None, None, None, 10)),
        ([("Conv1D", {"filters": 3, "kernel_size": [2]})], (2, 5, 3), (None, None, 5)),
        ([("LSTM", {"units": 2})], (5, 8), (None, None, 5)),
        ([("Conv2D", {"filters": 3, "kernel_size": 2, "data_format": "channels_first"})], (2, 2, 5, 3), None),
        ([("Flatten", {}), ("Dense", {"units": 3})], (4, 3), None),
        ([("Embedding", {"output_dim": 3})], (4, 3), None),
    ],
)
def test_a_sequential_never_built_takes_what_its_first_kernel_says(
    make_h5: Any, layers: list[Any], kernel: tuple[int, ...], shape: Any
) -> None:
    path = make_h5([{"class_name": c, "config": {"name": f"n{i}", **k}} for i, (c, k) in enumerate(layers)])
    with h5py.File(path, "a") as file:
        file[f"model_weights/n{len(layers) - 1}/x/kernel:0"] = np.zeros(kernel, "float32")
    facts = inspect(path)
    assert facts.inputs[0].shape == shape
    assert facts.inputs[0].name == "n0_input"


@pytest.mark.parametrize(
    ("dtype", "computed"),
    [
        ("float32", "float32"),
        ("float64", "float64"),
        ({"class_name": "Policy", "config": {"name": "mixed_float16"}}, "float16"),
        ({"class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}}, "bfloat16"),
        ("mixed_float16", "float16"),
    ],
)
def test_an_output_has_the_dtype_its_layer_computes_in(make_h5: Any, dtype: Any, computed: str) -> None:
    config = {"name": "d", "units": 3, "batch_input_shape": [None, 4], "dtype": dtype}
    facts = inspect(make_h5([{"class_name": "Dense", "config": config}], keras_version="2.10.0"))
    assert facts.outputs[0].dtype == computed
    assert facts.inputs[0].dtype == ("float64" if computed == "float64" else "float32")


@pytest.mark.parametrize(
    "value",
    [
        json.dumps(["cat", "dog"]),
        np.array([b"cat", b"dog"]),
        ["cat", "dog"],
        json.dumps({"cat": 0, "dog": 1}),
        json.dumps({"1": "dog", "0": "cat"}),
    ],
)
@pytest.mark.parametrize("key", ["labels", "class_names", "classes", "classes_names"])
def test_labels_are_read_from_the_places_people_put_them(make_h5: Any, key: str, value: Any) -> None:
    path = make_h5([])
    with h5py.File(path, "a") as file:
        file.attrs[key] = value
    assert inspect(path).labels == ("cat", "dog")


@pytest.mark.parametrize("value", ["no json", json.dumps([1, 2]), json.dumps({"a": 3}), 7, np.zeros(3)])
def test_what_is_no_list_of_labels_is_none(make_h5: Any, value: Any) -> None:
    path = make_h5([])
    with h5py.File(path, "a") as file:
        file.attrs["labels"] = value
    assert inspect(path).labels == ()


def test_optimizer_state_is_counted_and_is_no_parameter(tmp_path: Path) -> None:
    for name in LIBRARIES:
        keras = library(name)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d")])
        model.compile(keras.optimizers.Adam(), "mse")
        model.fit(np.zeros((2, 4)), np.zeros((2, 3)), verbose=0)
        path = tmp_path / ("m.h5" if name == "tf_keras" else "m.keras")
        if name == "tf_keras":
            with pytest.warns(UserWarning, match="HDF5"):
                model.save(path)
        else:
            model.save(path)
        facts = inspect(path)
        assert facts.parameters == 15
        assert 2 * 15 * 4 <= facts.optimizer_bytes <= 2 * 15 * 4 + 32


def _recorded() -> list[Any]:
    index = CORPUS / "index.json"
    entries: list[Any] = json.loads(index.read_text()) if index.is_file() else []
    return [e for e in entries if e.get("expected")]


@pytest.mark.corpus
@pytest.mark.skipif(not _recorded(), reason="shared/corpus is not there")
def test_no_corpus_model_has_another_output_shape_than_was_recorded() -> None:
    known = 0
    for entry in _recorded():
        facts = inspect(CORPUS / entry["file"])
        outer = sum(row.parameters for row in facts.layer_table if row.path in _outer(facts))
        assert outer == facts.parameters, entry["file"]
        with np.load(CORPUS / entry["expected"]) as recorded:
            shapes = [recorded[k].shape for k in sorted(recorded.files) if k.startswith("y")]
        for tensor, shape in zip(facts.outputs, shapes, strict=True):
            if tensor.shape is not None:
                known += 1
                pairs = zip(tensor.shape[1:], shape[1:], strict=True)
                assert all(d is None or d == n for d, n in pairs), entry["file"]
    assert known >= 40


def _outer(facts: Any) -> set[str]:
    """Rows that lie in no other row; names with slashes in them make this more than a count of slashes."""
    paths = [row.path for row in facts.layer_table]
    return {path for path in paths if not any(path.startswith(other + "/") for other in paths)}


def test_walking_names_each_layer_by_the_models_around_it() -> None:
    cell = {"class_name": "LSTMCell", "config": {"name": "cell"}}
    rnn = {
        "class_name": "RNN",
        "config": {"name": "rnn", "cell": {"class_name": "StackedRNNCells", "config": {"name": "st", "cells": [cell]}}},
    }
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": [rnn]}}
    assert [path for path, _ in walk(model)] == ["rnn", "rnn/st", "rnn/st/cell"]
