"""Where a model scales the picture itself, said of really saved models of both libraries, and of old forms by hand."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support import REFERENCE

from workbench.core.export.preprocess import scaled
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect
from workbench.core.model.backbones import backbone
from workbench.core.model.pixel_flow import image_ways
from workbench.spec.model import ModelFacts, Normaliser, TensorFacts
from workbench.spec.preprocess import parse_scale
from workbench.spec.scaling import scaling_notes

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
LIBRARIES = ["tf_keras", "keras"]
Facts = Callable[[Any], ModelFacts]
Make = Callable[..., Path]


def library(name: str) -> Any:
    tensorflow()
    if name == "tf_keras":
        return legacy_keras()
    import keras

    return keras


@pytest.fixture(params=LIBRARIES)
def keras(request: pytest.FixtureRequest) -> Any:
    return library(request.param)


@pytest.fixture
def facts(tmp_path: Path, keras: Any) -> Facts:
    """Saves a model as its library does, and scans the file."""

    def scan(model: Any) -> ModelFacts:
        path = tmp_path / ("m.keras" if keras.__name__ == "keras" else "m.h5")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of HDF5 as a format; that is what is saved here.
            model.save(path)
        return inspect(path)

    return scan


def ending(keras: Any, image: Any, x: Any) -> Any:
    """A model that goes on from `x` with a learned layer."""
    return keras.Model(image, keras.layers.Conv2D(2, 3, name="conv")(x))


def image_of(keras: Any, channels: int = 3) -> Any:
    return keras.Input((16, 16, channels), name="image")


def wants(facts: ModelFacts) -> list[tuple[str, str]]:
    return [(n.path, n.wants) for n in facts.normalises]


@pytest.mark.parametrize(
    ("scale", "offset", "wanted", "reason"),
    [
        (1 / 255, 0.0, "0..255", "divides by 255 itself"),
        (1 / 127.5, -1, "0..255", "computes x / 127.5 - 1 itself"),
        (1 / 128, -1.0, "0..255", "computes x / 128 - 1 itself"),
        (1 / 256, 0.0, "0..255", "divides by 256 itself"),
        (1 / 255, -0.5, "0..255", "computes x / 255 - 0.5 itself"),
        (2.0, -1.0, "0..1", "computes 2 x - 1 itself"),
        (1.0, -0.5, "0..1", "computes x - 0.5 itself"),
        (255.0, 0.0, "0..1", "multiplies by 255 itself"),
        (127.5, 127.5, "-1..1", "computes 127.5 x + 127.5 itself"),
        (0.3, 0.0, "", "divides by 3.333 itself"),
        ([0.017, 0.0175, 0.0174], [-2.1, -2.0, -1.8], "0..255", "takes off the means 123.5, 114.3, 103.4 and divides"),
    ],
)
def test_a_rescaling_wants_what_it_brings_to_a_usual_range(
    keras: Any, facts: Facts, scale: Any, offset: Any, wanted: str, reason: str
) -> None:
    image = image_of(keras)
    found = facts(ending(keras, image, keras.layers.Rescaling(scale, offset, name="r")(image))).normalises
    assert [(n.path, n.class_name, n.wants) for n in found] == [("r", "Rescaling", wanted)]
    assert found[0].reason.startswith(reason)


def test_a_rescaling_that_does_nothing_is_none(keras: Any, facts: Facts) -> None:
    image = image_of(keras)
    assert facts(ending(keras, image, keras.layers.Rescaling(1.0, 0.0)(image))).normalises == ()


def test_a_normalisation_is_known_by_the_means_it_was_given(keras: Any, facts: Facts) -> None:
    for mean, variance, wanted in (
        ([123.7, 116.3, 103.5], [3410.0, 3262.0, 3291.0], "0..255"),
        ([0.485, 0.456, 0.406], [0.052, 0.050, 0.051], "0..1"),
        (120.0, 4900.0, "0..255"),
        ([-5.0, 0.0, 5.0], [1.0, 1.0, 1.0], ""),
    ):
        image = image_of(keras)
        layer = keras.layers.Normalization(mean=mean, variance=variance, name="n")
        assert wants(facts(ending(keras, image, layer(image)))) == [("n", wanted)]


def test_a_normalisation_that_was_adapted_is_known_by_its_weights(keras: Any, facts: Facts) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3)).astype("float32")
    for data, wanted in ((pixels, "0..255"), (pixels / 255, "0..1")):
        layer = keras.layers.Normalization(name="n")
        layer.adapt(data)
        inner = keras.Sequential([image_of(keras), layer], name="before")
        image = image_of(keras)
        (found,) = facts(ending(keras, image, inner(image))).normalises
        assert (found.path, found.wants) == ("before/n", wanted)
        assert found.reason.startswith("takes off the means")


def test_a_normalisation_never_adapted_does_nothing(keras: Any, facts: Facts) -> None:
    image = image_of(keras)
    assert facts(ending(keras, image, keras.layers.Normalization()(image))).normalises == ()


def test_each_mode_of_preprocess_input_within_the_model_wants_grey_levels(keras: Any, facts: Facts) -> None:
    apps = keras.applications
    for module, reason in (
        (apps.mobilenet_v2, "computes x / 127.5 - 1 itself"),
        (apps.vgg16, "turns the channels round and takes off the means 103.9, 116.8, 123.7 itself"),
        (apps.densenet, "takes off the means 123.7, 116.3, 103.5 and divides by 58.4, 57.12, 57.37 itself"),
    ):
        image = image_of(keras)
        (found,) = facts(ending(keras, image, module.preprocess_input(image))).normalises
        assert (found.wants, found.reason) == ("0..255", reason)


def test_arithmetic_with_operators_is_followed_in_either_order(keras: Any, facts: Facts) -> None:
    image = image_of(keras)
    assert [n.reason for n in facts(ending(keras, image, (1.0 - image / 255.0) * 2)).normalises] == [
        "computes 2 - x / 127.5 itself"
    ]
    image = image_of(keras)
    assert wants(facts(ending(keras, image, 1.0 / (image + 1.0))))[0][1] == ""
    image = image_of(keras)
    assert facts(ending(keras, image, image * image)).normalises == ()


def test_turning_the_channels_round_alone_is_no_scaling(keras: Any, facts: Facts) -> None:
    image = image_of(keras)
    assert facts(ending(keras, image, image[..., ::-1])).normalises == ()
    image = image_of(keras)
    (found,) = facts(ending(keras, image, image[..., ::-1] / 255.0)).normalises
    assert (found.wants, found.reason) == ("0..255", "turns the channels round and divides by 255 itself")


def test_augmentation_and_resizing_before_it_change_nothing(keras: Any, facts: Facts) -> None:
    L = keras.layers
    augment = keras.Sequential([L.RandomFlip(), L.RandomRotation(0.1), L.RandomZoom(0.1)], name="augment")
    model = keras.Sequential([image_of(keras), augment, L.Resizing(12, 12), L.Dropout(0.1), L.Rescaling(1 / 255)])
    model.add(L.Conv2D(2, 3))
    (found,) = facts(model).normalises
    assert (found.wants, found.class_name) == ("0..255", "Rescaling")


def test_grey_pixels_made_three_channels_are_still_the_picture(keras: Any, facts: Facts) -> None:
    image = image_of(keras, 1)
    x = keras.layers.Concatenate()([image, image, image])
    assert wants(facts(ending(keras, image, keras.layers.Rescaling(1 / 255, name="r")(x)))) == [("r", "0..255")]


def test_behind_a_learned_layer_nothing_scales_pixels_any_more(keras: Any, facts: Facts) -> None:
    L = keras.layers
    for first in (L.BatchNormalization(), L.Conv2D(3, 1), L.Activation("tanh"), L.LayerNormalization()):
        image = image_of(keras)
        assert facts(ending(keras, image, L.Rescaling(1 / 255)(first(image)))).normalises == ()


def test_a_normaliser_of_other_inputs_is_none_of_the_pictures(keras: Any, facts: Facts) -> None:
    L = keras.layers
    image, age = image_of(keras), keras.Input((1,), name="age")
    scaled_age = L.Rescaling(1 / 255)(L.Normalization(mean=40.0, variance=100.0)(age))
    x = L.GlobalAveragePooling2D()(L.Conv2D(2, 3)(image))
    model = keras.Model([image, age], L.Dense(2)(L.Concatenate()([x, scaled_age])))
    assert facts(model).normalises == ()


def test_with_features_beside_it_the_picture_is_followed_all_the_same(keras: Any, facts: Facts) -> None:
    L = keras.layers
    image, age = image_of(keras), keras.Input((1,), name="age")
    inner_image, inner_age = image_of(keras), keras.Input((1,))
    inner = keras.Model([inner_age, inner_image], [L.Rescaling(1 / 255, name="r")(inner_image), inner_age], name="in")
    pixels, passed = inner([age, image])
    x = L.GlobalAveragePooling2D()(L.Conv2D(2, 3)(pixels))
    model = keras.Model([age, image], L.Dense(2)(L.Concatenate()([x, passed])))
    assert wants(facts(model)) == [("in/r", "0..255")]


def test_of_two_pictures_each_is_told_what_becomes_of_it(keras: Any, facts: Facts) -> None:
    L = keras.layers

    def two(left: Any, right: Any) -> ModelFacts:
        images = [keras.Input((16, 16, 3), name=name) for name in ("left", "right")]
        conv = L.Conv2D(2, 3)
        return facts(keras.Model(images, L.Add()([conv(left(images[0])), conv(right(images[1]))])))

    def told(given: ModelFacts) -> list[tuple[str, str, str]]:
        return [(n.input, n.path, n.wants) for n in given.normalises]

    shared = L.Rescaling(1 / 255, name="r")
    assert told(two(shared, shared)) == [("left", "r", "0..255"), ("right", "r", "0..255")]
    assert told(two(L.Rescaling(1 / 255, name="a"), L.Dropout(0.1))) == [("left", "a", "0..255")]
    unlike = two(L.Rescaling(1 / 255, name="a"), L.Rescaling(2.0, -1.0, name="b"))
    assert told(unlike) == [("left", "a", "0..255"), ("right", "b", "0..1")]
    assert [p.code for p in scaling_notes(unlike, "0..1", "left")] == ["DOUBLE_NORMALISATION"]
    assert scaling_notes(unlike, "0..1", "right") == []


def test_pixels_that_go_around_a_normaliser_make_it_unsure(keras: Any, facts: Facts) -> None:
    L = keras.layers
    image = image_of(keras)
    both = L.Add()([L.Conv2D(3, 1)(L.Rescaling(1 / 255)(image)), L.Conv2D(3, 1)(image)])
    assert facts(ending(keras, image, both)).normalises == ()


def test_a_picture_of_bytes_is_followed_too(keras: Any, facts: Facts) -> None:
    image = keras.Input((16, 16, 3), dtype="uint8", name="image")
    assert wants(facts(ending(keras, image, keras.layers.Rescaling(1 / 255, name="r")(image)))) == [("r", "0..255")]


def convnext(keras: Any) -> Any:
    """The smallest there can be; the sizes that are published have 28 million weights and more."""
    make = importlib.import_module(f"{keras.__name__}.src.applications.convnext").ConvNeXt
    return make([1, 1, 1, 1], [4, 4, 4, 4], weights=None, input_shape=(32, 32, 3))


BACKBONES: list[tuple[str, Callable[[Any], Any], str, str]] = [
    (
        "EfficientNet",
        lambda k: k.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(32, 32, 3)),
        "rescaling",
        "divides by 255 itself, as EfficientNet does by design",
    ),
    (
        "MobileNetV3",
        lambda k: k.applications.MobileNetV3Small(weights=None, include_top=False, input_shape=(32, 32, 3)),
        "rescaling",
        "computes x / 127.5 - 1 itself, as MobileNetV3 does by design",
    ),
    (
        "ConvNeXt",
        convnext,
        "normalization",
        "takes off the means 123.7, 116.3, 103.5 and divides by 58.4, 57.12, 57.37 itself, as ConvNeXt does by design",
    ),
]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("name", "make", "layer", "reason"), BACKBONES, ids=[b[0] for b in BACKBONES])
def test_a_backbone_that_scales_pictures_itself_is_found_at_any_depth(
    keras: Any, facts: Facts, name: str, make: Callable[[Any], Any], layer: str, reason: str, nested: bool
) -> None:
    base = make(keras)
    model = base
    if nested:
        image = keras.Input((32, 32, 3), name="image")
        model = keras.Model(image, keras.layers.Dense(2)(base(keras.layers.RandomFlip()(image))))
    found = facts(model)
    first = found.normalises[0]
    assert (first.wants, first.reason) == ("0..255", reason)
    assert layer in first.path
    assert first.path.startswith(f"{base.name}/") == nested
    assert first.path in {row.path for row in found.layer_table}
    assert found.backbone_scale == ""


def test_the_same_backbone_without_its_preprocessing_scales_nothing(keras: Any, facts: Facts) -> None:
    base = keras.applications.MobileNetV3Small(
        weights=None, include_top=False, input_shape=(32, 32, 3), include_preprocessing=False
    )
    found = facts(base)
    assert (found.normalises, found.backbone, found.backbone_scale) == ((), "MobileNetV3", "-1..1")


def test_a_backbone_that_scales_nothing_is_named_with_the_scale_of_its_weights(keras: Any, facts: Facts) -> None:
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.25)
    head = keras.layers.GlobalAveragePooling2D()
    nested = keras.Sequential([keras.Input((32, 32, 3)), base, head], name="mine")
    flat = keras.Model(base.input, head(base.output), name="mine")
    for model in (nested, flat):
        found = facts(model)
        assert (found.normalises, found.backbone, found.backbone_scale) == ((), "MobileNet", "-1..1")


def test_a_backbone_behind_a_normaliser_leaves_the_scale_to_it(keras: Any, facts: Facts) -> None:
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.25)
    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255, name="r"), base])
    found = facts(model)
    assert (wants(found), found.backbone, found.backbone_scale) == ([("r", "0..255")], "MobileNet", "")


def test_a_backbone_on_features_or_behind_other_layers_is_not_the_pictures(keras: Any, facts: Facts) -> None:
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.25)
    image = keras.Input((32, 32, 1), name="image")
    model = keras.Model(image, base(keras.layers.Conv2D(3, 1)(image)))
    assert facts(model).backbone == ""


MODULES = {
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "ResNet50": "resnet",
    "ResNet101": "resnet",
    "ResNet152": "resnet",
    "ResNet50V2": "resnet_v2",
    "ResNet101V2": "resnet_v2",
    "ResNet152V2": "resnet_v2",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "Xception": "xception",
    "DenseNet121": "densenet",
    "DenseNet169": "densenet",
    "DenseNet201": "densenet",
    "NASNet": "nasnet",
}


def known(keras: Any, name: str) -> tuple[str, str]:
    """What is said of a network built with the library's own layers, nothing trained."""
    make = getattr(keras.applications, "NASNetMobile" if name == "NASNet" else name)
    return backbone([layer.name for layer in make(weights=None, include_top=False, input_shape=(96, 96, 3)).layers])


def same_pixels(keras: Any, name: str, scale: str) -> None:
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    expected = getattr(keras.applications, MODULES[name]).preprocess_input(pixels.copy())
    np.testing.assert_allclose(scaled(tensorflow().constant(pixels), parse_scale(scale)), expected, atol=1e-3)


@pytest.mark.parametrize("name", ["VGG16", "VGG19", "MobileNetV2", "Xception"])
def test_a_network_is_known_by_its_layers_and_its_scale_is_its_preprocess_input(keras: Any, name: str) -> None:
    found, scale = known(keras, name)
    assert found == name
    same_pixels(keras, name, scale)


@pytest.mark.heavy
@pytest.mark.parametrize("name", MODULES)
def test_every_network_is_known_by_its_layers(keras: Any, name: str) -> None:
    found, scale = known(keras, name)
    assert found == name
    same_pixels(keras, name, scale)


@pytest.mark.heavy
def test_no_other_network_is_taken_for_one(keras: Any) -> None:
    for name in ("EfficientNetB0", "EfficientNetV2B0", "EfficientNetV2S", "ConvNeXtTiny"):
        assert known(keras, name) == ("", "")


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
    assert one.reason == "turns the channels round and takes off the means 103.9, 116.8, 123.7 itself"
    first = functional(operation("sub", "Sub", "image", {"0": 255.0}), conv("c", "tf_op_layer_sub"))
    assert [n.reason for n in first.normalises] == ["computes 255 - x itself"]


def test_standardising_each_picture_is_told_without_a_scale(functional: Callable[..., ModelFacts]) -> None:
    config = {"name": "s", "function": "image.per_image_standardization"}
    layer = {"class_name": "TFOpLambda", "name": "s", "config": config, "inbound_nodes": [["image", 0, 0, {}]]}
    assert functional(layer, conv("c", "s")).normalises == (
        Normaliser("s", "TFOpLambda", "", "brings each picture to mean 0 and deviation 1 itself"),
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
