"""Across modules. Models that are not one picture in, one score a class out: exported to the answers of their own
`predict`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE, changed

from workbench.core.export import build, export
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ExportResult
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput

PHOTOS = [REFERENCE / "images" / f"img0{n}.jpg" for n in (0, 3, 7)]

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")

Answers = dict[str, Any]
Exported = Callable[..., tuple[ExportResult, Callable[..., Answers]]]


@pytest.fixture
def keras() -> Any:
    return legacy_keras()


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    """Saves a model, exports it by a project made of its facts, and answers a way to run a signature."""

    def make_one(model: Any, change: Callable[[Project], Project] = lambda p: p, **options: str) -> Any:
        name = "m.h5" if "tf_keras" in type(model).__module__ else "m.keras"
        model.save(tmp_path / name)
        project = change(default_project(inspect(tmp_path / name), name, **options))
        result = export(project, tmp_path)

        def run(signature: str = "serving_default", **columns: Any) -> Answers:
            session = ServingSession(Path(result.path))
            try:
                return session.run(signature, columns)
            finally:
                session.close()

        return result, run

    return make_one


def _read(size: tuple[int, int], kernel: str = "nearest", mode: str = "rgb") -> Any:
    load = legacy_keras().utils.load_img
    pictures = [load(p, target_size=size, interpolation=kernel, color_mode=mode) for p in PHOTOS]
    return np.stack([np.asarray(p, "float32").reshape(*size, -1) for p in pictures])


DATA = [p.read_bytes() for p in PHOTOS]
IDS = ["a", "b", "c"]


def test_two_pictures_each_read_in_its_own_way(keras: Any, exported: Exported) -> None:
    left, right = keras.Input((16, 16, 3), name="left"), keras.Input((8, 12, 1), name="right")
    flat = [keras.layers.Flatten()(x) for x in (left, right)]
    model = keras.Model([left, right], keras.layers.Dense(2)(keras.layers.Concatenate()(flat)))

    def change(project: Project) -> Project:
        own = Preprocess(size=(8, 12), reader="load_img:box", scale="-1..1")
        return msgspec.structs.replace(project, images={"right": ImageInput(key="second", preprocess=own)})

    _, run = exported(model, change)
    grey = _read((8, 12), "box", "grayscale")[[2, 0, 1]]
    expected = model.predict([_read((16, 16)) / 255, grey / 127.5 - 1], verbose=0)
    got = run(input=DATA, second=[DATA[2], DATA[0], DATA[1]], metadata=IDS)
    np.testing.assert_allclose(got["classes"], expected, atol=1e-5)


def test_values_alone(keras: Any, exported: Exported) -> None:
    numbers, ids = keras.Input((4,), name="numbers"), keras.Input((3,), dtype="int32", name="ids")
    embedded = keras.layers.Flatten()(keras.layers.Embedding(10, 2)(ids))
    both = keras.layers.Concatenate()([numbers, embedded])
    model = keras.Model([numbers, ids], keras.layers.Dense(1, "sigmoid")(both))
    result, run = exported(model)
    random = np.random.default_rng(0)
    x, i = random.normal(size=(3, 4)).astype("float32"), random.integers(0, 10, (3, 3)).astype("int32")
    np.testing.assert_allclose(
        run(numbers=x, ids=i, metadata=IDS)["classes"], model.predict([x, i], verbose=0), atol=1e-6
    )
    assert result.runtime == "1.15"


def test_an_input_that_no_output_depends_on_is_asked_for_and_ignored(keras: Any, exported: Exported) -> None:
    numbers, unused = keras.Input((4,), name="numbers"), keras.Input((3,), name="unused")
    keras.layers.Dense(2)(unused)
    model = keras.Model([numbers, unused], keras.layers.Dense(2)(numbers))
    _, run = exported(model)
    random = np.random.default_rng(0)
    x, other = random.normal(size=(3, 4)).astype("float32"), random.normal(size=(3, 3)).astype("float32")
    expected = model.predict([x, other], verbose=0)
    np.testing.assert_allclose(run(numbers=x, unused=other, metadata=IDS)["classes"], expected, atol=1e-6)


def test_text_is_fed_as_it_is(keras: Any, exported: Exported) -> None:
    words = keras.Input((2,), dtype="string", name="words")
    hashed = keras.layers.Hashing(num_bins=16)(words)
    model = keras.Model(words, keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Embedding(16, 3)(hashed))))
    _, run = exported(model)
    given = np.array([["a", "b"], ["ü", ""], ["word", "word"]], dtype=object)
    expected = model.predict(tensorflow().constant(given), verbose=0)
    np.testing.assert_allclose(run(words=given, metadata=IDS)["classes"], expected, atol=1e-6)


def test_several_outputs_of_other_shapes_and_dtypes(keras: Any, exported: Exported) -> None:
    image = keras.Input((8, 8, 3), name="image")
    mask = keras.layers.Conv2D(2, 3, padding="same", name="mask")(image)
    angle = keras.layers.Dense(1, name="angle")(keras.layers.Flatten()(mask))
    model = keras.Model(image, [mask, angle])

    def change(project: Project) -> Project:
        signature = msgspec.structs.replace(project.signature, outputs={"mask": "segments"})
        return msgspec.structs.replace(project, signature=signature)

    _, run = exported(model, change)
    expected = model.predict(_read((8, 8)) / 255, verbose=0)
    got = run(input=DATA, metadata=IDS)
    np.testing.assert_allclose(got["segments"], expected[0], atol=1e-5)
    np.testing.assert_allclose(got["angle"], expected[1], atol=1e-5)


def test_a_model_of_any_size_keeps_its_open_shapes(keras: Any, exported: Exported) -> None:
    image = keras.Input((None, None, 3), name="image")
    model = keras.Model(image, keras.layers.Conv2D(1, 3)(image))
    _, run = exported(model, size="9x11")
    expected = model.predict(_read((9, 11)) / 255, verbose=0)
    np.testing.assert_allclose(run(input=DATA, metadata=IDS)["classes"], expected, atol=1e-5)


@pytest.mark.parametrize(("labels", "activation"), [(("no", "yes"), ""), (("no", "yes"), "sigmoid")])
def test_one_unit_stands_for_two_labels(keras: Any, exported: Exported, labels: Any, activation: str) -> None:
    image = keras.Input((8, 8, 3), name="image")
    last = None if activation else "sigmoid"
    model = keras.Model(image, keras.layers.Dense(1, last)(keras.layers.Flatten()(image)))

    def change(project: Project) -> Project:
        keys = {"labels": labels, "top_k": 2, "best_key": "best", "classify": "c", "activation": activation}
        return msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **keys))

    _, run = exported(model, change)
    score = model.predict(_read((8, 8)) / 255, verbose=0)[:, 0]
    score = 1 / (1 + np.exp(-score)) if activation else score
    got = run(input=DATA, metadata=IDS)
    np.testing.assert_allclose(got["classes"][:, 0], score, atol=1e-5)
    assert got["best"].tolist() == [labels[int(s > 0.5)].encode() for s in score]
    np.testing.assert_allclose(got["scores"][:, 0], np.maximum(score, 1 - score), atol=1e-5)


def test_logits_become_a_softmax_before_anything_is_made_of_them(keras: Any, exported: Exported) -> None:
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(image)))

    def change(project: Project) -> Project:
        keys = {"activation": "softmax", "top_k": 3}
        return msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **keys))

    _, run = exported(model, change)
    expected = tensorflow().nn.softmax(model.predict(_read((8, 8)) / 255, verbose=0)).numpy()
    got = run(input=DATA, metadata=IDS)
    np.testing.assert_allclose(got["classes"], expected, atol=1e-6)
    assert got["labels"].tolist() == np.argsort(-expected, 1)[:, :3].tolist()


def test_a_keras_3_model_of_bytes_is_fed_whole_numbers(exported: Exported) -> None:
    tensorflow()
    import keras

    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    scaled = keras.layers.Rescaling(1 / 255)(image)
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(scaled)))
    _, run = exported(model)
    expected = model.predict(_read((6, 6)).astype("uint8"), verbose=0)
    np.testing.assert_allclose(run(input=DATA, metadata=IDS)["classes"], expected, atol=1e-5)
    raw = run("tensor", input=_read((6, 6)).astype("uint8"), metadata=IDS)
    np.testing.assert_allclose(raw["classes"], expected, atol=1e-5)


STEPS = np.random.default_rng(1).normal(size=(3, 5, 4)).astype("float32")


@pytest.fixture(scope="module")
def recurrent() -> tuple[Any, Any]:
    """A model with two loops, a shared layer and a folded one, and what it says to the photos and `STEPS`."""
    keras = legacy_keras()
    image, steps = keras.Input((8, 8, 3), name="image"), keras.Input((5, 4), name="steps")
    shared = keras.layers.Dense(6, name="shared")
    lines = keras.layers.Reshape((8, 24))(image)
    read = keras.layers.Bidirectional(keras.layers.GRU(3, reset_after=False))(shared(lines))
    told = keras.layers.LSTM(3)(keras.layers.Masking()(steps))
    normed = keras.layers.BatchNormalization()(keras.layers.Concatenate()([read, told]))
    model = keras.Model([image, steps], keras.layers.Dense(2)(normed))
    return model, model.predict([_read((8, 8)) / 255, STEPS], verbose=0)


@pytest.mark.parametrize("layout", ["frozen", "variables"])
def test_loops_and_shared_layers_live_in_both_layouts(
    recurrent: tuple[Any, Any], exported: Exported, layout: Any
) -> None:
    model, expected = recurrent

    def change(project: Project) -> Project:
        return msgspec.structs.replace(project, export=msgspec.structs.replace(project.export, layout=layout))

    result, run = exported(model, change)
    got = run(input=DATA, steps=STEPS, metadata=IDS)
    np.testing.assert_allclose(got["classes"], expected, atol=1e-5)
    assert (result.layout, result.runtime) == (layout, "1.15")


def test_weights_too_large_for_one_file_go_beside_it(
    keras: Any, exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MAX_FROZEN", 1000)
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)))
    result, run = exported(model)
    assert result.layout == "variables"
    assert (Path(result.path) / "variables" / "variables.index").is_file()
    expected = model.predict(_read((8, 8)) / 255, verbose=0)
    np.testing.assert_allclose(run(input=DATA, metadata=IDS)["classes"], expected, atol=1e-5)


def test_a_batch_of_none_answers_none(keras: Any, exported: Exported) -> None:
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)))
    _, run = exported(model)
    got = run(input=[], metadata=[])
    assert got["classes"].shape == (0, 2)
    assert len(got["metadata"]) == 0


def test_a_png_goes_where_it_is_declared(keras: Any, exported: Exported) -> None:
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)))
    result, run = exported(model, lambda p: changed(p, formats="jpeg+png"))
    out = io.BytesIO()
    Image.open(PHOTOS[0]).save(out, "PNG")
    got = run(input=[out.getvalue(), DATA[0]], metadata=["a", "b"])
    np.testing.assert_array_equal(got["classes"][0], got["classes"][1])
    assert result.runtime == "1.15"


def test_outputs_whose_keys_differ_in_case_only_leave_under_their_own(keras: Any, exported: Exported) -> None:
    x = keras.Input((4,), name="Given")
    y = keras.Input((4,), name="given")
    layers = keras.layers
    model = keras.Model([x, y], {"ELU": layers.Dense(2)(x), "elu": layers.Dense(2)(y), "Elu": layers.Dense(2)(x)})
    one, two = np.random.default_rng(0).random((2, 3, 4)).astype("float32")
    expected = model.predict([one, two], verbose=0)
    _, run = exported(model)
    answered = run(Given=one, given=two, metadata=["a", "b", "c"])
    for key in ("ELU", "elu", "Elu"):
        np.testing.assert_allclose(answered[key], expected[key], rtol=0, atol=1e-6)


def test_a_model_that_keeps_a_state_between_predictions_is_refused(keras: Any, exported: Exported) -> None:
    x = keras.Input(batch_shape=(2, 5, 3), name="steps")
    model = keras.Model(x, keras.layers.LSTM(3, stateful=True)(x))
    with pytest.raises(WorkbenchError) as caught:
        exported(model)
    assert caught.value.code == "WRITES_VARIABLES"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_model_that_computes_in_half_floats_is_exported_within_their_precision(
    keras: Any, exported: Exported, policy: str
) -> None:
    L = keras.layers
    image = keras.Input((24, 24, 3), name="image")
    x = L.Conv2D(16, 3, activation="relu", dtype=policy)(image)
    x = L.GlobalAveragePooling2D(dtype=policy)(x)
    model = keras.Model(image, L.Dense(4, activation="softmax", dtype="float32", name="kind")(x))
    result, run = exported(model)
    assert result.difference <= 2.0**-7
    dark = io.BytesIO()
    Image.new("RGB", (24, 24)).save(dark, "JPEG")
    truth = model.predict(np.zeros((1, 24, 24, 3), "float32"), verbose=0)
    found = run(input=[dark.getvalue()], metadata=["a"])["classes"]
    np.testing.assert_allclose(found, truth, atol=2.0**-7)
