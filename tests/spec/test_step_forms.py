"""Steps as a project writes them."""

from __future__ import annotations

from typing import get_args

import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.scale import SCALES, Arithmetic
from workbench.spec.step_forms import STEPS, parse_step
from workbench.spec.steps import (
    CenterCrop,
    CentralFraction,
    Draft,
    Featurewise,
    Frame,
    Framed,
    GreyToRgb,
    Resize,
    ResizeSide,
    Samplewise,
    Scaled,
    Step,
    Thumbnail,
)

WRITTEN: list[tuple[str, Step]] = [
    ("resize 224x192", Resize((224, 192))),
    (" resize   64 ", Resize((64, 64))),
    ("resize 224 reducing_gap 3", Resize((224, 224), 3.0)),
    ("draft 448x448", Draft((448, 448))),
    ("thumbnail 224x192", Thumbnail((224, 192), 2.0, draft=False)),
    ("thumbnail 224 draft reducing_gap 1.5", Thumbnail((224, 224), 1.5, draft=True)),
    ("thumbnail 224 reducing_gap none", Thumbnail((224, 224), 0.0)),
    ("shorter_side 256", ResizeSide("shorter", 256, "floor")),
    ("longer_side 256  round", ResizeSide("longer", 256, "round")),
    ("center_crop 224", CenterCrop((224, 224))),
    ("central_fraction 0.875", CentralFraction(0.875)),
    ("letterbox 640x640 114,114,114", Framed("letterbox", (640, 640), (114, 114, 114))),
    ("pad 64x32", Framed("pad", (64, 32), (0,))),
    ("grey_to_rgb", GreyToRgb()),
    ("scale torch", Scaled(SCALES["torch"])),
    ("subtract 103.939,116.779,123.68", Arithmetic("subtract", (103.939, 116.779, 123.68))),
    ("divide 255", Arithmetic("divide", (255.0,))),
    ("samplewise_std", Samplewise("std")),
    ("featurewise_center 120,110,100", Featurewise("mean", (120.0, 110.0, 100.0))),
    ("featurewise_std my  numbers/std.NPZ", Featurewise("std", file="my  numbers/std.NPZ")),
]


@pytest.mark.parametrize(("text", "step"), WRITTEN, ids=[text.strip() for text, _ in WRITTEN])
def test_a_step_is_a_word_and_its_numbers(text: str, step: Step) -> None:
    assert parse_step(text) == step


@pytest.mark.parametrize(
    "text",
    [
        *("resize", "resize 0x5", "resize as sent", "shorter_side 0", "shorter_side 4 up", "shorter_side a"),
        *("resize 8x8 3", "resize 8x8 reducing_gap 0.5", "thumbnail", "thumbnail 8 draft reducing_gap none", "draft"),
        *("central_fraction 0", "central_fraction 1.1", "central_fraction nan", "pad 8x8 256,0,0", "pad 8x8 1,2"),
        *("grey_to_rgb 3", "divide 0", "multiply 1,0,1", "multiply inf", "subtract 1,2", "subtract 1e9", "divide"),
        *("featurewise_center", "featurewise_std -1", "featurewise_std 1,2", "scale torch now", "scale", "", "flip"),
    ],
)
def test_what_is_no_step_is_refused_with_the_way_it_is_written(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_step(text)
    assert caught.value.code == ("BAD_SCALE" if text.startswith("scale") else "BAD_STEP")
    row = STEPS.get(text.partition(" ")[0])
    assert (row.form if row and caught.value.code == "BAD_STEP" else "ne of") in caught.value.hint


def test_every_kind_of_step_and_every_frame_has_a_word() -> None:
    arguments = {"HxW": "8x8", "N": "8", "F": "0.5", "A": "1", "NAME": "0..1", "FILE.npy,": "1"}
    made = []
    for word, row in STEPS.items():
        assert row.form.partition(" ")[0] == word
        behind = row.form.split()[1:2]
        made.append(parse_step(" ".join([word, *(arguments[part] for part in behind)])))
    assert {type(step) for step in made} == {kind for group in get_args(Step) for kind in (get_args(group) or (group,))}
    assert {step.frame for step in made if isinstance(step, Framed)} == set(get_args(Frame))
