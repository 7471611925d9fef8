"""Known networks within a model: those that scale pictures themselves, and the scale the others were trained with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from saved_models import Facts, wants

from workbench.core.export.pixels.values import scaled
from workbench.core.lazy import tensorflow
from workbench.core.model.backbones import backbone
from workbench.spec.scale import parse_scale


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
        "subtracts the means 123.7, 116.3, 103.5 and divides by 58.4, 57.12, 57.37 itself, as ConvNeXt does by design",
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
