"""What is said where a project's scale and the model's own arithmetic do not go together."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support import facts

from workbench.spec.model import ModelFacts, Normaliser
from workbench.spec.scale import SCALES
from workbench.spec.scaling_notes import scaling_notes

DIVIDES = Normaliser("rescaling", "Rescaling", "0..255", "divides by 255 itself")
DOUBLES = Normaliser("r", "Rescaling", "0..1", "computes 2 x - 1 itself")
UNKNOWN = Normaliser("n", "Normalization", "", "subtracts a mean and divides by a standard deviation itself")


def model(*normalises: Normaliser, **more: Any) -> ModelFacts:
    plain = facts(("image", (None, 64, 48, 3)), ("age", (None, 1)))
    return msgspec.structs.replace(plain, normalises=normalises, **more)


def codes(found: ModelFacts, scale: str, image: str = "image") -> list[str]:
    return [note.code for note in scaling_notes(found, scale, image)]


def test_dividing_twice_is_told_with_the_layer_and_what_to_choose() -> None:
    (note,) = scaling_notes(model(DIVIDES), "0..1", "image")
    assert (note.code, note.field) == ("DOUBLE_NORMALISATION", "preprocess.scale")
    assert note.message == (
        "The model divides by 255 itself (layer 'rescaling'); with the scale 0..1 the pixels are divided twice. "
        "Choose 0..255, unless training did the same."
    )


@pytest.mark.parametrize("scale", [*SCALES, "mean/std:0/255", "mean/std:100,100,100/50,50,50"])
def test_a_model_that_takes_pixel_values_is_content_with_nothing_else(scale: str) -> None:
    assert codes(model(DIVIDES), scale) == ([] if scale == "0..255" else ["DOUBLE_NORMALISATION"])


@pytest.mark.parametrize("scale", [*SCALES, "mean/std:127.5/127.5"])
def test_a_model_made_for_0_to_1_is_told_of_any_other_scale(scale: str) -> None:
    found = scaling_notes(model(DOUBLES), scale, "image")
    assert [note.code for note in found] == ([] if scale == "0..1" else ["SCALE_MISMATCH"])
    for note in found:
        assert "(layer 'r')" in note.message
        assert "Choose 0..1" in note.message


@pytest.mark.parametrize(
    ("scale", "name"),
    [
        ("mean/std:0/1", "0..255"),
        ("mean/std:0,0,0/255,255,255", "0..1"),
        ("mean/std:0/256", "0..1"),
        ("mean/std:127.5,127.5,127.5/127.5,127.5,127.5", "-1..1"),
        ("mean/std:128/128", "-1..1"),
        ("mean/std:123.68,116.28,103.53/58.4,57.12,57.38", "torch"),
    ],
)
def test_means_and_deviations_that_come_to_a_named_scale_count_as_that_scale(scale: str, name: str) -> None:
    wanting = Normaliser("r", "Rescaling", name, "computes something itself")
    assert codes(model(wanting), scale) == []
    assert codes(model(backbone="Net", backbone_scale=name), scale) == []
    other = msgspec.structs.replace(wanting, wants="0..255" if name != "0..255" else "0..1")
    assert len(codes(model(other), scale)) == 1


def test_the_first_place_on_the_way_decides() -> None:
    second = Normaliser("n", "Normalization", "0..1", "subtracts the means 0.5 itself")
    assert codes(model(DIVIDES, second), "0..255") == []
    assert codes(model(UNKNOWN, DIVIDES), "0..1") == []


def test_a_place_that_wants_nothing_known_raises_no_alarm() -> None:
    assert [codes(model(UNKNOWN), scale) for scale in SCALES] == [[] for _ in SCALES]


def test_without_a_normaliser_or_a_backbone_there_is_nothing_to_say() -> None:
    assert [codes(model(), scale) for scale in SCALES] == [[] for _ in SCALES]


@pytest.mark.parametrize("scale", SCALES)
def test_a_backbones_scale_is_mentioned_only_where_another_was_chosen(scale: str) -> None:
    found = scaling_notes(model(backbone="VGG16", backbone_scale="caffe"), scale, "")
    assert [note.code for note in found] == ([] if scale == "caffe" else ["BACKBONE_SCALE"])
    for note in found:
        assert note.message.startswith(
            f"VGG16's published weights were trained with 'caffe', and the scale is {scale}."
        )
        assert "If training used the preprocess_input" in note.message


def test_a_normaliser_counts_before_the_backbone() -> None:
    both = model(DIVIDES, backbone="VGG16", backbone_scale="caffe")
    assert codes(both, "0..255") == []


def test_only_an_image_input_is_spoken_of() -> None:
    assert codes(model(DIVIDES), "0..1", "") == ["DOUBLE_NORMALISATION"]
    assert codes(model(DIVIDES), "0..1", "age") == []
    assert codes(model(DIVIDES), "0..1", "nobody") == []
    no_images = msgspec.structs.replace(facts(("age", (None, 1))), normalises=(DIVIDES,))
    assert codes(no_images, "0..1", "") == []


@pytest.mark.parametrize("scale", ["", "1/255", "mean/std:1,2", "mean/std:a/b"])
def test_a_scale_that_cannot_be_read_is_told_elsewhere(scale: str) -> None:
    assert codes(model(DIVIDES), scale) == []
