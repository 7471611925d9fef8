"""Weights alone: named as such, and a whole model with the architecture beside them or given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import REFERENCE

from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect, load
from workbench.core.model.architecture import place_beside, read_architecture
from workbench.core.model.options import LoadOptions
from workbench.spec.errors import WorkbenchError

SMALL = {"class_name": "Sequential", "config": {"name": "s", "layers": []}, "keras_version": "2.2.4"}

YAML = """
backend: tensorflow
class_name: Sequential
config:
  name: s
  layers:
  - class_name: Conv2D
    config:
      name: c
      filters: 2
      kernel_size: !!python/tuple [3, 3]
      batch_input_shape: !!python/tuple [null, 8, 8, 3]
keras_version: 2.2.4
"""


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Any]:
    """A Keras 2 model as a file of weights and a text, with the model itself."""
    keras = legacy_keras()
    folder = tmp_path_factory.mktemp("halves")
    model = keras.Sequential(
        [
            keras.layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3), name="c"),
            keras.layers.Flatten(name="f"),
            keras.layers.Dense(2, name="d"),
        ]
    )
    model.save_weights(folder / "m.h5")
    return folder / "m.h5", model.to_json(), model


def put(folder: Path, halves: tuple[Path, str, Any], name: str) -> Path:
    (folder / "m.h5").write_bytes(halves[0].read_bytes())
    (folder / name).write_text(halves[1])
    return folder / "m.h5"


def test_weights_with_an_architecture_beside_them_are_a_whole_model(tmp_path: Path, halves: Any) -> None:
    path = put(tmp_path, halves, "m.json")
    facts = inspect(path)
    assert (facts.class_name, facts.layers, facts.parameters) == ("Sequential", 4, 402)
    assert [t.shape for t in (*facts.inputs, *facts.outputs)] == [(None, 8, 8, 3), (None, 2)]
    assert {row.path: row.parameters for row in facts.layer_table if row.parameters} == {"c": 112, "d": 290}
    given = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(load(path).predict([given])[0], halves[2].predict(given, verbose=0), atol=1e-6)


def test_weights_load_with_an_architecture_that_is_given(tmp_path: Path, halves: Any) -> None:
    path = put(tmp_path, halves, "elsewhere.json")
    with pytest.raises(WorkbenchError) as caught:
        inspect(path)
    assert caught.value.code == "WEIGHTS_ONLY"
    assert "--architecture" in str(caught.value)
    options = LoadOptions(architecture=read_architecture(tmp_path / "elsewhere.json"))
    assert inspect(path, options=options).parameters == 402
    given = np.ones((1, 8, 8, 3), "float32")
    for _ in range(2):  # The same options again: nothing of the first loading is left in them.
        answer = load(path, options=options).predict([given])[0]
        np.testing.assert_allclose(answer, halves[2].predict(given, verbose=0), atol=1e-6)


def test_weights_of_keras_3_are_read_with_its_to_json(tmp_path: Path) -> None:
    tensorflow()
    import keras

    model = keras.Sequential([keras.Input((4,), name="i"), keras.layers.Dense(3, name="d")])
    model.save_weights(tmp_path / "m.weights.h5")
    (tmp_path / "m.json").write_text(model.to_json())
    facts = inspect(tmp_path / "m.weights.h5")
    assert (facts.loads_with, facts.parameters) == ("keras", 15)
    assert [(row.path, row.parameters) for row in facts.layer_table if row.parameters] == [("d", 15)]


@pytest.mark.parametrize("name", ["m.json", "m.yaml", "m.yml", "model.json", "architecture.json", "model.yaml"])
def test_the_neighbours_that_are_looked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps(SMALL))
    assert place_beside(tmp_path / "m.h5") == tmp_path / name


def test_a_neighbour_that_describes_no_model_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"epochs": 3}')
    assert place_beside(tmp_path / "m.h5") is None
    (tmp_path / "model.json").write_text(json.dumps(SMALL))
    assert place_beside(tmp_path / "m.h5") == tmp_path / "model.json"


def test_a_whole_model_does_not_ask_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "tiny_cnn.h5"
    path.write_bytes((REFERENCE / "tiny_cnn.h5").read_bytes())
    (tmp_path / "tiny_cnn.json").write_text(json.dumps(SMALL))
    assert inspect(path).layers == 10


def test_keras_2_yaml_is_read_with_its_tuples_as_lists(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(YAML)
    config = read_architecture(tmp_path / "a.yaml")
    assert config["config"]["layers"][0]["config"]["batch_input_shape"] == [None, 8, 8, 3]
    assert config["keras_version"] == "2.2.4"


@pytest.mark.parametrize(
    "text",
    [
        "class_name: !!python/object/apply:os.system ['touch CANARY']\nconfig: {}",
        "class_name: !!python/name:os.system\nconfig: {}",
        "a: &a [x, x]\nb: &b [*a, *a]\nclass_name: S\nconfig: {}",
        "[" * 5000,
        "class_name: Sequential",
        "just words",
        "",
        '{"class_name": "Model", "config": ',
    ],
)
def test_yaml_that_builds_objects_or_is_no_model_is_refused(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(WorkbenchError) as caught:
        read_architecture(tmp_path / "a.yaml")
    assert caught.value.code == "BAD_ARCHITECTURE"
    assert "a.yaml" in str(caught.value)
    assert not (tmp_path / "CANARY").exists()


def test_an_architecture_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"none\.json"):
        read_architecture(tmp_path / "none.json")
