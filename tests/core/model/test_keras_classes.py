"""The allow-list against the exports of the installed Keras and tf_keras: what Keras writes, the scan must know."""

from __future__ import annotations

import inspect
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import library

from workbench.core.model import inspect as scan
from workbench.core.model import load
from workbench.core.model.keras_classes import KNOWN_CLASSES, KNOWN_SMALL, REFUSED
from workbench.core.model.load_policy import findings, known_names
from workbench.core.model.repair.names import ACTIVATIONS
from workbench.spec.errors import WorkbenchError

MODULES = ("layers", "dtype_policies", "quantizers", "initializers", "regularizers", "constraints", "mixed_precision")
BASES = frozenset("Layer Wrapper InputSpec Initializer Regularizer Constraint Quantizer BaseLossScaleOptimizer".split())
"""Classes that authors derive theirs from; no file names them."""


def exported(keras: Any, module: str) -> dict[str, Any]:
    found = getattr(keras, module, None)
    return {name: value for name, value in vars(found).items() if inspect.isclass(value)} if found else {}


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@pytest.mark.parametrize("module", MODULES)
def test_every_exported_class_is_known_or_refused_by_name(name: str, module: str) -> None:
    classes = exported(library(name), module)
    # Keras writes a class's own name, which is not always the exported one (GroupQueryAttention).
    written = {*classes, *(value.__name__ for value in classes.values())}
    assert written - known_names() - REFUSED.keys() - BASES - {"PolicyV1"} == set()


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
def test_every_exported_activation_is_known(name: str) -> None:
    activations = {n for n, value in vars(library(name).activations).items() if inspect.isfunction(value)}
    assert activations - ACTIVATIONS[name] - {"get", "serialize", "deserialize"} == set()


def test_no_layer_is_known_that_neither_library_has_nor_older_ones_had() -> None:
    older = """
        AtrousConvolution1D AtrousConvolution2D BatchNormalizationV1 BatchNormalizationV2 CuDNNGRU CuDNNLSTM
        Deconvolution2D Functional Highway MaxoutDense Merge Model Network ParametricSoftplus Sequential
        SlicingOpLambda SyncBatchNormalization TFOpLambda TensorFlowOpLayer TimeDistributedDense
    """.split()
    today = {
        written
        for name in ("keras", "tf_keras")
        for module in MODULES
        for exported_name, value in exported(library(name), module).items()
        for written in (exported_name, value.__name__)
    }
    assert KNOWN_CLASSES - today - set(older) == set()
    assert KNOWN_SMALL - today == {"PolicyV1"}  # tf.keras 2.4's.


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"module": "keras.layers", "class_name": "BrandNew", "registered_name": None}, "KERAS_CLASS"),
        ({"module": "keras.src.layers.core.new", "class_name": "New", "registered_name": "New"}, "KERAS_CLASS"),
        ({"module": "keras.layers", "class_name": "TFSMLayer", "registered_name": None}, "KERAS_CLASS"),
        ({"module": None, "class_name": "Mine", "registered_name": "Custom>Mine"}, "CUSTOM_CLASS"),
        ({"module": "keras.layers", "class_name": "Mine", "registered_name": "Custom>Mine"}, "CUSTOM_CLASS"),
        ({"class_name": "Mine"}, "CUSTOM_CLASS"),
    ],
)
def test_a_class_of_keras_modules_is_never_called_the_authors(record: dict[str, Any], code: str) -> None:
    layer = {**record, "config": {"name": "it"}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    assert {found for found, _ in findings(config, "keras")} == {code}


def _dense(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((16,)), layers.Dense(24, activation="relu"), layers.Dense(7)])


def _embedding(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(20, 8), layers.Flatten(), _dense_of(keras)]
    )


def _dense_of(keras: Any) -> Any:
    return keras.layers.Dense(3)


def _given(model: Any) -> Any:
    random = np.random.default_rng(0)
    shape = (6, *model.inputs[0].shape[1:])
    integers = model.inputs[0].dtype == "int32"
    return random.integers(0, 20, shape).astype("int32") if integers else random.normal(size=shape).astype("float32")


def _lora(model: Any) -> None:
    for layer in model.layers:
        if hasattr(layer, "enable_lora"):
            layer.enable_lora(2)
            trained = [v for v in layer.trainable_variables if "lora" in v.path]
            for variable in trained:
                variable.assign(np.random.default_rng(1).normal(0, 0.1, variable.shape))


def _quantize(model: Any, how: str, keras: Any) -> None:
    if how == "lora":
        _lora(model)
    elif how == "int4, no blocks":
        model.quantize(config=keras.quantizers.Int4QuantizationConfig(block_size=None))
    elif how == "int8, weights only":
        quantizer = keras.quantizers.AbsMaxQuantizer(axis=0)
        config = keras.quantizers.Int8QuantizationConfig(weight_quantizer=quantizer, activation_quantizer=None)
        model.quantize(config=config)
    else:
        model.quantize(how)


QUANTIZED = ["int8", "int4", "int4, no blocks", "int8, weights only", "float8", "lora"]


@pytest.mark.parametrize("how", QUANTIZED)
def test_a_quantized_model_opens_with_the_numbers_of_the_one_that_was_saved(how: str, tmp_path: Path) -> None:
    keras = library("keras")
    for make in (_dense, _embedding):
        if make is _embedding and how == "int8, weights only":
            continue  # Keras cannot quantize an Embedding by that quantizer's axis.
        keras.utils.set_random_seed(1)
        model = make(keras)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras names the layers that have nothing to quantize.
            _quantize(model, how, keras)
        given = _given(model)
        path = tmp_path / "m.keras"
        model.save(path)
        assert scan(path).problems == ()
        np.testing.assert_allclose(load(path)([given])[0].numpy(), model(given).numpy(), rtol=0, atol=1e-6)


def test_layers_with_grouped_queries_open(tmp_path: Path) -> None:
    keras = library("keras")
    x = keras.Input((4, 8))
    attended = keras.layers.GroupQueryAttention(4, 4, 2)(x, x)
    model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Flatten()(attended)))
    path, given = tmp_path / "m.keras", np.ones((2, 4, 8), "float32")
    model.save(path)
    assert scan(path).custom_objects == ()
    np.testing.assert_allclose(load(path)([given])[0].numpy(), model(given).numpy(), rtol=0, atol=1e-6)


def test_what_compiling_needs_is_no_reason_to_refuse_a_model(tmp_path: Path) -> None:
    keras = library("keras")
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="inner")
    inner.compile("adam", loss=lambda y, p: keras.ops.mean(abs(y - p)))
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2)])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model.compile(keras.optimizers.Lion(schedule), loss=keras.losses.Dice(), metrics=[keras.metrics.MeanIoU(2)])
    path, given = tmp_path / "m.keras", np.ones((2, 4), "float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the lambda, which is the point.
        model.save(path)
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    assert config["compile_config"]
    assert config["config"]["layers"][1]["compile_config"]["loss"]["class_name"] == "__lambda__"
    facts = scan(path)
    assert (facts.problems, facts.runs_code) == ((), ())
    loaded = load(path)
    np.testing.assert_allclose(loaded([given])[0].numpy(), model(given).numpy(), rtol=0, atol=1e-6)
    assert not any(getattr(each, "compiled", False) for each in (loaded.keras_model, *loaded.keras_model.layers))


def test_a_lambda_layer_inside_is_still_refused_where_the_loss_is_dropped(tmp_path: Path) -> None:
    keras = library("keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: keras.ops.sin(x))])
    model.compile("adam", loss=lambda y, p: keras.ops.mean(abs(y - p)))
    path = tmp_path / "m.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert caught.value.code == "LAMBDA"


RECORDED = Path(__file__).parents[2] / "data" / "quantized"


def test_a_calibrated_gptq_model_opens_with_what_its_release_predicted() -> None:
    with np.load(RECORDED / "gptq_3.12.1.npz") as recorded:
        answer = load(RECORDED / "gptq_3.12.1.keras")([recorded["x"]])[0].numpy()
        np.testing.assert_allclose(answer, recorded["y"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["gptq_3.15.1", "awq_3.15.1", "uncalibrated_3.12.1"])
def test_quantized_weights_that_did_not_reach_the_file_are_named(name: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        load(RECORDED / f"{name}.keras")
    assert caught.value.code == "QUANTIZATION_LOST"
    told = [problem.code for problem in scan(RECORDED / f"{name}.keras").problems]
    assert told == ([] if name.startswith("uncalibrated") else ["QUANTIZATION_LOST"])
