"""Loading: by the file's own version, the same numbers as where it came from, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support import REFERENCE

from workbench.core.lazy import tensorflow
from workbench.core.model import inspect, load
from workbench.core.model.options import LoadOptions
from workbench.spec.errors import WorkbenchError


@pytest.fixture(scope="module")
def keras3_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    """One Keras 3 model as .keras and as .h5, with the model itself."""
    tensorflow()
    import keras

    folder = tmp_path_factory.mktemp("keras3")
    image = keras.Input((8, 8, 3), name="image")
    extra = keras.Input((2,), name="extra")
    x = keras.layers.Conv2D(4, 3, activation="relu")(image)
    x = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(x), extra])
    model = keras.Model([image, extra], keras.layers.Dense(3, activation="softmax", name="scores")(x))
    model.save(folder / "m.keras")
    with _quiet():
        model.save(folder / "m.h5")
    return folder / "m.keras", folder / "m.h5", model


class _quiet:
    """Keras 3 calls .h5 legacy when it writes one; that is its opinion, not a fault of the test."""

    def __enter__(self) -> None:
        import absl.logging

        self._level = absl.logging.get_verbosity()
        absl.logging.set_verbosity(absl.logging.ERROR)

    def __exit__(self, *_: object) -> None:
        import absl.logging

        absl.logging.set_verbosity(self._level)


def test_a_2018_model_loads_with_tf_keras_and_keeps_the_scans_facts() -> None:
    path = REFERENCE / "image_and_features.h5"
    model = load(path)
    assert model.loaded_with == "tf_keras"
    assert model.facts == inspect(path)
    scores = model.predict([np.zeros((2, 64, 48, 3), "float32"), np.zeros((2, 8), "float32")])
    assert [s.shape for s in scores] == [(2, 3)]


@pytest.mark.parametrize("place", [0, 1], ids=["keras", "h5"])
def test_a_keras_3_file_loads_with_keras_3_and_predicts_the_same(keras3_files: Any, place: int) -> None:
    path, original = keras3_files[place], keras3_files[2]
    random = np.random.default_rng(1)
    given = [random.normal(size=(3, 8, 8, 3)).astype("float32"), random.normal(size=(3, 2)).astype("float32")]
    model = load(path)
    assert model.loaded_with == "keras"
    assert [t.name for t in model.facts.inputs] == ["image", "extra"]
    assert [t.shape for t in inspect(path).outputs] == [(None, 3)]
    np.testing.assert_allclose(model.predict(given)[0], original.predict(given, verbose=0), atol=1e-6)


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "model.backup"
    path.write_bytes((REFERENCE / "tiny_cnn.h5").read_bytes())
    assert load(path).facts.format == "h5"


def test_a_model_with_a_lambda_is_refused_and_its_code_does_not_run(tmp_path: Path) -> None:
    tensorflow()
    import tf_keras

    canary = tmp_path / "ran"
    code = f"lambda x: (open({str(canary)!r}, 'w').close(), x)[1]"
    model = tf_keras.Sequential([tf_keras.layers.Input((2,)), tf_keras.layers.Lambda(eval(code), name="evil")])
    canary.unlink()
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(tmp_path / "m.h5")
    with pytest.raises(WorkbenchError) as caught:
        load(tmp_path / "m.h5")
    assert caught.value.code == "LAMBDA"
    assert "evil" in str(caught.value)
    assert not canary.exists()


def test_a_model_the_library_cannot_rebuild_is_refused_in_one_line(make_h5: Any) -> None:
    bad = {"class_name": "Dense", "config": {"name": "d", "units": 3, "nonsense": 1, "batch_input_shape": [None, 2]}}
    with pytest.raises(WorkbenchError) as caught:
        load(make_h5([bad]))
    assert caught.value.code == "LOADER_REFUSED"
    assert "\n" not in str(caught.value)


def _without_model(source: Path, target: Path) -> dict[str, Any]:
    """A copy of a model's weights alone; returns the model's configuration."""
    with h5py.File(source) as whole, h5py.File(target, "w") as weights:
        for name in whole["model_weights"]:
            whole.copy(f"model_weights/{name}", weights, name)
        for key, value in whole["model_weights"].attrs.items():
            weights.attrs[key] = value
        config: dict[str, Any] = json.loads(whole.attrs["model_config"])
    return config


def test_weights_alone_load_with_their_architecture(tmp_path: Path) -> None:
    source, path = REFERENCE / "tiny_cnn.h5", tmp_path / "weights.h5"
    config = _without_model(source, path)
    with pytest.raises(WorkbenchError, match="weights"):
        load(path)
    given = [np.random.default_rng(0).random((2, 64, 64, 3), "float32")]
    answer = load(path, options=LoadOptions(architecture=config)).predict(given)
    np.testing.assert_array_equal(answer[0], load(source).predict(given)[0])


def test_keras_3_weights_alone_load_with_their_architecture(keras3_files: Any, tmp_path: Path) -> None:
    original = keras3_files[2]
    path = tmp_path / "m.weights.h5"
    original.save_weights(path)
    architecture = {**json.loads(original.to_json()), "keras_version": "3.0.0"}
    given = [np.ones((1, 8, 8, 3), "float32"), np.ones((1, 2), "float32")]
    answer = load(path, options=LoadOptions(architecture=architecture)).predict(given)
    np.testing.assert_allclose(answer[0], original.predict(given, verbose=0), atol=1e-6)


def test_a_layer_too_large_for_any_memory_is_refused(make_h5: Any) -> None:
    huge = {"class_name": "Dense", "config": {"name": "d", "units": 10**12, "batch_input_shape": [None, 4]}}
    with pytest.raises(WorkbenchError, match="more weights than the file contains"):
        load(make_h5([huge]))
