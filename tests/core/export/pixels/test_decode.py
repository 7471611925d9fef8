"""Formats that are declared and those that are not, the fast mode, the smallest pictures, refused settings."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pictures import encoded, noise, read
from PIL import Image

from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader_family import KERNELS


def pattern(size: tuple[int, int] = (37, 23)) -> Image.Image:
    """A colour picture of (width, height) pixels whose every pixel differs from its neighbours."""
    return Image.fromarray(noise(size[1], size[0], 3, seed=3))


def test_sixteen_bits_are_refused_and_not_cut_to_eight() -> None:
    deep = encoded(Image.fromarray(np.arange(64, dtype="uint16").reshape(8, 8) * 1000))
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match="SIXTEEN_BIT"):
        read([deep], size=(8, 8), formats="jpeg+png")


@pytest.mark.parametrize(
    ("form", "formats"), [("PNG", "jpeg"), ("GIF", "jpeg+png"), ("BMP", "jpeg+png"), ("WEBP", "any"), ("TIFF", "any")]
)
def test_a_format_that_is_not_declared_is_refused_whatever_the_runtime_reads(form: str, formats: str) -> None:
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match="UNDECLARED_FORMAT"):
        read([encoded(pattern(), form)], size=(8, 8), formats=formats)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP"])
def test_a_declared_format_is_read_as_load_img_reads_it(form: str) -> None:
    data = encoded(pattern(), form)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((9, 8), Image.Resampling.BILINEAR))
    got = read([data], size=(8, 9), reader="load_img:bilinear", formats="any")
    np.testing.assert_array_equal(got[0], expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (900, 3)])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_smallest_and_thinnest_pictures_are_read_exactly(kernel: str, shape: tuple[int, int]) -> None:
    image = pattern(shape)
    expected = np.asarray(image.resize((7, 5), Image.Resampling[kernel.upper()]))
    got = read([encoded(image)], size=(5, 7), reader=f"load_img:{kernel}", formats="jpeg+png")
    np.testing.assert_array_equal(got[0], expected)


@pytest.mark.parametrize(
    ("settings", "channels", "code"),
    [
        ({"reader": "tf1", "fit": "crop"}, 3, "BAD_FIT"),
        ({"alpha": "white"}, 3, "BAD_ALPHA"),
        ({"alpha": "white", "formats": "any"}, 4, "BAD_ALPHA"),
        ({"colour": "bgr"}, 1, "CHANNELS"),
        ({}, 2, "CHANNELS"),
    ],
)
def test_settings_that_nothing_names_are_refused(settings: Any, channels: int, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        preprocess_function(Preprocess(size=(8, 8), **settings), channels)
    assert caught.value.code == code
