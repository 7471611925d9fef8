"""Models of nested dicts and lists are called and read by the author's own structure, in both libraries and formats.

The truth is what the model itself predicts, called in the structure it was built with, before it is saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np
import pytest

from workbench.core.export import export
from workbench.core.model import inspect, load
from workbench.core.model.load import load_scanned
from workbench.core.model.structure import leaves, unique_names
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError

OUTPUTS: dict[str, tuple[Callable[..., Any], Callable[[Any], dict[str, Any]]]] = {
    "dict": (lambda a, b, c: {"zebra": a, "apple": b}, dict),
    "other ranks": (lambda a, b, c: {"zebra": c, "apple": a}, dict),
    "nested lists": (lambda a, b, c: [[a, b], c], lambda y: {"one": y[0][0], "two": y[0][1], "three": y[1]}),
    "list with a dict": (
        lambda a, b, c: [a, {"z": b, "b": c}],
        lambda y: {"one": y[0], "z": y[1]["z"], "b": y[1]["b"]},
    ),
    "dict with a list": (lambda a, b, c: {"u": [a, b]}, lambda y: {"u_0": y["u"][0], "u_1": y["u"][1]}),
    "dict of one": (lambda a, b, c: {"only": b}, dict),
    "one tensor twice": (lambda a, b, c: {"x": a, "y": a}, dict),
}
"""How a model answers three heads, and what each name stands for in its answer."""

NAMES = {"a": "z_in", "b": "a_in", "c": "m_in"}
"""The `Input`s' own names."""

INPUTS: dict[str, tuple[Callable[..., Any], dict[str, str]]] = {
    "dict": (lambda a, b, c: {"zoom": a, "age": b, "meta": c}, {"a": "zoom", "b": "age", "c": "meta"}),
    "dict of the same names": (
        lambda a, b, c: {"z_in": a, "a_in": b, "m_in": c},
        {"a": "z_in", "b": "a_in", "c": "m_in"},
    ),
    "nested lists": (lambda a, b, c: [a, [b, c]], NAMES),
    "dict with a list": (lambda a, b, c: {"p": [a, b], "o": c}, {"a": "p_0", "b": "p_1", "c": "o"}),
}
"""How a model takes three inputs, and the name of each."""


@pytest.fixture(params=["keras", "tf_keras"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.fixture(params=["h5", "keras"])
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _quiet(recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    """Keras warns of legacy files and of dict keys that are no tensors' names."""
    yield
    recwarn.clear()


def three_heads(library: Any, answer: Callable[..., Any]) -> Any:
    L = library.layers
    x = library.Input((4,), name="given")
    heads = [L.Dense(2, name="one")(x), L.Dense(2, name="two")(x), L.Reshape((3, 1), name="three")(L.Dense(3)(x))]
    return library.Model(x, answer(*heads))


def three_inputs(library: Any, take: Callable[..., Any]) -> Any:
    L = library.layers
    a, b = library.Input((4,), name="z_in"), library.Input((4,), name="a_in")
    c = library.Input((4,), name="m_in")
    mixed = [L.Dense(3, name=f"of_{n}")(t) for n, t in enumerate((a, b, c))]
    return library.Model(take(a, b, c), L.Dense(2, name="scores")(L.Concatenate(name="all")(mixed)))


def saved(model: Any, folder: Path, ending: str) -> Path:
    path = folder / f"model.{ending}"
    model.save(str(path))
    return path


def batch(seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(3, 4)).astype("float32")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", OUTPUTS)
def test_each_output_is_known_by_what_its_author_calls_it(library: Any, ending: str, tmp_path: Path, kind: str) -> None:
    answer, read = OUTPUTS[kind]
    original = three_heads(library, answer)
    truth = read(original.predict(batch(1), verbose=0))
    path = saved(original, tmp_path, ending)
    assert {t.name for t in inspect(path).outputs} == set(truth)
    model = load(path)
    found = dict(zip([t.name for t in model.facts.outputs], model.predict([batch(1)]), strict=True))
    shapes = {t.name: t.shape for t in model.facts.outputs}
    for name, values in truth.items():
        np.testing.assert_allclose(found[name], values, atol=1e-6)
        assert shapes[name] == (None, *values.shape[1:])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", INPUTS)
def test_each_input_goes_to_the_tensor_its_author_means(library: Any, ending: str, tmp_path: Path, kind: str) -> None:
    take, names = INPUTS[kind]
    original = three_inputs(library, take)
    values = {"a": batch(1), "b": batch(2), "c": batch(3)}
    truth = original.predict(take(**values), verbose=0)
    path = saved(original, tmp_path, ending)
    assert {t.name for t in inspect(path).inputs} == set(names.values())
    model = load(path)
    by_name = {names[letter]: array for letter, array in values.items()}
    np.testing.assert_allclose(model.predict([by_name[t.name] for t in model.facts.inputs])[0], truth, atol=1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("layout", ["frozen", "variables"])
def test_an_export_answers_every_head_under_its_authors_key(library: Any, tmp_path: Path, layout: str) -> None:
    original = three_heads(library, OUTPUTS["other ranks"][0])
    path = saved(original, tmp_path, "h5")
    truth = original.predict(batch(1), verbose=0)
    project = default_project(inspect(path), path.name)
    project = msgspec.structs.replace(project, export=msgspec.structs.replace(project.export, layout=layout))
    session = ServingSession(Path(export(project, tmp_path).path))
    passed = {"metadata": ["a", "b", "c"]}
    found = session.run("serving_default", {"given": batch(1), **passed})
    session.close()
    np.testing.assert_allclose(found["zebra"], truth["zebra"], atol=1e-6)
    np.testing.assert_allclose(found["apple"], truth["apple"], atol=1e-6)


def nested(library: Any) -> Any:
    """A model with a dict of inputs and outputs within another."""
    L = library.layers
    a, b = library.Input((4,), name="ia"), library.Input((4,), name="ib")
    inner = library.Model({"z": a, "a": b}, {"zz": L.Dense(2)(a), "aa": L.Dense(3)(b)}, name="inner")
    x, y = library.Input((4,), name="x"), library.Input((4,), name="y")
    made = inner({"z": x, "a": y})
    return library.Model({"q": x, "b": y}, {"r": L.Dense(1)(made["zz"]), "c": L.Dense(5)(made["aa"])})


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_shapes_are_followed_through_dicts_of_a_model_within_a_model(library: Any, tmp_path: Path) -> None:
    original = nested(library)
    path = saved(original, tmp_path, "h5")
    assert {t.name: t.shape for t in inspect(path).outputs} == {"r": (None, 1), "c": (None, 5)}
    model = load(path)
    given = {"q": batch(1), "b": batch(2)}
    truth = original.predict(given, verbose=0)
    found = model.predict([given[t.name] for t in model.facts.inputs])
    for tensor, values in zip(model.facts.outputs, found, strict=True):
        np.testing.assert_allclose(values, truth[tensor.name], atol=1e-6)


def changed(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"])
        file.attrs["model_config"] = json.dumps(config)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_file_whose_shapes_contradict_the_loaded_model_is_refused(tmp_path: Path) -> None:
    import keras

    path = saved(three_heads(keras, OUTPUTS["dict"][0]), tmp_path, "h5")
    facts = inspect(path)
    outputs = tuple(msgspec.structs.replace(t, shape=(None, 7)) for t in facts.outputs)
    with pytest.raises(WorkbenchError, match="the shape") as caught:
        load_scanned(msgspec.structs.replace(facts, outputs=outputs))
    assert caught.value.code == "BAD_CONFIG"


def test_structures_nested_without_end_are_refused(tmp_path: Path) -> None:
    import keras

    path = saved(three_heads(keras, OUTPUTS["dict"][0]), tmp_path, "h5")

    def deep(config: dict[str, Any]) -> None:
        for _ in range(40):
            config["output_layers"] = [config["output_layers"]]

    changed(path, deep)
    with pytest.raises(WorkbenchError) as caught:
        inspect(path)
    assert caught.value.code == "BAD_CONFIG"


def test_leaves_come_in_the_order_in_which_keras_flattens_them() -> None:
    import keras

    structure = {"b": [1, {"z": 2, "a": 3}], "a": (4, [5]), "c": {"only": [6]}}
    found = leaves(structure, lambda value: isinstance(value, int))
    assert [leaf.value for leaf in found] == keras.tree.flatten(structure)
    assert [leaf.key for leaf in found] == ["a_0", "a_1", "b_0", "b_1_a", "b_1_z", "c_only"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_1", "a_2"]),
        (["a", "a", "a_1"], ["a", "a_2", "a_1"]),
    ],
)
def test_no_two_tensors_have_one_name(wanted: list[str], names: list[str]) -> None:
    assert unique_names(wanted) == names


def test_an_authors_key_is_not_given_to_a_layer_of_the_same_name() -> None:
    assert unique_names(["a", "a", "a_1"], [0, 1, 0]) == ["a_2", "a", "a_1"]


def test_an_authors_key_is_not_given_to_a_tensor_in_a_list_under_another_key(
    library: Any, ending: str, tmp_path: Path
) -> None:
    model = three_heads(library, lambda a, b, c: {"u": [a, b], "u_0": c})
    given = np.random.default_rng(0).random((3, 4)).astype("float32")
    expected = model.predict(given, verbose=0)
    model.save(tmp_path / f"m.{ending}")
    loaded = load(tmp_path / f"m.{ending}")
    found = dict(zip((t.name for t in loaded.facts.outputs), loaded.predict([given]), strict=True))
    assert found.keys() == {"u_0_1", "u_1", "u_0"}
    for name, value in {"u_0": expected["u_0"], "u_0_1": expected["u"][0], "u_1": expected["u"][1]}.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-6)
