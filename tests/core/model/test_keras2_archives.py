"""Across modules. `.keras` files of Keras 2.12 to 2.15 and of tf_keras, by what the very release that wrote each
predicted.

`tests/data/keras2_archives` has the files, the recorded predictions and the script that made them.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from saved_models import library

from workbench.core.lazy import tensorflow
from workbench.core.model import inspect, load
from workbench.core.model.archive_layout import Layout
from workbench.spec.errors import WorkbenchError

DATA = Path(__file__).parents[2] / "data" / "keras2_archives"
RELEASES = ("keras-2.12.0", "keras-2.13.1", "keras-2.14.0", "keras-2.15.0", "tf_keras-2.21.0")
OLD_GROUPS = RELEASES[:3]
"""Those whose layers lie in `_layer_checkpoint_dependencies`."""

KINDS = (
    "attention",
    "cnn",
    "hard_sigmoid",
    "images_over_time",
    "nested",
    "normalization",
    "operators",
    "recurrent",
    "shared",
    "two_inputs",
)


def unpacked(release: str, kind: str, folder: Path) -> Path:
    """A model file as it was saved."""
    with zipfile.ZipFile(DATA / f"{release}.zip") as box:
        return Path(box.extract(f"{kind}.keras", folder))


def recorded(release: str, kind: str) -> tuple[list[Any], list[Any]]:
    """Inputs, and what the writer predicted for them."""
    with zipfile.ZipFile(DATA / f"{release}.zip") as box, np.load(io.BytesIO(box.read(f"{kind}.npz"))) as arrays:
        return [[arrays[name] for name in sorted(arrays) if name.startswith(letter)] for letter in "xy"]  # type: ignore[return-value]


def rewritten(path: Path, changes: dict[str, bytes]) -> Path:
    """The archive with some entries replaced."""
    new = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as box:
        for name in old.namelist():
            box.writestr(name, changes.get(name, old.read(name)))
    return new


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def test_every_release_says_which_it_is_and_every_kind_was_recorded() -> None:
    for release in RELEASES:
        with zipfile.ZipFile(DATA / f"{release}.zip") as box:
            assert {n.removesuffix(".keras") for n in box.namelist() if n.endswith(".keras")} == {
                *KINDS,
                "lambda_layer",
            }


QUICK = ("cnn", "hard_sigmoid", "shared")
"""What the releases are tried with whose groups others have too; all of it is among the heavy tests."""

CASES = [
    pytest.param(release, kind, marks=[] if release in OLD_GROUPS[::2] or kind in QUICK else pytest.mark.heavy)
    for release in RELEASES
    for kind in KINDS
]


@pytest.mark.parametrize(("release", "kind"), CASES)
def test_predicts_what_its_own_release_predicted(release: str, kind: str, tmp_path: Path) -> None:
    given, expected = recorded(release, kind)
    model = load(unpacked(release, kind, tmp_path))
    answers = [answer.numpy() for answer in model(given)]
    assert model.facts.loads_with == "tf_keras"
    assert [a.shape for a in answers] == [e.shape for e in expected]
    for answer, right in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, right, rtol=0, atol=1e-6)


@pytest.mark.parametrize("release", RELEASES)
def test_the_scan_names_the_repair_of_old_groups_and_counts_all_weights(release: str, tmp_path: Path) -> None:
    facts = inspect(unpacked(release, "nested", tmp_path))
    assert ("LAYER_GROUPS" in [repair.code for repair in facts.repairs]) == (release in OLD_GROUPS)
    assert facts.problems == ()
    rows = {row.path: row.parameters for row in facts.layer_table}
    # 3 x 3 x 4 x 3 + 3; four of a normalization of three channels; a Dense of 3 -> 4 and one of 4 -> 3.
    assert [rows[name] for name in rows if name.endswith(("inner/conv2d", "inner/conv2d_1"))] == [111]
    assert sorted(n for name, n in rows.items() if name.startswith("dense")) == [15, 16]
    assert sum(n for name, n in rows.items() if "/" not in name) == facts.parameters == 278


@pytest.mark.parametrize("release", RELEASES)
def test_a_lambda_is_refused_before_anything_is_loaded(release: str, tmp_path: Path) -> None:
    path = unpacked(release, "lambda_layer", tmp_path)
    assert "LAMBDA" in [problem.code for problem in inspect(path).problems]
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert caught.value.code == "LAMBDA"


def _call(function: str, **arguments: Any) -> dict[str, Any]:
    """A call of a TensorFlow function on constants, which tf_keras carries out while it loads."""
    return {
        "module": "keras.src.layers.core.tf_op_layer",
        "class_name": "TFOpLambda",
        "registered_name": "TFOpLambda",
        "name": "op",
        "config": {"name": "op", "trainable": True, "dtype": "float32", "function": function},
        "inbound_nodes": [["_CONSTANT_VALUE", -1, arguments.pop("value"), arguments]],
    }


def test_what_tf_keras_would_run_while_loading_does_not_run(tmp_path: Path) -> None:
    path, marker = unpacked("keras-2.15.0", "two_inputs", tmp_path), tmp_path / "marker"
    config = json.loads(part(path, "config.json"))
    config["config"]["layers"].append(_call("io.write_file", value=str(marker), contents="run"))
    for changed, code in ((config, "UNSAFE_OP"), (_foreign(path), "FOREIGN_MODULE")):
        with pytest.raises(WorkbenchError) as caught:
            load(rewritten(path, {"config.json": json.dumps(changed).encode()}))
        assert caught.value.code == code
    assert not marker.exists()


def _foreign(path: Path) -> Any:
    config = json.loads(part(path, "config.json"))
    config["config"]["layers"][-1] |= {"module": "os", "class_name": "system", "registered_name": "system"}
    return config


@pytest.mark.parametrize("change", ["a layer less", "a layer more", "another shape"])
def test_weights_that_do_not_fit_the_model_are_refused(change: str, tmp_path: Path) -> None:
    path = unpacked("keras-2.14.0", "cnn", tmp_path)
    weights = tmp_path / "w.h5"
    weights.write_bytes(part(path, "model.weights.h5"))
    with h5py.File(weights, "r+") as file:
        layers = file["_layer_checkpoint_dependencies"]
        if change == "a layer less":
            del layers["dense_1"]
        elif change == "a layer more":
            layers.copy("dense", "dense_9")
        else:
            del layers["dense/vars/0"]
            layers["dense/vars/0"] = np.zeros((2, 2), "float32")
    with pytest.raises(WorkbenchError) as caught:
        load(rewritten(path, {"model.weights.h5": weights.read_bytes()}))
    assert caught.value.code == "LOADER_REFUSED"


def test_numbers_twice_counted_are_put_in_order_and_back() -> None:
    tree = {
        "": ["_layer_checkpoint_dependencies"],
        "_layer_checkpoint_dependencies": ["dense", "dense_10", "dense_2", "conv2d", "sequential_1"],
        "_layer_checkpoint_dependencies/sequential_1": ["_layer_checkpoint_dependencies"],
        "_layer_checkpoint_dependencies/sequential_1/_layer_checkpoint_dependencies": ["dense_2"],
    }
    layout = Layout(lambda place: tree.get(place, ()))
    pairs = {
        "layers/dense_2/vars": "_layer_checkpoint_dependencies/dense_10/vars",
        "layers/dense_1/vars": "_layer_checkpoint_dependencies/dense_2/vars",
        "layers/conv2d/vars": "_layer_checkpoint_dependencies/conv2d/vars",
        "layers/sequential/layers/dense/vars": "_layer_checkpoint_dependencies/sequential_1/"
        "_layer_checkpoint_dependencies/dense_2/vars",
    }
    for today, stored in pairs.items():
        assert (layout.stored(today), layout.current(stored)) == (stored, today)
    assert Layout(lambda _: ("layers",)).stored("layers/dense_1") == "layers/dense_1"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_vocabularies_beside_the_weights_are_read(tmp_path: Path) -> None:
    keras = library("tf_keras")
    layers = keras.layers
    words = layers.StringLookup()
    words.adapt(np.array(["a", "b", "b", "c"]))
    x = keras.Input((1,), dtype="string")
    model = keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(10, 3)(words(x)))))
    path, given = tmp_path / "m.keras", tensorflow().constant([["a"], ["c"], ["unknown"]])
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        assert any(name.startswith("assets/") for name in archive.namelist())
    np.testing.assert_array_equal(load(path).keras_model(given).numpy(), model(given).numpy())
