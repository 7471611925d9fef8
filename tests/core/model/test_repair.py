"""Repairs, one by one: what is rewritten, and that it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.lazy import tensorflow
from workbench.core.model import load
from workbench.core.model.raw_model import RawModel
from workbench.core.model.repair import repair
from workbench.core.model.repair.model_edits import turned
from workbench.core.model.repair.notes import RepairContext
from workbench.spec.errors import WorkbenchError


def _layer(class_name: str, /, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": "l", **config}}


def _repaired(layer: dict[str, Any], version: str = "2.2.4", backend: str = "tensorflow") -> RepairContext:
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    return repair(RawModel(config, version, backend, 0), "m.h5")


def _codes(context: RepairContext) -> list[str]:
    return [r.code for r in context.notes.repairs()]


def _refused(layer: dict[str, Any], version: str = "1.2.2", backend: str = "tensorflow") -> str:
    with pytest.raises(WorkbenchError) as caught:
        _repaired(layer, version, backend)
    assert caught.value.hint
    return caught.value.code


def test_a_current_configuration_is_left_alone() -> None:
    layer = _layer(
        "Dense", units=3, activation="relu", kernel_initializer={"class_name": "GlorotUniform", "config": {}}
    )
    before = repr(layer)
    assert _codes(_repaired(layer)) == []
    assert repr(layer) == before


def test_every_repair_says_what_why_and_by_which_source() -> None:
    (found,) = _repaired(_layer("GRU", units=3)).notes.repairs()
    assert found.code == "GRU_RESET_BEFORE"
    assert "l" in found.message
    assert found.reason
    assert found.source


def test_many_layers_make_one_repair() -> None:
    layers = [{"class_name": "GRU", "config": {"name": f"gru_{i}", "units": 1}} for i in range(9)]
    config = {"class_name": "Sequential", "config": layers}
    sequential, grus = repair(RawModel(config, "2.1.3", "tensorflow", 0), "m.h5").notes.repairs()
    assert sequential.code == "SEQUENTIAL_LIST"
    assert "gru_0" in grus.message
    assert "and 3 more" in grus.message
    assert config["config"]["layers"][8]["config"]["reset_after"] is False  # type: ignore[call-overload]


def test_wrapped_layers_are_repaired_too() -> None:
    inner = _layer("CuDNNLSTM", units=3)
    assert _codes(_repaired(_layer("Bidirectional", layer=inner))) == ["CUDNN_TO_PLAIN"]
    assert inner["class_name"] == "LSTM"
    assert inner["config"]["recurrent_activation"] == "sigmoid"


def test_a_gpu_gru_resets_after() -> None:
    layer = _layer("CuDNNGRU", units=3)
    assert _codes(_repaired(layer)) == ["CUDNN_TO_PLAIN"]
    assert layer["config"]["reset_after"] is True


@pytest.mark.parametrize(
    ("version", "repaired"), [("2.2.4", True), ("2.3.1", True), ("2.2.4-tf", False), ("2.4.0", False)]
)
def test_bilinear_enlarging_is_tf_1s_only_for_multi_backend_keras(version: str, repaired: bool) -> None:
    layer = _layer("UpSampling2D", size=[2, 2], interpolation="bilinear")
    assert _codes(_repaired(layer, version)) == (["BILINEAR_TF1"] if repaired else [])
    assert (layer["class_name"] == "LegacyBilinearUpSampling2D") is repaired


def test_bilinear_enlarging_of_another_backend_is_not_guessed() -> None:
    assert _refused(_layer("UpSampling2D", interpolation="bilinear"), "2.2.4", "theano") == "MEANING_CHANGED"


def test_function_records_and_data_type_records_become_names() -> None:
    record = {"class_name": "function", "module": "builtins", "config": "relu6", "registered_name": "function"}
    policy = {"class_name": "DTypePolicy", "module": "keras", "config": {"name": "float32"}}
    layer = _layer("Activation", activation=record, dtype=policy)
    assert _codes(_repaired(layer)) == ["FUNCTION_NAME", "SUPPLIED", "DTYPE_POLICY"]
    assert layer["config"] == {"name": "l", "activation": "relu6", "dtype": "float32"}


def test_an_inputs_shape_gets_its_old_name() -> None:
    layer = _layer("InputLayer", batch_shape=[None, 3], optional=False)
    assert _codes(_repaired(layer)) == ["INPUT_BATCH_SHAPE"]
    assert layer["config"] == {"name": "l", "batch_input_shape": [None, 3]}


def test_an_authors_own_penalties_are_left_out_and_said() -> None:
    layer = _layer("Dense", units=1, kernel_constraint={"class_name": "ClipConstraint", "config": {}},
                   bias_initializer="my_start", kernel_regularizer={"class_name": "L2", "config": {}})  # fmt: skip
    (found,) = _repaired(layer).notes.repairs()
    assert "l.kernel_constraint" in found.message
    assert "l.bias_initializer" in found.message
    assert layer["config"]["kernel_constraint"] is None
    assert layer["config"]["kernel_regularizer"] == {"class_name": "L2", "config": {}}


def test_what_carries_code_is_not_left_out_but_left_to_the_gate() -> None:
    layer = _layer("Dense", units=1, kernel_initializer={"class_name": "__lambda__", "config": {}})
    assert _codes(_repaired(layer)) == []


KERAS1 = [
    (
        _layer("Convolution2D", nb_filter=4, nb_row=3, nb_col=5, border_mode="same", subsample=[2, 2],
               dim_ordering="th", bias=False, init="he_normal",
               W_regularizer={"name": "L1L2Regularizer"}, input_dtype="float32"),
        ("Conv2D", {"filters": 4, "kernel_size": [3, 5], "padding": "same", "strides": [2, 2],
                    "data_format": "channels_first", "use_bias": False}),
    ),
    (
        _layer("Convolution1D", nb_filter=6, filter_length=3, subsample_length=2, input_dim=None, input_length=None),
        ("Conv1D", {"filters": 6, "kernel_size": 3, "strides": 2}),
    ),
    (
        _layer("Convolution3D", nb_filter=2, kernel_dim1=1, kernel_dim2=2, kernel_dim3=3),
        ("Conv3D", {"filters": 2, "kernel_size": [1, 2, 3]}),
    ),
    (_layer("AtrousConvolution2D", nb_filter=2, nb_row=3, nb_col=3, atrous_rate=[2, 2]),
     ("Conv2D", {"filters": 2, "kernel_size": [3, 3], "dilation_rate": [2, 2]})),
    (_layer("Dense", output_dim=5, input_dim=70, bias=True), ("Dense", {"units": 5, "use_bias": True})),
    (
        _layer("LSTM", output_dim=3, inner_activation="hard_sigmoid", dropout_W=0.5, dropout_U=0.1,
               forget_bias_init="one", consume_less="cpu", inner_init="orthogonal", input_length=10),
        ("LSTM", {"units": 3, "recurrent_activation": "hard_sigmoid", "dropout": 0.5, "recurrent_dropout": 0.1}),
    ),
    (_layer("Embedding", input_dim=4, output_dim=5, input_length=10, dropout=0.2),
     ("Embedding", {"input_dim": 4, "output_dim": 5, "input_length": 10})),
    (_layer("Dropout", p=0.5), ("Dropout", {"rate": 0.5})),
    (_layer("MaxPooling1D", pool_length=2, stride=2, border_mode="valid"),
     ("MaxPooling1D", {"pool_size": 2, "strides": 2, "padding": "valid"})),
    (_layer("BatchNormalization", mode=0, axis=1, gamma_init="one"), ("BatchNormalization", {"axis": 1})),
    (_layer("Merge", mode="concat", concat_axis=2, layers=None, dot_axes=-1), ("Concatenate", {"axis": 2})),
    (_layer("Merge", mode="sum"), ("Add", {})),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected"), KERAS1, ids=[layer["class_name"] for layer, _ in KERAS1])
def test_keras_1_layers_are_written_in_keras_2s_words(layer: dict[str, Any], expected: tuple[str, Any]) -> None:
    assert _codes(_repaired(layer, "1.2.2"))[0] == "KERAS1"
    left = {k: v for k, v in layer["config"].items() if k != "reset_after"}
    assert (layer["class_name"], left) == (expected[0], {"name": "l", **expected[1]})


def test_keras_1_convolutions_of_an_unnamed_backend_are_said() -> None:
    assert "KERAS1_BACKEND" in _codes(_repaired(_layer("Convolution1D", nb_filter=1, filter_length=3), "1.2.2", ""))


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        (_layer("TimeDistributedDense", output_dim=2), "KERAS1_LAYER"),
        (_layer("Highway"), "KERAS1_LAYER"),
        (_layer("Merge", mode="cos"), "KERAS1_MERGE"),
        (_layer("Merge", mode="lambda bytes", mode_type="lambda"), "KERAS1_MERGE"),
        (_layer("Merge", mode="sum", layers=[{"class_name": "Sequential"}]), "KERAS1_MERGE"),
        (_layer("BatchNormalization", mode=1), "KERAS1_BN"),
    ],
)
def test_keras_1_layers_without_a_successor_are_refused(layer: dict[str, Any], code: str) -> None:
    assert _refused(layer) == code


def test_kernels_are_turned_in_space_and_not_in_channels() -> None:
    kernel = np.arange(2 * 3 * 1 * 2).reshape(2, 3, 1, 2)
    assert (turned(kernel) == kernel[::-1, ::-1]).all()
    assert (turned(turned(kernel)) == kernel).all()


def test_bilinear_enlarging_equals_tf_1s(make_h5: Any) -> None:
    tf = tensorflow()
    picture = np.random.default_rng(0).normal(size=(1, 3, 4, 2)).astype("float32")
    for form, given in (("channels_last", picture), ("channels_first", picture.transpose(0, 3, 1, 2))):
        path = make_h5([_layer("UpSampling2D", size=[2, 3], interpolation="bilinear", data_format=form,
                               batch_input_shape=[None, *given.shape[1:]])])  # fmt: skip
        model = load(path)
        answer = model.predict([given])[0]
        answer = answer.transpose(0, 2, 3, 1) if form == "channels_first" else answer
        np.testing.assert_allclose(answer, tf.compat.v1.image.resize_bilinear(picture, [6, 12]), atol=1e-6)
        assert [r.code for r in model.facts.repairs] == ["BILINEAR_TF1"]


def test_names_tensorflow_cannot_use_run_under_legal_ones(make_h5: Any) -> None:
    layer = {"class_name": "Flatten", "config": {"name": "my layer", "batch_input_shape": [None, 2, 2]}}
    model = load(make_h5([layer]))
    assert model.predict([np.zeros((1, 2, 2), "float32")])[0].shape == (1, 4)
    assert [r.code for r in model.repairs] == ["SCOPE_NAME"]
    assert model.facts.outputs[0].name == "my layer"


def test_loading_can_be_cancelled_between_layers(reference: Path) -> None:
    from workbench.spec.errors import CancelledError
    from workbench.spec.model import Progress

    def cancel(progress: Progress) -> None:
        if progress.step == "Reading weights":
            raise CancelledError

    with pytest.raises(CancelledError):
        load(reference / "tiny_cnn.h5", cancel)
