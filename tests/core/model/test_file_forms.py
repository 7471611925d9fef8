"""Models saved unzipped, and everything that holds only part of a model: named for what it is."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from saved_models import library

from workbench.core.export.resolve import kind_of
from workbench.core.model import inspect, load
from workbench.core.model.sniff import bytes_of, sha256_file, sniff_model
from workbench.core.model.trust import is_trusted, remember
from workbench.spec.errors import WorkbenchError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One compiled model in every form in which Keras 3 saves it."""
    keras = library("keras")
    keras.utils.set_random_seed(4)
    folder = tmp_path_factory.mktemp("forms")
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((6, 6, 3)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(40), layers.Dense(2)]
    )
    model.compile("adam", loss="mse", metrics=["mae"])
    model.save(folder / "zipped.keras")
    model.save(folder / "unzipped", zipped=False)
    model.save_weights(folder / "alone.weights.h5")
    model.save_weights(folder / "parts.weights.json", max_shard_size=0.00001)
    (folder / "written.json").write_text(model.to_json(), encoding="utf-8")
    return folder


def answer(path: Path) -> Any:
    return load(path)([np.ones((2, 6, 6, 3), "float32")])[0].numpy()


def refusal(path: Path, take: Callable[[Path], Any] = inspect) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        take(path)
    return caught.value


def test_an_unzipped_model_opens_as_the_zipped_one_does(saved: Path) -> None:
    zipped, unzipped = inspect(saved / "zipped.keras"), inspect(saved / "unzipped")
    assert (unzipped.format, unzipped.problems, unzipped.inputs) == ("keras", (), zipped.inputs)
    assert unzipped.layer_table == zipped.layer_table
    assert unzipped.bytes == sum(p.stat().st_size for p in (saved / "unzipped").iterdir() if p.is_file())
    assert kind_of(saved / "unzipped") == "model"
    np.testing.assert_array_equal(answer(saved / "unzipped"), answer(saved / "zipped.keras"))


def test_its_weights_named_alone_mean_the_whole_folder(saved: Path) -> None:
    assert inspect(saved / "unzipped" / "model.weights.h5").path == str(saved / "unzipped")


def test_the_name_of_a_folder_does_not_matter(saved: Path, tmp_path: Path) -> None:
    for name in ("model.keras", "2024"):  # Keras takes a folder with one of digits in it for an Orbax checkpoint.
        shutil.copytree(saved / "unzipped", tmp_path / name)
    (tmp_path / "model.keras" / "1").mkdir()
    for name in ("model.keras", "2024"):
        np.testing.assert_array_equal(answer(tmp_path / name), answer(saved / "zipped.keras"))


def test_the_hash_of_a_folder_is_of_its_parts_and_nothing_else(saved: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(saved / "unzipped", tmp_path / "other name")
    first = sha256_file(saved / "unzipped")
    (copy / ".DS_Store").write_bytes(b"x")
    assert sha256_file(copy) == first
    remember(copy, first, ())
    assert is_trusted(saved / "unzipped")
    (copy / "assets").mkdir(exist_ok=True)
    (copy / "assets" / "words.txt").write_text("a\nb\n", encoding="utf-8")
    with_words = sha256_file(copy)
    (copy / "assets" / "words.txt").rename(copy / "assets" / "wordt.txt")
    assert len({first, with_words, sha256_file(copy)}) == 3
    assert not is_trusted(copy)
    assert bytes_of(copy) == bytes_of(saved / "unzipped") + 4


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_links_in_a_folder_are_refused(name: str, saved: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(saved / "unzipped", tmp_path / "m")
    (copy / name).unlink()
    (copy / name).symlink_to(saved / "unzipped" / name)
    assert refusal(copy).code == "UNSAFE_ARCHIVE"
    (copy / name).unlink()
    assert refusal(copy).code == "INCOMPLETE_MODEL"


def test_a_folder_of_keras_2_unpacked_by_hand_is_opened_with_tf_keras(tmp_path: Path) -> None:
    box = Path(__file__).parents[2] / "data" / "keras2_archives" / "keras-2.14.0.zip"
    with zipfile.ZipFile(box) as outer:
        outer.extractall(tmp_path, ["hard_sigmoid.keras", "hard_sigmoid.npz"])
    with zipfile.ZipFile(tmp_path / "hard_sigmoid.keras") as archive:
        archive.extractall(tmp_path / "unpacked")
    with np.load(tmp_path / "hard_sigmoid.npz") as recorded:
        for path in (tmp_path / "unpacked", tmp_path / "unpacked" / "model.weights.h5"):
            model = load(path)
            assert model.facts.loads_with == "tf_keras"
            np.testing.assert_allclose(model([recorded["x0"]])[0].numpy(), recorded["y0"], rtol=0, atol=1e-6)


def _serving(folder: Path) -> Path:
    for version in ("2", "10"):
        (folder / "base" / version).mkdir(parents=True)
        (folder / "base" / version / "saved_model.pb").write_bytes(b"\x08\x01")
    return folder / "base"


def _orbax(folder: Path) -> Path:
    (folder / "run" / "0" / "default").mkdir(parents=True)
    (folder / "run" / "0" / "_CHECKPOINT_METADATA").write_text("{}", encoding="utf-8")
    return folder / "run"


def _safetensors(folder: Path) -> Path:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path = folder / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    return path


def _checkpoint(folder: Path) -> Path:
    for ending in ("index", "data-00000-of-00001"):
        (folder / f"ckpt-1.{ending}").write_bytes(b"\0\0\1")
    return folder


def _array(folder: Path) -> Path:
    np.save(folder / "images.npy", np.zeros(3))
    return folder / "images.npy"


def _lite(folder: Path) -> Path:
    (folder / "m.tflite").write_bytes(b"\x1c\0\0\0TFL3\0\0")
    return folder / "m.tflite"


OTHERS: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a base folder of TensorFlow Serving": (_serving, "SERVING_FOLDER", "base/10."),
    "a version of it": (lambda f: _serving(f) / "2", "SAVED_MODEL", "`predict`"),
    "the graph alone": (lambda f: _serving(f) / "2" / "saved_model.pb", "SAVED_MODEL", "base/2."),
    "an Orbax checkpoint": (_orbax, "ORBAX_CHECKPOINT", "model.save"),
    "one step of it": (lambda f: _orbax(f) / "0", "ORBAX_CHECKPOINT", "model.save"),
    "safetensors": (_safetensors, "SAFETENSORS", "model.save"),
    "a checkpoint of TensorFlow": (_checkpoint, "TF_CHECKPOINT", "model.save"),
    "an array": (_array, "NUMPY_FILE", ".keras"),
    "a model for devices": (_lite, "TFLITE", ".keras"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_whole_model_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    make, code, hint = OTHERS[name]
    error = refusal(make(tmp_path))
    assert error.code == code
    assert hint in error.hint
    assert error.where.startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("alone.weights.h5", "WEIGHTS_ONLY", "--architecture"),
        ("parts.weights.json", "SHARDED_WEIGHTS", "model.save"),
        ("parts_00000.weights.h5", "SHARDED_WEIGHTS", "all of them"),
        ("written.json", "ARCHITECTURE_ONLY", "--architecture"),
        ("unzipped/config.json", "ARCHITECTURE_ONLY", "unzipped"),
    ],
)
def test_parts_that_keras_saved_are_named_with_what_to_do(saved: Path, name: str, code: str, words: str) -> None:
    error = refusal(saved / name)
    assert error.code == code
    assert words in error.hint


def test_weights_and_an_architecture_beside_them_open_together(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved / "alone.weights.h5", tmp_path)
    shutil.copy(saved / "written.json", tmp_path / "alone.json")  # It holds the compiling too.
    np.testing.assert_array_equal(answer(tmp_path / "alone.weights.h5"), answer(saved / "zipped.keras"))


def test_weights_of_the_newer_form_by_tf_keras_open_with_an_architecture(tmp_path: Path) -> None:
    keras = library("tf_keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="hard_sigmoid"), layers.Dense(2)])
    model.save_weights(tmp_path / "m.weights.h5")
    (tmp_path / "m.json").write_text(model.to_json(), encoding="utf-8")
    given = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    answers = load(tmp_path / "m.weights.h5")([given])[0].numpy()
    np.testing.assert_allclose(answers, model(given).numpy(), rtol=0, atol=1e-6)


def test_a_folder_of_something_else_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert refusal(tmp_path, sniff_model).code == "NO_FILE"
    assert refusal(tmp_path, kind_of).code == "NOT_A_SAVEDMODEL"
    (tmp_path / "best.h5").write_bytes(b"x")
    assert str(tmp_path / "best.h5") in refusal(tmp_path, sniff_model).hint


def test_damaged_weights_in_a_folder_are_told(saved: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(saved / "unzipped", tmp_path / "m")
    weights = copy / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:3000])
    assert refusal(copy).code in ("TRUNCATED", "HDF5_BROKEN")
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/hostname", "x")
    assert refusal(copy).code == "UNSAFE_LINK"
