"""Every scale, in the graph, in the training path and back to a picture, against its formula in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt
import pytest

from workbench.core.export.pixels.values import scaled
from workbench.core.lazy import tensorflow
from workbench.core.training.pixel_scaling import as_input, as_picture, levels_per_unit, scaled_by_keras
from workbench.spec.preprocess import Colour, Preprocess
from workbench.spec.scale import SCALES, Arithmetic, Scale, ScaleName, parse_scale

Array = npt.NDArray[Any]

FORMULAS: Final[dict[str, tuple[Callable[[Array], Array], list[float]]]] = {
    "0..255": (lambda x: x, [1.0]),
    "0..1": (lambda x: x / 255, [255.0]),
    "-1..1": (lambda x: x / 127.5 - 1, [127.5]),
    "caffe": (lambda x: x[..., ::-1] - [103.939, 116.779, 123.68], [1.0]),
    "torch": (lambda x: (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], [58.395, 57.12, 57.375]),
    "mean/std:120,110,100/60,50,40": (lambda x: (x - [120, 110, 100]) / [60, 50, 40], [60.0, 50.0, 40.0]),
    "mean/std:100/50": (lambda x: (x - 100) / 50, [50.0]),
}
"""By the scale's text: what it makes of RGB pixel values, and how many of these one unit is."""

PICTURE: Final = (
    np.stack([np.arange(256), np.arange(256)[::-1], (np.arange(256) * 7) % 256], axis=-1)
    .reshape(16, 16, 3)
    .astype("float32")
)
"""Every pixel value in every channel."""


def test_every_scale_has_its_formula_here() -> None:
    assert {parse_scale(text).name for text in FORMULAS} == set(get_args(ScaleName))
    assert set(SCALES) == set(get_args(ScaleName)) - {"mean/std"}


@pytest.mark.parametrize("text", FORMULAS)
def test_the_graph_and_keras_do_what_the_scale_says(text: str) -> None:
    wanted = FORMULAS[text][0](PICTURE.astype("float64"))
    close: dict[str, Any] = {"rtol": 1e-6, "atol": 2e-6 if np.abs(wanted).max() < 10 else 2e-5}
    np.testing.assert_allclose(scaled(tensorflow().constant(PICTURE), parse_scale(text)), wanted, **close)
    np.testing.assert_allclose(scaled_by_keras(PICTURE, parse_scale(text)), wanted, **close)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_difference_of_the_networks_input_is_told_in_pixel_values(text: str) -> None:
    formula, units = FORMULAS[text]
    scale = parse_scale(text)
    np.testing.assert_allclose(levels_per_unit(scale), units)
    pixels = PICTURE.astype("float64")
    one_more = formula(pixels + 1) - formula(pixels)
    np.testing.assert_allclose(one_more * levels_per_unit(scale), np.ones_like(PICTURE), atol=1e-9)


@pytest.mark.parametrize("colour", ["rgb", "bgr"])
@pytest.mark.parametrize("text", FORMULAS)
def test_the_networks_input_comes_back_as_the_picture_it_was(text: str, colour: Colour) -> None:
    settings = Preprocess(size=(16, 16), scale=text, colour=colour)
    given = PICTURE[..., ::-1] if colour == "bgr" else PICTURE
    made = FORMULAS[text][0](given.astype("float64"))
    np.testing.assert_array_equal(as_picture(made.astype("float32"), settings), PICTURE)
    np.testing.assert_array_equal(as_picture(as_input(PICTURE, settings), settings), PICTURE)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_scale_fits_the_channels_it_has_numbers_for(channels: int) -> None:
    picture = np.full((2, 2, channels), 100.0)
    for text, (formula, _) in FORMULAS.items():
        try:
            good = formula(picture).shape == picture.shape and (channels == 3 or text != "caffe")
        except ValueError:  # numpy's word for numbers that do not go with so many channels
            good = False
        assert parse_scale(text).fits(channels) == good, text


def test_a_further_row_of_the_table_is_followed_by_all_but_keras_who_has_to_be_told() -> None:
    steps = (Arithmetic("divide", (64.0,)), Arithmetic("subtract", (1.0, 2.0, 3.0)), Arithmetic("multiply", (0.5,)))
    unknown = Scale("a scale of tomorrow", "", steps, bgr=True)  # type: ignore[arg-type]
    pixels = PICTURE.astype("float64")
    wanted = (pixels[..., ::-1] / 64 - [1, 2, 3]) * 0.5
    np.testing.assert_allclose(scaled(tensorflow().constant(PICTURE), unknown), wanted)
    np.testing.assert_allclose(wanted * levels_per_unit(unknown) + unknown.mean, pixels[..., ::-1])
    assert (unknown.channels, unknown.fits(3), unknown.fits(1)) == (3, True, False)
    with pytest.raises(AssertionError, match="a scale of tomorrow"):
        scaled_by_keras(PICTURE, unknown)


def test_a_grey_picture_has_no_channels_to_turn_round_whatever_its_readers_order() -> None:
    grey = PICTURE[..., :1]
    settings = Preprocess(size=(16, 16), reader="cv2:area", scale="0..255")
    np.testing.assert_array_equal(as_input(grey, settings), grey)
    np.testing.assert_array_equal(as_picture(grey, settings), grey)
