"""The gate: files that would run something are refused by name, and nothing of them runs."""

from __future__ import annotations

import base64
import json
import marshal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import REFERENCE

from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import load
from workbench.core.model.load_policy import findings, refuse_unsafe
from workbench.core.model.options import LoadOptions
from workbench.spec.errors import WorkbenchError

DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 4]}}
Layers = Callable[[Path], list[dict[str, Any]]]


def _dense(**more: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {**DENSE["config"], **more}}  # type: ignore[dict-item]


def _written(canary: Path) -> bytes:
    """A function of this very Python that writes the canary: what a loader that unmarshals it would call."""
    return marshal.dumps(eval(f"lambda x: (open({str(canary)!r}, 'w').close(), x)[1]").__code__)


def _lambda(function: Any, **more: Any) -> dict[str, Any]:
    return {"class_name": "Lambda", "config": {"name": "evil", "function": function, "function_type": "lambda", **more}}


def _code(canary: Path) -> str:
    return base64.b64encode(_written(canary)).decode()


def _record(canary: Path) -> dict[str, Any]:
    config = {"code": _code(canary), "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": config, "module": "builtins"}


def _evil_module(canary: Path) -> str:
    (canary.parent / "evil_of_the_file.py").write_text(
        f"open({str(canary)!r}, 'w').close()\nclass Thing: pass\ndef thing(x): return x\n"
    )
    return "evil_of_the_file"


def _write_file(canary: Path) -> dict[str, Any]:
    node = ["_CONSTANT_VALUE", -1, str(canary), {"contents": "x"}]
    config = {"name": "w", "trainable": True, "dtype": "float32", "function": "io.write_file"}
    return {"class_name": "TFOpLambda", "config": config, "name": "w", "inbound_nodes": [node]}


def _pure_on_constants(canary: Path) -> dict[str, Any]:
    node = ["_CONSTANT_VALUE", -1, 1.0, {"y": 2.0}]
    config = {"name": "a", "trainable": True, "dtype": "float32", "function": "math.add"}
    return {"class_name": "TFOpLambda", "config": config, "name": "a", "inbound_nodes": [node]}


def _node(canary: Path) -> dict[str, Any]:
    node = {"name": "w", "op": "WriteFile", "input": ["a", "b"], "attr": {}}
    constants = {"0": str(canary), "1": "x"}
    return {"class_name": "TensorFlowOpLayer", "config": {"name": "w", "node_def": node, "constants": constants}}


def _vocabulary(canary: Path) -> dict[str, Any]:
    return {"class_name": "StringLookup", "config": {"name": "words", "vocabulary": "/etc/hostname"}}


def _foreign(canary: Path, **more: Any) -> dict[str, Any]:
    return {"module": _evil_module(canary), "class_name": "Thing", "config": {"name": "t"}, **more}


HOSTILE: dict[str, tuple[str, Layers]] = {
    "lambda base64": ("LAMBDA", lambda c: [DENSE, _lambda([_code(c), None, None])]),
    "lambda text": ("LAMBDA", lambda c: [DENSE, _lambda([_written(c).decode("latin1"), None, None])]),
    "lambda record": ("LAMBDA", lambda c: [DENSE, _lambda(_record(c))]),
    "lambda of garbage": ("LAMBDA", lambda c: [DENSE, _lambda(["c\x00\x00", None, None])]),
    "lambda output shape": (
        "LAMBDA",
        lambda c: [DENSE, _lambda("relu", output_shape=[_code(c), None, None], output_shape_type="lambda")],
    ),
    "lambda in a wrapper": (
        "LAMBDA",
        lambda c: [DENSE, {"class_name": "TimeDistributed", "config": {"name": "td", "layer": _lambda([_code(c)])}}],
    ),
    "lambda in a model": (
        "LAMBDA",
        lambda c: [DENSE, {"class_name": "Sequential", "config": {"name": "in", "layers": [_lambda([_code(c)])]}}],
    ),
    "lambda as activation": ("LAMBDA", lambda c: [_dense(activation=_record(c))]),
    "lambda as initialiser": ("LAMBDA", lambda c: [_dense(kernel_initializer=_record(c))]),
    "writing op": ("UNSAFE_OP", lambda c: [DENSE, _write_file(c)]),
    "op on constants": ("UNSAFE_OP", lambda c: [DENSE, _pure_on_constants(c)]),
    "writing node": ("UNSAFE_OP", lambda c: [DENSE, _node(c)]),
    "type from the registry": (
        "UNSAFE_OP",
        lambda c: [_dense(dtype={"class_name": "TypeSpec", "type_spec": "x", "serialized": []})],
    ),
    "class by module": ("FOREIGN_MODULE", lambda c: [DENSE, _foreign(c)]),
    "initialiser by module": ("FOREIGN_MODULE", lambda c: [_dense(kernel_initializer=_foreign(c))]),
    "function by module": (
        "FOREIGN_MODULE",
        lambda c: [_dense(activation=_foreign(c, class_name="function", config="thing", registered_name="thing"))],
    ),
    "registered class": (
        "CUSTOM_CLASS",
        lambda c: [DENSE, {"class_name": "Dense", "registered_name": "Evil>Thing", "module": "keras", "config": {}}],
    ),
    "registered function": (
        "CUSTOM_CLASS",
        lambda c: [
            _dense(activation={"class_name": "function", "config": "run", "module": "builtins", "registered_name": "f"})
        ],
    ),
    "utility as a class": (
        "KERAS_CLASS",
        lambda c: [{"class_name": "get_file", "module": "keras.utils", "config": {"origin": "http://localhost/"}}],
    ),
    "activation by name": ("CUSTOM_CLASS", lambda c: [_dense(activation="softplus2")]),
    "class by name": ("CUSTOM_CLASS", lambda c: [DENSE, {"class_name": "SplineWeight1D", "config": {"name": "s"}}]),
    "class without a name": ("CUSTOM_CLASS", lambda c: [DENSE, {"class_name": 7, "config": {"name": "s"}}]),
    "vocabulary in a file": ("FOREIGN_FILE", lambda c: [DENSE, _vocabulary(c)]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_by_name_and_runs_nothing(
    kind: str, make_h5: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, layers = HOSTILE[kind]
    canary = tmp_path / "ran"
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WorkbenchError) as caught:
        load(make_h5(layers(canary), keras_version="2.11.0"))
    assert not canary.exists()
    assert "evil_of_the_file" not in sys.modules
    assert caught.value.code == code
    assert "m.h5" in caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_same_parts_in_a_keras_3_configuration_are_refused(kind: str, tmp_path: Path) -> None:
    code, layers = HOSTILE[kind]
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers(tmp_path / "ran")}}
    assert code in {found for found, _ in findings(config, "keras")}


def test_a_keras_archive_with_a_lambda_is_refused(tmp_path: Path) -> None:
    tensorflow()
    import keras

    path, canary = tmp_path / "m.keras", tmp_path / "ran"
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.Activation("relu", name="evil")])
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][-1] |= {"class_name": "Lambda", "module": "keras.layers"}
    config["config"]["layers"][-1]["config"] = {"name": "evil", "function": _record(canary), "arguments": {}}
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert (caught.value.code, canary.exists()) == ("LAMBDA", False)
    assert "evil" in caught.value.message


def test_refusals_name_the_layers_through_wrappers_and_models() -> None:
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": [_lambda(["x"])]}}
    wrapped = {"class_name": "TimeDistributed", "config": {"name": "td", "layer": inner}}
    with pytest.raises(WorkbenchError, match="td/inner/evil") as caught:
        refuse_unsafe({"class_name": "Sequential", "config": {"name": "s", "layers": [wrapped]}}, "m.h5", "tf_keras")
    assert caught.value.code == "LAMBDA"


def test_the_gravest_reason_is_told_first() -> None:
    layers = [
        {"class_name": "Mine", "config": {}},
        _lambda(["x"]),
        {"class_name": "X", "module": "os", "config": {}},
    ]
    with pytest.raises(WorkbenchError) as caught:
        refuse_unsafe({"class_name": "Sequential", "config": {"name": "s", "layers": layers}}, "m.h5", "tf_keras")
    assert caught.value.code == "FOREIGN_MODULE"


def test_ordinary_models_pass() -> None:
    for name in ("tiny_cnn", "image_and_features", "mobilenet"):
        assert load(REFERENCE / f"{name}.h5").loaded_with == "tf_keras"


def _saved(tmp_path: Path, *layers: Any) -> Path:
    keras = legacy_keras()
    model = keras.Sequential([keras.layers.Input((2,)), *layers])
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(tmp_path / "m.h5")
    return tmp_path / "m.h5"


def test_a_lambda_runs_where_the_user_allows_its_code(tmp_path: Path) -> None:
    path = _saved(tmp_path, legacy_keras().layers.Lambda(lambda x: x * x, name="square"))
    with pytest.raises(WorkbenchError, match="square"):
        load(path)
    model = load(path, options=LoadOptions(allow_code=True))
    np.testing.assert_allclose(model.predict([np.array([[2, 3]], "float32")])[0], [[4, 9]])


def test_allowing_code_opens_no_module_path(make_h5: Any, tmp_path: Path) -> None:
    path = make_h5([DENSE, _foreign(tmp_path / "ran")], keras_version="2.11.0")
    with pytest.raises(WorkbenchError) as caught:
        load(path, options=LoadOptions(allow_code=True))
    assert caught.value.code == "FOREIGN_MODULE"


def test_objects_the_user_gives_are_used_by_name(tmp_path: Path) -> None:
    tf, layers = tensorflow(), legacy_keras().layers

    class Doubled(layers.Layer):  # type: ignore[misc,name-defined]
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    def softplus2(x: Any) -> Any:
        return tf.nn.softplus(x) - tf.math.log(2.0)

    path = _saved(tmp_path, Doubled(name="twice"), layers.Activation(softplus2, name="soft"))
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert caught.value.code == "CUSTOM_CLASS"
    model = load(path, options=LoadOptions(custom_objects={"Doubled": Doubled, "softplus2": softplus2}))
    expected = np.log1p(np.exp(2.0)) - np.log(2)
    np.testing.assert_allclose(model.predict([np.ones((1, 2), "float32")])[0], [[expected] * 2], rtol=1e-6)
