"""`init` takes from the file what it says, tells why, and what comes of it is what the model itself answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, photo

from workbench.core.lazy import tensorflow
from workbench.spec.project import load_project
from workbench.spec.scaling_notes import SCALE_CODES

SCALED: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "rescaling": ("0..255", lambda keras, x: keras.layers.Rescaling(1 / 255)(x)),
    "preprocess_input": ("0..255", lambda keras, x: keras.applications.mobilenet_v2.preprocess_input(x)),
    "caffe": ("0..255", lambda keras, x: keras.applications.vgg16.preprocess_input(x)),
    "doubles": ("0..1", lambda keras, x: keras.layers.Rescaling(2.0, offset=-1.0)(x)),
}


def save(folder: Path, scaled: Callable[[Any, Any], Any], *sides: int | None) -> Any:
    tensorflow()
    import keras

    keras.utils.set_random_seed(3)
    image = keras.Input((*(sides or (24, 32)), 3), name="photo")
    x = keras.layers.Conv2D(8, 3, activation="relu")(scaled(keras, image))
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(4, activation="softmax", name="kind")(x))
    model.save(folder / "m.keras")
    return model


def answer(done: Any) -> np.ndarray[Any, Any]:
    return np.asarray(json.loads(done.out.splitlines()[0])["prediction"]["classes"])


@pytest.mark.parametrize("name", SCALED)
def test_a_model_that_scales_its_pixels_is_asked_as_it_was_trained(cli: Any, tmp_path: Path, name: str) -> None:
    import keras

    scale, scaled = SCALED[name]
    model = save(tmp_path, scaled)
    done = cli("init", tmp_path / "m.keras")
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "m.toml"))
    assert f"preprocess.scale = {scale}: the model " in done.err
    assert "itself (layer '" in done.err
    data = encoded(photo(24, 32), "JPEG")
    (tmp_path / "p.jpg").write_bytes(data)
    pixels = keras.utils.img_to_array(keras.utils.load_img(io.BytesIO(data)))
    expected = model.predict((pixels / (255 if scale == "0..1" else 1))[None], verbose=0)[0]
    found = cli("predict", tmp_path / "m.toml", tmp_path / "p.jpg", "--format", "jsonl")
    np.testing.assert_allclose(answer(found), expected, atol=1e-5)
    assert not [code for code in SCALE_CODES if code in found.err + done.err]


def test_defaults_and_notes_are_lists_in_json_and_the_users_scale_stays(cli: Any, tmp_path: Path) -> None:
    save(tmp_path, SCALED["rescaling"][1])
    plain = json.loads(cli("init", tmp_path / "m.keras", "--json").out)
    assert plain["path"] == str(tmp_path / "m.toml")
    fields = {default["field"]: default for default in plain["defaults"]}
    assert {"preprocess.input", "preprocess.size", "preprocess.reader", "preprocess.scale"} <= set(fields)
    assert fields["preprocess.scale"]["value"] == "0..255"
    assert fields["inputs.photo"]["value"] == "input"
    assert plain["notes"] == []
    own = cli("init", tmp_path / "m.keras", "--json", "--force", "--scale", "0..1")
    told = json.loads(own.out)
    assert [note["code"] for note in told["notes"]] == ["DOUBLE_NORMALISATION"]
    assert "preprocess.scale" not in {default["field"] for default in told["defaults"]}
    preprocess = load_project(tmp_path / "m.toml").preprocess
    assert preprocess is not None
    assert preprocess.scale == "0..1"
    (tmp_path / "p.jpg").write_bytes(encoded(photo(24, 32), "JPEG"))
    exported = cli("export", tmp_path / "m.toml", "--json")
    assert [note["code"] for note in json.loads(exported.out)["notes"]] == ["DOUBLE_NORMALISATION"]
    predicted = cli("predict", tmp_path / "m.toml", tmp_path / "p.jpg", "--format", "jsonl")
    for done in (own, exported, predicted):
        assert "DOUBLE_NORMALISATION preprocess.scale: The model divides by 255 itself" in done.err
        assert done.code == 0


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_mobilenet_v2_by_its_layers_is_read_as_its_published_weights_were(
    cli: Any, tmp_path: Path, library: str
) -> None:
    tensorflow()
    module = __import__(library)
    network = module.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None, classes=5)
    path = tmp_path / ("m.keras" if library == "keras" else "m.h5")
    network.save(path)
    done = cli("init", path)
    assert "preprocess.scale = -1..1: the published weights of MobileNetV2" in done.err
    preprocess = load_project(tmp_path / "m.toml").preprocess
    assert preprocess is not None
    assert preprocess.scale == "-1..1"
    assert "BACKBONE_SCALE" in cli("init", path, "--force", "--scale", "0..1").err


def test_a_model_of_any_size_asks_for_one_or_takes_images_as_sent(cli: Any, tmp_path: Path) -> None:
    import keras

    model = save(tmp_path, SCALED["rescaling"][1], None, None)
    refused = cli("init", tmp_path / "m.keras")
    assert refused.code == 2
    assert "--size HxW, or --size as-sent" in refused.err
    assert not (tmp_path / "m.toml").exists()
    assert cli("init", tmp_path / "m.keras", "--size", "as-sent").code == 0
    shown = json.loads(cli("show", tmp_path / "m.toml", "--json").out)
    assert shown["signatures"]["tensor"]["inputs"]["input"]["shape"] == [-1, -1, -1, 3]
    assert "AS_SENT" in [note["code"] for note in shown["notes"]]
    images = [encoded(photo(*size), "JPEG") for size in ((24, 40), (50, 31), (24, 40))]
    for n, data in enumerate(images):
        (tmp_path / f"{n}.jpg").write_bytes(data)
    done = cli("predict", tmp_path / "m.toml", *(tmp_path / f"{n}.jpg" for n in range(3)), "--format", "jsonl")
    assert done.code == 0
    for data, line in zip(images, done.out.splitlines(), strict=True):
        pixels = keras.utils.img_to_array(keras.utils.load_img(io.BytesIO(data)))
        expected = model.predict(pixels[None], verbose=0)[0]
        np.testing.assert_allclose(json.loads(line)["prediction"]["classes"], expected, atol=1e-5)


def test_keys_that_one_loader_refuses_are_refused_before_anything_is_written(cli: Any, work: Path) -> None:
    done = cli("init", work / "tiny_cnn.h5", "--image-key", "class")
    assert done.code == 2
    assert "Python keyword" in done.err
    assert "signature.image_key" in done.err
    assert not (work / "tiny_cnn.toml").exists()
    assert cli("init", work / "tiny_cnn.h5").code == 0
    text = (work / "tiny_cnn.toml").read_text()
    (work / "tiny_cnn.toml").write_text(text.replace('"metadata",', '"a-b", "a_b",'))
    refused = cli("export", work / "tiny_cnn.toml", "-o", work / "out")
    assert (refused.code, (work / "out").exists()) == (2, False)
    assert "'a_b' cannot be a request key beside 'a-b'" in refused.err


def test_keys_are_those_of_the_authors_dicts_unless_others_are_asked_for(cli: Any, tmp_path: Path) -> None:
    tensorflow()
    import keras

    photo, age = keras.Input((8, 8, 3), name="photo"), keras.Input((2,), name="age")
    x = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(photo), age])
    kind = keras.layers.Dense(4, name="dense_z")(x)
    keras.Model({"photo": photo, "age": age}, {"kind": kind}).save(tmp_path / "m.keras")
    cli("init", tmp_path / "m.keras")
    shown = json.loads(cli("show", tmp_path / "m.toml", "--json").out)["signatures"]["serving_default"]
    assert (set(shown["inputs"]), set(shown["outputs"])) == ({"photo", "age", "metadata"}, {"kind", "metadata"})
    cli("init", tmp_path / "m.keras", "--force", "--image-key", "input", "--scores-key", "classes")
    shown = json.loads(cli("show", tmp_path / "m.toml", "--json").out)["signatures"]["serving_default"]
    assert (set(shown["inputs"]), set(shown["outputs"])) == ({"input", "age", "metadata"}, {"classes", "metadata"})
