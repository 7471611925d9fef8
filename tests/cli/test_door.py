"""The door's options on the command line: own classes, a separate architecture, consent to a file's code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from workbench.core.lazy import legacy_keras
from workbench.spec.project import load_project

OBJECTS = """
from keras.layers import Layer

class Half(Layer):
    def call(self, x):
        return x / {divisor}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three little image models: with a class of their author's, with a Lambda, and as weights with an architecture."""
    keras = legacy_keras()
    folder = tmp_path_factory.mktemp("door")

    class Half(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x / 2

    def model(layer: Any) -> Any:
        layers = keras.layers
        first = layers.Conv2D(2, 3, input_shape=(8, 8, 3), name="c")
        return keras.Sequential([first, layer, layers.Flatten(name="f"), layers.Dense(2, name="d")])

    for name, layer in {"custom": Half(name="h"), "code": keras.layers.Lambda(lambda x: x * x, name="square")}.items():
        with pytest.warns(UserWarning, match="HDF5"):
            model(layer).save(folder / f"{name}.h5")
    plain = model(keras.layers.ReLU(name="r"))
    plain.save_weights(folder / "weights.h5")
    (folder / "plan.json").write_text(plain.to_json())
    (folder / "objects.py").write_text(OBJECTS.format(divisor=2))
    return folder


@pytest.fixture
def door(made: Path, tmp_path: Path) -> Path:
    """The models in a folder to be written in."""
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def codes(done: Any) -> list[str]:
    return [problem["code"] for problem in json.loads(done.out)["problems"]]


def test_inspect_shows_the_layer_table_beside_the_count(cli: Any, work: Path) -> None:
    found = json.loads(cli("inspect", work / "tiny_cnn.h5", "--json").out)
    assert found["layers"] == 10
    assert len(found["layer_table"]) == 10
    first = found["layer_table"][0]
    assert (first["path"], first["class_name"], first["output"]) == ("conv2d_1", "Conv2D", [None, 62, 62, 16])
    assert {"labels", "optimizer_bytes", "repairs", "trusted"} <= set(found)


def test_a_models_own_classes_go_from_inspect_to_a_prediction(cli: Any, door: Path, work: Path) -> None:
    custom = ("--custom", door / "objects.py")
    assert codes(cli("inspect", door / "custom.h5", "--json")) == ["CUSTOM_CLASS"]
    assert codes(cli("inspect", door / "custom.h5", *custom, "--json")) == []
    refused = cli("export", door / "custom.h5")
    assert (refused.code, "--custom" in refused.err) == (2, True)
    assert cli("init", door / "custom.h5", *custom, "-o", door / "sub" / "p.toml").code == 0
    assert load_project(door / "sub" / "p.toml").custom == "../objects.py"
    image = work / "images" / "img00.jpg"
    by_project = cli("predict", door / "sub" / "p.toml", image, "--format", "jsonl")
    by_option = cli("predict", door / "custom.h5", image, *custom, "--format", "jsonl")
    assert by_project.code == 0
    assert by_project.out == by_option.out


def test_another_custom_file_makes_another_export(cli: Any, door: Path) -> None:
    cli("init", door / "custom.h5", "--custom", door / "objects.py")
    first = json.loads(cli("export", door / "custom.toml", "--json").out)
    assert json.loads(cli("export", door / "custom.toml", "--json").out)["fingerprint"] == first["fingerprint"]
    (door / "objects.py").write_text(OBJECTS.format(divisor=4))
    assert "--allow-code" in cli("export", door / "custom.toml", "--json").err
    again = cli("export", door / "custom.toml", "--json", "--allow-code")
    assert json.loads(again.out)["fingerprint"] != first["fingerprint"]


def test_a_fault_in_the_custom_file_is_one_sentence(cli: Any, door: Path) -> None:
    (door / "objects.py").write_text("class Half:\n    x = 1 / 0\n")
    done = cli("export", door / "custom.h5", "--custom", door / "objects.py")
    assert (done.code, done.out) == (2, "")
    assert f"{door / 'objects.py'}:2" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_consent_is_asked_once_and_remembered_by_content(cli: Any, door: Path) -> None:
    assert codes(cli("inspect", door / "code.h5", "--json")) == ["LAMBDA"]
    refused = cli("show", door / "code.h5")
    assert (refused.code, "square" in refused.err, "--allow-code" in refused.err) == (2, True, True)
    assert cli("show", door / "code.h5", "--allow-code").code == 0
    assert json.loads(cli("inspect", door / "code.h5", "--json").out)["trusted"] is True
    assert "allowed" in cli("inspect", door / "code.h5").out
    (door / "code.h5").rename(door / "moved.h5")
    assert cli("init", door / "moved.h5").code == 0
    assert cli("export", door / "moved.toml").code == 0
    assert json.loads(cli("inspect", door / "moved.h5", "--forget-code", "--json").out)["trusted"] is False
    assert cli("show", door / "moved.toml").code == 2


def test_weights_alone_take_an_architecture_from_inspect_to_an_export(cli: Any, door: Path) -> None:
    given = ("--architecture", door / "plan.json")
    assert "--architecture" in cli("inspect", door / "weights.h5").err
    assert json.loads(cli("inspect", door / "weights.h5", *given, "--json").out)["class_name"] == "Sequential"
    assert cli("init", door / "weights.h5", *given).code == 0
    assert load_project(door / "weights.toml").architecture == "plan.json"
    first = json.loads(cli("export", door / "weights.toml", "--json").out)["fingerprint"]
    (door / "plan.json").rename(door / "weights.json")
    (door / "weights.toml").unlink()
    assert json.loads(cli("export", door / "weights.h5", "--json").out)["fingerprint"] == first


def test_labels_in_the_file_become_the_projects(cli: Any, door: Path, work: Path) -> None:
    with h5py.File(work / "tiny_cnn.h5", "a") as file:
        file.attrs["class_names"] = json.dumps(["cat", "dog"])
    cli("init", work / "tiny_cnn.h5")
    assert load_project(work / "tiny_cnn.toml").signature.labels == ("cat", "dog")
    with h5py.File(work / "mobilenet.h5", "a") as file:
        file.attrs["labels"] = ["only", "two"]
    cli("init", work / "mobilenet.h5")
    assert load_project(work / "mobilenet.toml").signature.labels == ()


def test_inspect_imports_no_framework(work: Path) -> None:
    code = (
        "import sys; from workbench.__main__ import run; run(['inspect', sys.argv[1], '--json'])\n"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'tf_keras')))"
    )
    subprocess.run([sys.executable, "-c", code, work / "mobilenet.h5"], check=True, capture_output=True)


def test_the_engine_asks_the_same_of_a_file_and_remembers(door: Path) -> None:
    from workbench.core.progress import silent
    from workbench.engine.handlers import HANDLERS
    from workbench.spec import messages as m

    def answer(request: m.Request) -> Any:
        event = HANDLERS[type(request)](request, silent, lambda event: None)
        assert isinstance(event, m.ModelFactsRead)
        return event.facts

    code, custom = str(door / "code.h5"), str(door / "custom.h5")
    assert not answer(m.Inspect(id=1, path=code)).trusted
    assert answer(m.SetTrust(id=2, path=code)).trusted
    assert answer(m.LoadFacts(id=3, path=code)).outputs[0].shape == (None, 2)
    assert not answer(m.SetTrust(id=4, path=code, allow=False)).trusted
    loaded = answer(m.LoadFacts(id=5, path=custom, custom=str(door / "objects.py")))
    assert loaded.outputs[0].shape == (None, 2)
    weights = m.Inspect(id=6, path=str(door / "weights.h5"), architecture=str(door / "plan.json"))
    assert answer(weights).class_name == "Sequential"


def test_a_big_file_is_hashed_in_pieces_that_can_be_stopped(tmp_path: Path) -> None:
    from workbench.core import jobs
    from workbench.spec.errors import CancelledError
    from workbench.spec.model import Progress

    path = tmp_path / "big.h5"
    with h5py.File(path, "w") as file:
        config = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}
        file.attrs["model_config"] = json.dumps(config)
        file["model_weights/k"] = np.ones((10_000_000,), "float32")
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if progress.done:
            raise CancelledError

    with pytest.raises(CancelledError):
        jobs.inspect(path, report)
    assert 0 < seen[-1].done < seen[-1].total == path.stat().st_size


def test_the_demo_does_not_work_in_a_folder_with_files(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = cli("demo", "--dir", tmp_path)
    assert done.code == 2
    assert "is not empty" in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
