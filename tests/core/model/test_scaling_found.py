"""Across modules. Where a model scales the picture itself, said of really saved models of both libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from saved_models import Facts, ending, image_of, wants

from workbench.spec.model import ModelFacts
from workbench.spec.scaling_notes import scaling_notes


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
        ([0.017, 0.0175, 0.0174], [-2.1, -2.0, -1.8], "0..255", "subtracts the means 123.5, 114.3, 103.4 and divides"),
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
        assert found.reason.startswith("subtracts the means")


def test_a_normalisation_never_adapted_does_nothing(keras: Any, facts: Facts) -> None:
    image = image_of(keras)
    assert facts(ending(keras, image, keras.layers.Normalization()(image))).normalises == ()


def test_each_mode_of_preprocess_input_within_the_model_wants_pixel_values(keras: Any, facts: Facts) -> None:
    apps = keras.applications
    for module, reason in (
        (apps.mobilenet_v2, "computes x / 127.5 - 1 itself"),
        (apps.vgg16, "reverses the channel order and subtracts the means 103.9, 116.8, 123.7 itself"),
        (apps.densenet, "subtracts the means 123.7, 116.3, 103.5 and divides by 58.4, 57.12, 57.37 itself"),
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
    assert (found.wants, found.reason) == ("0..255", "reverses the channel order and divides by 255 itself")


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
