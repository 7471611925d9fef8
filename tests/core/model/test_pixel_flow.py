"""Where a file says that its model scales the picture: old forms by hand, the references, the corpus."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest
from saved_models import wants
from support import REFERENCE

from workbench.core.model import inspect
from workbench.core.model.pixel_flow import image_ways
from workbench.spec.model import ModelFacts, Normaliser, TensorFacts

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def conv(name: str, *before: str) -> dict[str, Any]:
    config = {"name": name, "filters": 2, "kernel_size": [3, 3], "padding": "same"}
    return {"class_name": "Conv2D", "name": name, "config": config, "inbound_nodes": [[[b, 0, 0, {}] for b in before]]}


def operation(name: str, op: str, before: str, constants: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """A `TensorFlowOpLayer` as tf.keras 1.13 to 2.3 wrote it (after the corpus' ref_vi_tfkeras115_tfops.h5)."""
    node = {"name": name, "op": op, "input": [before, f"{name}/y"], "attr": attributes}
    return {
        "class_name": "TensorFlowOpLayer",
        "name": f"tf_op_layer_{name}",
        "config": {"name": name, "trainable": True, "dtype": None, "node_def": node, "constants": constants},
        "inbound_nodes": [[[before, 0, 0, {}]]],
    }


@pytest.fixture
def functional(tmp_path: Path) -> Callable[..., ModelFacts]:
    """Scans a functional model made of such layers behind an input `image`."""

    def make(*layers: dict[str, Any], version: str = "2.3.0-tf") -> ModelFacts:
        given = {"batch_input_shape": [None, 16, 16, 3], "dtype": "float32", "name": "image"}
        first = {"class_name": "InputLayer", "name": "image", "config": given, "inbound_nodes": []}
        config = {
            "name": "m",
            "layers": [first, *layers],
            "input_layers": [["image", 0, 0]],
            "output_layers": [[layers[-1]["name"], 0, 0]],
        }
        with h5py.File(tmp_path / "m.h5", "w") as file:
            file.attrs["model_config"] = json.dumps({"class_name": "Model", "config": config})
            file.attrs["keras_version"] = version
            file.create_group("model_weights")
        return inspect(tmp_path / "m.h5")

    return make


def test_the_operations_of_tf_2_2_are_read_from_their_nodes(functional: Callable[..., ModelFacts]) -> None:
    found = functional(
        operation("truediv", "RealDiv", "image", {"1": 127.5}),
        operation("sub", "Sub", "tf_op_layer_truediv", {"1": 1.0}),
        conv("c", "tf_op_layer_sub"),
    )
    assert found.normalises == (
        Normaliser("tf_op_layer_truediv", "TensorFlowOpLayer", "0..255", "computes x / 127.5 - 1 itself"),
    )
    caffe = functional(
        operation("slice", "StridedSlice", "image", {"1": [0, 0], "2": [0, 0], "3": [1, -1]}),
        operation("BiasAdd", "BiasAdd", "tf_op_layer_slice", {"1": [-103.939, -116.779, -123.68]}),
        conv("c", "tf_op_layer_BiasAdd"),
    )
    (one,) = caffe.normalises
    assert one.wants == "0..255"
    assert one.reason == "reverses the channel order and subtracts the means 103.9, 116.8, 123.7 itself"
    first = functional(operation("sub", "Sub", "image", {"0": 255.0}), conv("c", "tf_op_layer_sub"))
    assert [n.reason for n in first.normalises] == ["computes 255 - x itself"]


def test_standardising_each_picture_is_told_without_a_scale(functional: Callable[..., ModelFacts]) -> None:
    config = {"name": "s", "function": "image.per_image_standardization"}
    layer = {"class_name": "TFOpLambda", "name": "s", "config": config, "inbound_nodes": [["image", 0, 0, {}]]}
    assert functional(layer, conv("c", "s")).normalises == (
        Normaliser("s", "TFOpLambda", "", "standardises each image to mean 0 and standard deviation 1 itself"),
    )


def test_a_vgg16_of_any_name_wants_caffe_and_the_resnet50_of_2018_too(functional: Callable[..., ModelFacts]) -> None:
    names = ["block1_conv1", "block3_conv3", "block5_conv3", "predictions"]
    layers = [conv(name, before) for before, name in zip(["image", *names], names, strict=False)]
    found = functional(*layers, version="2.2.4")
    assert (found.backbone, found.backbone_scale) == ("VGG16", "caffe")
    names = ["conv1", "bn_conv1", "res2a_branch2a", "res5c_branch2c"]
    layers = [conv(name, before) for before, name in zip(["image", *names], names, strict=False)]
    assert functional(*layers, version="2.2.4").backbone == "ResNet50"


def test_layers_that_merely_sound_alike_are_no_backbone(functional: Callable[..., ModelFacts]) -> None:
    found = functional(conv("block1_conv1", "image"), conv("vgg16", "block1_conv1"), version="2.2.4")
    assert (found.backbone, found.backbone_scale) == ("", "")


@pytest.mark.parametrize(
    "layer",
    [
        {"class_name": "Rescaling", "config": {"name": "r", "scale": "1/255"}},
        {"class_name": "Rescaling", "config": {"name": "r", "scale": [[1, 2], [3, 4]]}},
        {"class_name": "Rescaling", "config": {"name": "r", "scale": 0}},
        {"class_name": "Rescaling", "config": {"name": "r", "scale": 1e308, "offset": 1e308}},
        {"class_name": "Rescaling", "config": {"name": "r"}},
        {"class_name": "Normalization", "config": {"name": "r", "mean": [1, 2], "variance": 3}},
        {"class_name": "Normalization", "config": {"name": "r", "mean": 1, "variance": -3}},
    ],
)
def test_numbers_that_are_none_leave_the_scale_open(functional: Callable[..., ModelFacts], layer: Any) -> None:
    placed = {**layer, "name": "r", "inbound_nodes": [[["image", 0, 0, {}]]]}
    assert wants(functional(placed, conv("c", "r"))) == [("r", "")]


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "TensorFlowOpLayer", "config": {"name": "r", "node_def": "Mul", "constants": {"1": 2}}},
        {"class_name": "TFOpLambda", "config": {"name": "r", "function": ["math.truediv"]}},
        {"class_name": "SlicingOpLambda", "config": {"name": "r", "function": "__operators__.getitem"}},
        {"class_name": None, "config": None},
    ],
)
def test_what_cannot_be_followed_is_no_reason_to_refuse_a_file(
    functional: Callable[..., ModelFacts], config: Any
) -> None:
    placed = {**config, "name": "r", "inbound_nodes": [["image", 0, 0, {}]]}
    assert functional(placed, conv("c", "r")).normalises == ()


def test_models_called_again_and_again_within_each_other_are_given_up() -> None:
    model: dict[str, Any] = {"class_name": "Dropout", "config": {"name": "d0", "rate": 0.5}}
    for depth in range(40):
        name, below = f"m{depth}", model.get("name", "d0")
        calls = [[["in", 0, 0, {}]], [[below, 0, 0, {}]]]
        given = {"class_name": "InputLayer", "name": "in", "config": {"name": "in"}, "inbound_nodes": []}
        inner = {**model, "name": below, "inbound_nodes": calls}
        config = {
            "name": name,
            "layers": [given, inner],
            "input_layers": [["in", 0, 0]],
            "output_layers": [[below, 1, 0]],
        }
        model = {"class_name": "Model", "name": name, "config": config}
    # Two to the fortieth calls: without a bound this test would never end.
    assert image_ways(model, [TensorFacts("in", "float32", (None, 16, 16, 3))]) == {}


def test_the_reference_mobilenet_is_known_and_the_small_ones_are_not() -> None:
    found = {name: inspect(REFERENCE / f"{name}.h5") for name in ("tiny_cnn", "image_and_features", "mobilenet")}
    assert {name: (f.backbone, f.backbone_scale) for name, f in found.items()} == {
        "tiny_cnn": ("", ""),
        "image_and_features": ("", ""),
        "mobilenet": ("MobileNet", "-1..1"),
    }
    assert all(f.normalises == () for f in found.values())


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="shared/corpus is not there")
def test_of_the_corpus_those_are_found_that_divide_and_no_others() -> None:
    found = {p.name: inspect(p) for p in sorted(CORPUS.glob("made/*.h5"))}
    assert {name: wants(f) for name, f in found.items() if f.normalises} == {
        "ref_v_lambda_py37.h5": [("lambda_1", "0..255")],  # Repaired to a Rescaling: plain arithmetic.
        "ref_xii_tfkeras2_tfoplambda.h5": [("tf.math.truediv", "0..255")],
    }
    nested = found["ref_vi_tfkeras115_nested_mobilenetv2_frozen.h5"]
    assert (nested.backbone, nested.backbone_scale) == ("MobileNetV2", "-1..1")
