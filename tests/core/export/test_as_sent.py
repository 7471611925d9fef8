"""Across modules. Models that take images of any size: images as they are sent, and the open tensor signature beside a
fixed size.

Expected answers are Keras' own `load_img` and `predict`, and TensorFlow's decoder where it is the reader.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pictures import encoded, photo
from PIL import Image
from support import changed, reading

from workbench.core.export import export, read_signatures
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.core.predict import Predictor
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project

Array = npt.NDArray[Any]
READERS = (
    pytest.param("load_img:nearest", marks=pytest.mark.heavy),
    "load_img:bilinear",
    "image_dataset",
    "tf1",
)
SIZES = ((40, 56), (64, 48), (40, 56), (33, 71))


def make(folder: Path, *sides: int | None, channels: int = 3) -> Any:
    """A model of scores and a mask with a skip connection, saved as any.keras."""
    tensorflow()
    import keras

    keras.utils.set_random_seed(7)
    image = keras.Input((*sides, channels), name="image")
    seen = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    mask = keras.layers.Conv2D(1, 1, name="mask")(seen)
    scores = keras.layers.Dense(3, activation="softmax", name="kind")(keras.layers.GlobalAveragePooling2D()(seen))
    model = keras.Model(image, [scores, mask])
    model.save(folder / "any.keras")
    return model


def project(folder: Path, size: str = "as-sent", **options: Any) -> Project:
    made = default_project(inspect(folder / "any.keras"), "any.keras", size=size)
    return changed(made, **options)


@pytest.fixture(scope="module")
def any_size(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("any")
    return folder, make(folder, None, None)


@pytest.fixture(scope="module")
def session(any_size: tuple[Path, Any]) -> Iterator[ServingSession]:
    with closing(ServingSession(Path(export(project(any_size[0]), any_size[0]).path))) as opened:
        yield opened


def asked(session: ServingSession, *images: bytes) -> dict[str, Array]:
    return session.run("serving_default", {"input": list(images), "metadata": [str(n) for n in range(len(images))]})


def jpeg(height: int, width: int, seed: int = 0, **options: Any) -> bytes:
    return encoded(photo(height, width, seed=seed), "JPEG", quality=90, **options)


def loaded(data: bytes, mode: str = "rgb") -> Array:
    import keras

    picture = keras.utils.load_img(io.BytesIO(data), color_mode=mode)
    return np.asarray(keras.utils.img_to_array(picture, dtype="float32"))


@pytest.mark.parametrize("reader", READERS)
def test_images_of_any_size_are_answered_as_the_model_answers_them(reader: str, any_size: tuple[Path, Any]) -> None:
    folder, model = any_size
    made = export(project(folder, reader=reader), folder)
    with closing(ServingSession(Path(made.path))) as session:
        for size in SIZES:
            data = jpeg(*size)
            pixels = loaded(data) if reader.startswith("load_img") else np.asarray(tensorflow().io.decode_jpeg(data))
            assert pixels.shape == (*size, 3)
            scores, mask = model.predict(pixels[None].astype("float32") / 255, verbose=0)
            got = asked(session, data)
            np.testing.assert_allclose(got["kind"], scores, atol=1e-5)
            np.testing.assert_allclose(got["mask"], mask, atol=1e-5)
    assert made.runtime == export(project(folder, "20x30", reader=reader), folder).runtime


def test_images_of_one_size_go_together(session: ServingSession) -> None:
    images = [jpeg(40, 56, seed=n) for n in range(5)]
    together, alone = asked(session, *images), [asked(session, image) for image in images]
    for alias in ("kind", "mask"):
        np.testing.assert_allclose(together[alias], np.concatenate([one[alias] for one in alone]), atol=1e-6)


def test_a_request_of_different_sizes_is_refused_with_the_reason(session: ServingSession) -> None:
    with pytest.raises(WorkbenchError, match="MIXED_SIZES: all images of one request must have the same size"):
        asked(session, jpeg(40, 56), jpeg(56, 40))


def test_local_prediction_answers_each_image_as_if_alone_and_groups_by_size(
    any_size: tuple[Path, Any], session: ServingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for n, size in enumerate((*SIZES, *SIZES)):
        files.append(tmp_path / f"{n}.jpg")
        files[-1].write_bytes(jpeg(*size, seed=n))
    (tmp_path / "torn.jpg").write_bytes(files[0].read_bytes()[:300])
    batches: list[int] = []
    with closing(Predictor(Path(export(project(any_size[0]), any_size[0]).path))) as predictor:
        run = predictor.session.run

        def counted(name: str, columns: Any) -> dict[str, Array]:
            batches.append(len(columns["input"]))
            return run(name, columns)

        monkeypatch.setattr(predictor.session, "run", counted)
        rows = predictor.predict_images([*files[:3], tmp_path / "torn.jpg", *files[3:]])
    assert sorted(batches) == [1, 2, 2, 4]
    codes = [row.error.code if row.error else "" for row in rows]
    assert codes == ["", "", "", "BAD_IMAGE", "", "", "", "", ""]
    answered = [row.prediction for row in rows if row.prediction]
    for file, prediction in zip(files, answered, strict=True):
        expected = asked(session, file.read_bytes())
        np.testing.assert_allclose(np.asarray(prediction["kind"]), expected["kind"][0], atol=1e-6)
        np.testing.assert_allclose(np.asarray(prediction["mask"]), expected["mask"][0], atol=1e-6)


@pytest.mark.parametrize("size", ["as-sent", "20x30"])
def test_the_tensor_signature_takes_any_size(size: str, any_size: tuple[Path, Any]) -> None:
    folder, model = any_size
    made = export(project(folder, size), folder)
    tensors = read_signatures(Path(made.path)).signatures["tensor"]
    assert tensors.inputs["input"].shape == (-1, -1, -1, 3)
    assert tensors.outputs["mask"].shape == (-1, -1, -1, 1)
    with closing(ServingSession(Path(made.path))) as session:
        for shape in ((2, 17, 40, 3), (1, 64, 48, 3)):
            pixels = np.random.default_rng(0).random(shape, "float32")
            got = session.run("tensor", {"input": pixels, "metadata": ["x"] * shape[0]})
            for alias, expected in zip(("kind", "mask"), model.predict(pixels, verbose=0), strict=True):
                np.testing.assert_allclose(got[alias], expected, atol=1e-5)


def test_a_side_that_the_model_fixes_has_to_be_the_images(tmp_path: Path) -> None:
    model = make(tmp_path, None, 48)
    made = export(project(tmp_path), tmp_path)
    assert read_signatures(Path(made.path)).signatures["tensor"].inputs["input"].shape == (-1, -1, 48, 3)
    (tmp_path / "good.jpg").write_bytes(jpeg(31, 48))
    (tmp_path / "wide.jpg").write_bytes(jpeg(31, 49))
    with closing(Predictor(Path(made.path))) as predictor:
        good, wide = predictor.predict_images([tmp_path / "good.jpg", tmp_path / "wide.jpg"])
    assert wide.error is not None
    assert (wide.error.code, wide.error.message) == (
        "WRONG_SIZE",
        "This export takes images 48 pixels wide only, for they are taken as sent.",
    )
    assert good.prediction is not None
    expected = model.predict(loaded(jpeg(31, 48))[None] / 255, verbose=0)[0][0]
    np.testing.assert_allclose(np.asarray(good.prediction["kind"]), expected, atol=1e-5)


def test_turned_and_grey_images_as_sent_are_what_pillow_makes_of_them(tmp_path: Path) -> None:
    model = make(tmp_path, None, None, channels=1)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg(40, 56, exif=exif.tobytes())
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L")
    made = export(project(tmp_path, exif="turn"), tmp_path)
    with closing(ServingSession(Path(made.path))) as session:
        got = asked(session, data)
    assert got["mask"].shape == (1, 56, 40, 1)
    expected = model.predict(np.asarray(upright, "float32")[None, ..., None] / 255, verbose=0)
    np.testing.assert_allclose(got["mask"], expected[1], atol=1e-5)


def test_as_sent_is_refused_where_it_means_nothing(tmp_path: Path) -> None:
    make(tmp_path, 32, 48)
    with pytest.raises(WorkbenchError, match="32x48 pixels only") as caught:
        export(project(tmp_path), tmp_path)
    assert caught.value.code == "SIZE_MISMATCH"
    assert reading(project(tmp_path)).as_sent


def test_the_weights_beside_the_graph_change_nothing(any_size: tuple[Path, Any], session: ServingSession) -> None:
    import msgspec

    folder, _ = any_size
    made = project(folder)
    beside = msgspec.structs.replace(made, export=msgspec.structs.replace(made.export, layout="variables"))
    with closing(ServingSession(Path(export(beside, folder).path))) as other:
        for alias, value in asked(session, jpeg(50, 60)).items():
            if alias != "metadata":
                np.testing.assert_allclose(asked(other, jpeg(50, 60))[alias], value, atol=1e-6)
