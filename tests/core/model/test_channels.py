"""Models that read channels first, where TensorFlow runs without oneDNN: opened, predicted and exported right.

The truth is Keras' own `predict` in a process that has oneDNN, which computes the layout as the layers say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from layout_models import SIDES, build, child, largest, picture
from support import IMAGE, facts

from workbench.core.check.reference_client import _environment
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect
from workbench.core.model.channels import EitherLayout
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Problem

KERAS = """
import sys, numpy as np, {library} as library
model = library.models.load_model(sys.argv[1], compile=False)
np.savez(sys.argv[3], *model.predict(np.load(sys.argv[2]), verbose=0))
"""
"""Plain Keras on a file: no line of ours in it."""

OURS = """
import sys, json, numpy as np
from contextlib import closing
from pathlib import Path
from workbench.core.export import export
from workbench.core.model import inspect, load
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
path, given, folder = Path(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[3])
model = load(path)
try:
    model.keras_model.predict(given, verbose=0)
except Exception as err:
    refused = "NHWC" in str(err)
np.savez(folder / "predicted.npz", *model.predict([given]))
np.savez(folder / "called.npz", *map(np.asarray, model([given])))
project = default_project(inspect(path), path.name)
result = export(project, path.parent)
with closing(ServingSession(Path(result.path))) as session:
    signature = session.signatures["serving_default"]
    columns = {a: given if t.dtype == "DT_FLOAT" else ["a"] * len(given) for a, t in signature.inputs.items()}
    answered = session.run("serving_default", columns)
    np.savez(folder / "exported.npz", *(answered[a] for a in answered if answered[a].dtype.kind == "f"))
print(json.dumps({"runtime": result.runtime, "refused": refused}))
"""

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.mark.parametrize(
    ("library", "name"), [pytest.param("tf_keras", "m.h5", marks=pytest.mark.heavy), ("keras", "m.keras")]
)
def test_without_onednn_a_model_predicts_and_exports_what_keras_answers_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, name: str
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    tensorflow()
    import keras

    build(legacy_keras() if library == "tf_keras" else keras, 5, "channels_first", 2).save(tmp_path / name)
    given = picture(7, "channels_first", SIDES[2], count=40)  # More than one batch.
    np.save(tmp_path / "given.npy", given)
    child(KERAS.format(library=library), tmp_path / name, tmp_path / "given.npy", tmp_path / "truth.npz", onednn=True)
    told = json.loads(child(OURS, tmp_path / name, tmp_path / "given.npy", tmp_path, onednn=False).splitlines()[-1])
    assert told == {"runtime": "1.15", "refused": True}  # Refused by Keras alone, or nothing would be proven.
    for kind in ("predicted", "called", "exported"):
        _same(tmp_path / f"{kind}.npz", tmp_path / "truth.npz", in_order=kind != "exported")


def _same(ours: Path, truth: Path, *, in_order: bool) -> None:
    """The arrays of two files; a reply's are found by their shapes, which differ."""
    with np.load(ours) as file, np.load(truth) as other:
        found, expected = list(file.values()), list(other.values())
    if not in_order:
        found = [next(y for y in found if y.shape == t.shape) for t in expected]
    for mine, theirs in zip(found, expected, strict=True):
        assert largest(mine, theirs) < 5e-6


class _Refusing:
    """A model whose `predict` and eager calls fail as TensorFlow without oneDNN does; traced it is the real one."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, given: Any, verbose: int) -> Any:
        raise tensorflow().errors.UnimplementedError(None, None, "only supports the NHWC tensor format on the CPU")

    def __call__(self, given: Any, training: bool) -> Any:
        if tensorflow().executing_eagerly():
            self.predict(given, 0)
        return self._model(given, training=training)


def test_structures_pass_as_the_author_nests_them() -> None:
    tensorflow()
    import keras

    layers = keras.layers

    def make(first: bool) -> Any:
        shape = (3, 6, 6) if first else (6, 6, 3)
        data_format = "channels_first" if first else "channels_last"
        given = {"b": keras.Input(shape, name="b"), "a": [keras.Input(shape, name="p"), keras.Input((2,), name="q")]}
        left = layers.Conv2D(2, 3, data_format=data_format)(given["b"])
        right = layers.Conv2D(1, 2, data_format=data_format)(given["a"][0])
        zebra, apple = (layers.GlobalMaxPooling2D(data_format=data_format)(hidden) for hidden in (left, right))
        return keras.Model(given, {"zebra": zebra, "apple": [layers.Dense(2)(given["a"][1]), apple]})

    model, twin = make(True), make(False)
    twin.set_weights(model.get_weights())
    one, two = (picture(n, "channels_first", (6, 6), 3, 35) for n in (1, 2))
    numbers = np.ones((35, 2), "float32")
    expected = twin.predict({"b": np.moveaxis(one, 1, -1), "a": [np.moveaxis(two, 1, -1), numbers]}, verbose=0)
    either = EitherLayout(_Refusing(model))
    for got in (either.predict({"b": one, "a": [two, numbers]}), either.call({"b": one, "a": [two, numbers]})):
        assert largest(np.asarray(got["zebra"]), expected["zebra"]) < 2e-6
        assert largest(np.asarray(got["apple"][0]), expected["apple"][0]) < 2e-6
        assert largest(np.asarray(got["apple"][1]), expected["apple"][1]) < 2e-6


def test_pictures_of_another_size_are_predicted_too() -> None:
    keras = legacy_keras()
    inputs = keras.Input((3, None, None))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, data_format="channels_first")(inputs))
    either = EitherLayout(_Refusing(model))
    assert [either.predict(picture(1, "channels_first", (n, n), 3)).shape for n in (8, 9, 8)] == [
        (3, 2, 6, 6),
        (3, 2, 7, 7),
        (3, 2, 6, 6),
    ]


def test_an_error_that_is_not_the_layouts_stays_what_it_is() -> None:
    keras, tf = legacy_keras(), tensorflow()
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, keras.layers.Embedding(4, 2)(inputs))
    with pytest.raises(tf.errors.InvalidArgumentError, match="9 is not in"):
        EitherLayout(model).predict(np.array([[0, 1, 9]], "int32"))


def test_inspect_names_the_layers_and_that_there_is_nothing_to_do(tmp_path: Path) -> None:
    keras = legacy_keras()
    layers, first = keras.layers, {"data_format": "channels_first"}
    inner = keras.Sequential([keras.Input((4, 8, 8)), layers.MaxPooling2D(**first, name="pool")], name="inner")
    stack = [layers.Conv2D(4, 3, **first, name="conv"), inner, layers.Flatten(**first), layers.Dense(2)]
    keras.Sequential([keras.Input((3, 10, 10)), *stack]).save(tmp_path / "m.h5")
    (problem,) = inspect(tmp_path / "m.h5").problems
    assert problem.code == "CHANNELS_FIRST"
    assert "2 layers read their input channels first (conv, inner/pool)" in problem.message
    assert "No action is needed" in problem.message


def test_inspect_says_nothing_where_only_the_form_is_turned(tmp_path: Path) -> None:
    keras = legacy_keras()
    layers, first = keras.layers, {"data_format": "channels_first"}
    stack = [layers.ZeroPadding2D(1, **first), layers.GlobalAveragePooling2D(**first), layers.Dense(2)]
    keras.Sequential([keras.Input((3, 10, 10)), *stack]).save(tmp_path / "m.h5")
    assert inspect(tmp_path / "m.h5").problems == ()


def test_what_cannot_be_rewritten_is_refused_by_name_in_predict_too() -> None:
    tf = tensorflow()

    class Odd(_Refusing):
        def __call__(self, given: Any, training: bool) -> Any:
            sizes = {"ksize": [1, 1, 2, 2], "strides": [1, 1, 2, 2], "padding": "VALID", "data_format": "NCHW"}
            if tf.executing_eagerly():
                self.predict(given, 0)
            pooled = tf.raw_ops.MaxPool(input=given, **sizes)
            return tf.raw_ops.MaxPoolGrad(orig_input=given, orig_output=pooled, grad=pooled, name="odd", **sizes)

    with pytest.raises(WorkbenchError, match=r"odd.*MaxPoolGrad") as caught:
        EitherLayout(Odd(None)).predict(picture(1, "channels_first", (8, 8)))
    assert caught.value.code == "CHANNELS_FIRST"


def test_the_gate_runs_keras_with_onednn_where_the_layout_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the judge of an export computes the layers as they are, with nothing rewritten."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    plain = facts(IMAGE)
    first = msgspec.structs.replace(plain, problems=(Problem("CHANNELS_FIRST", "1 layer reads its input so."),))
    assert [_environment(one)["TF_ENABLE_ONEDNN_OPTS"] for one in (plain, first)] == ["0", "1"]
