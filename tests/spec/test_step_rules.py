"""Lists of steps: what they are short for, and what cannot follow what."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS
from workbench.spec.reader_family import FITS
from workbench.spec.scale import SCALES
from workbench.spec.settings import TrainingSettings, training_path
from workbench.spec.step_forms import parse_step
from workbench.spec.step_rules import check_steps, said_scale, size_after
from workbench.spec.steps import ReverseChannels, Scaled

USUAL = ("shorter_side 256", "center_crop 224x224", "scale torch")


def listed(*steps: str, **settings: Any) -> Preprocess:
    return Preprocess(**{"size": (224, 224), "reader": "load_img:bilinear", **settings}, steps=steps)


def test_the_short_form_stands_for_steps() -> None:
    for reader in READERS.values():
        for fit in FITS:
            settings = Preprocess(size=(8, 9), reader=reader.name, fit=fit, colour="bgr", scale="torch")
            if fit not in reader.fits:
                with pytest.raises(WorkbenchError, match="not available"):
                    settings.expanded()
                continue
            *geometry, order, scale = settings.expanded()
            assert (order, scale) == (ReverseChannels(), Scaled(SCALES["torch"]))
            assert size_after(geometry) == (8, 9)
            # Written out, they are allowed for the reader and mean the same.
            words = [f"{word} 8x9" for word in reader.words_of(fit)]
            written = listed(*words, "reverse_channels", "scale torch", size=(8, 9), reader=reader.name)
            check_steps(written, 3)
            assert written.expanded() == settings.expanded()
    assert Preprocess(size="as sent").expanded() == (Scaled(SCALES["0..1"]),)


@pytest.mark.parametrize(
    ("texts", "size"),
    [
        (("shorter_side 256", "center_crop 224"), (224, 224)),
        (("shorter_side 256",), None),
        (("resize 100x60", "shorter_side 30 floor"), (50, 30)),
        (("resize 101x60", "shorter_side 30 round"), (50, 30)),
        (("resize 256", "central_fraction 0.875"), (224, 224)),
        (("resize 10x11", "central_fraction 0.8"), (8, 9)),
        (("central_fraction 0.875", "resize 20"), (20, 20)),
        (("resize 20", "pad_to_ratio 2x1"), None),
        (("resize_with_crop_or_pad 7x5", "reverse_channels"), (7, 5)),
    ],
)
def test_the_size_that_comes_out_is_known_where_it_does_not_depend_on_the_picture(
    texts: tuple[str, ...], size: Any
) -> None:
    assert size_after([parse_step(text) for text in texts]) == size


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (listed(*USUAL, fit="crop"), "fit"),
        (listed(*USUAL, colour="bgr"), "colour"),
        (listed(*USUAL, scale="torch"), "scale"),
        (listed("scale torch", "resize 224"), "before 'scale torch'"),
        (listed("resize 224", "divide 255", "grey_to_rgb"), "before 'divide 255'"),
        (listed("resize 224", "grey_to_rgb", "grey_to_rgb"), "twice"),
        (listed("scale torch"), "every image"),
        (listed("resize 192"), "192x192"),
        (listed("resize 224", size="as sent"), "224x224"),
        (listed("resize_with_pad 224"), "no resize_with_pad"),
        (listed("image_ops_pad 224", reader="image_dataset"), "no image_ops_pad"),
        (listed("thumbnail 224", "pad 224", reader="load_img:box"), "has no 'thumbnail 224': only PIL.Image"),
        (listed("resize 224 reducing_gap 2", reader="cv2:area"), "has no 'resize 224 reducing_gap 2'"),
        (listed("center_crop 300", "draft 224", "resize 224", reader="pillow:box"), "is not the first step"),
        (listed("thumbnail 224 draft", "pad 224", reader="pillow:box", exif="turn"), "is of JPEGs as they are stored"),
        (listed("thumbnail 224", reader="pillow:box"), "do not bring every image"),
        (listed("keep_aspect_ratio 224", reader="tf1"), "no keep_aspect_ratio"),
    ],
)
def test_steps_that_contradict_each_other_or_a_setting_are_refused(settings: Preprocess, word: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        check_steps(settings)
    assert caught.value.code == "BAD_STEP"
    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "channels"),
    [
        (("resize 224", "grey_to_rgb"), 1),
        (("resize 224", "reverse_channels"), 1),
        (("resize 224", "scale torch"), 1),
        (("resize 224", "subtract 1,2,3"), 4),
        (("letterbox 224 1,2,3",), 1),
        (("letterbox 224 1,2,3", "grey_to_rgb"), 3),
    ],
)
def test_steps_that_do_not_go_with_the_models_channels_are_refused(texts: tuple[str, ...], channels: int) -> None:
    check_steps(listed(*texts))
    with pytest.raises(WorkbenchError) as caught:
        check_steps(listed(*texts), channels)
    assert caught.value.code == "CHANNELS"


def test_steps_that_keep_the_own_size_go_with_images_as_sent() -> None:
    check_steps(listed("central_fraction 0.5", "per_image_standardization", size="as sent"), 3)
    check_steps(listed(*USUAL, scale="0..255"), 3)


@pytest.mark.parametrize(
    ("texts", "scale"),
    [
        (("scale torch",), "torch"),
        (("scale  mean/std:1/2",), "mean/std:1/2"),
        (("divide 255",), "mean/std:0/255"),
        (("divide 127.5", "subtract 1"), "mean/std:127.5/127.5"),
        (("resize 224",), "0..255"),
        (("per_image_standardization",), ""),
    ],
)
def test_arithmetic_has_the_name_of_its_scale_where_one_says_it(texts: tuple[str, ...], scale: str) -> None:
    assert said_scale(listed(*texts)) == scale


def test_training_may_have_taken_other_steps() -> None:
    chosen = Preprocess(size=(224, 224), reader="load_img:bilinear", fit="crop", scale="torch", colour="bgr")
    found = training_path(chosen, TrainingSettings(steps=USUAL))
    assert (found.steps, found.fit, found.scale, found.colour) == (USUAL, "stretch", "0..1", "as read")
    with pytest.raises(WorkbenchError, match="says 224x224"):
        training_path(chosen, TrainingSettings(steps=("resize 100",)))
    with pytest.raises(WorkbenchError, match="short for steps"):
        training_path(msgspec.structs.replace(found), TrainingSettings(scale="torch"))
