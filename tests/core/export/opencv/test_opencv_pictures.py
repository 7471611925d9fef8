"""Across modules. Whole cv2 readers, from a file's bytes to pixels, against `cv2.imread`, `cvtColor` and `resize`."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from data.record_opencv import FILE
from image_kinds import jpegs, pngs
from pictures import Array, encoded, photo, read

from workbench.core.export.pixels.alpha import CVT_COLOR, luma
from workbench.core.instances.image_header import look
from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.opencv import RELEASES, Release
from workbench.spec.preprocess import Preprocess

SIZE = (48, 64)


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    found = {f"JPEG {n}": d for n, d in jpegs().items()} | {f"PNG {n}": d for n, d in pngs().items()}
    return {name: data for name, data in found.items() if look(data).components != 4}


def by_opencv(data: bytes, flags: int, grey: bool = False) -> Array:
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, "uint8"), flags))
    pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)) if grey else pixels
    made = np.asarray(cv2.resize(pixels, SIZE[::-1], interpolation=cv2.INTER_AREA))
    return made.reshape(*SIZE, -1)


WAYS: dict[str, tuple[int, dict[str, Any], int, bool]] = {
    "in colours": (3, {}, cv2.IMREAD_COLOR, False),
    "as stored": (3, {"exif": "ignore"}, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION, False),
    "grey by imread": (1, {}, cv2.IMREAD_GRAYSCALE, False),
    "grey by cvtColor": (1, {"grey": "cvtColor"}, cv2.IMREAD_COLOR, True),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_file_is_read_to_the_last_bit(pictures: dict[str, bytes], way: str) -> None:
    channels, settings, flags, grey = WAYS[way]
    got = read(list(pictures.values()), channels, size=SIZE, reader="cv2:area", formats="jpeg+png", **settings)
    for (name, data), pixels in zip(pictures.items(), got, strict=True):
        np.testing.assert_array_equal(pixels, by_opencv(data, flags, grey), err_msg=name)


def test_colours_are_in_opencvs_order_unless_something_else_is_asked_for(pictures: dict[str, bytes]) -> None:
    data = [pictures["JPEG sampling 420"]]
    as_read = read(data, size=SIZE, reader="cv2:area", formats="jpeg+png")
    turned = read(data, size=SIZE, reader="cv2:area", formats="jpeg+png", colour="rgb")
    np.testing.assert_array_equal(turned, as_read[..., ::-1])
    assert (turned != as_read).any()


def test_before_4_3_no_png_is_turned(pictures: dict[str, bytes]) -> None:
    data = [pictures["PNG turned 6"], pictures["JPEG turned 6"]]
    older = read(data, size=SIZE, reader="cv2:area", formats="jpeg+png", opencv="4.2")
    np.testing.assert_array_equal(older[0], by_opencv(data[0], cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION))
    np.testing.assert_array_equal(older[1], by_opencv(data[1], cv2.IMREAD_COLOR))


@pytest.mark.parametrize("release", RELEASES)
def test_the_weights_of_grey_are_those_of_the_release(release: Release) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (1, 4000, 3)).astype("uint8")
    weights = CVT_COLOR[RELEASES[release].grey_bits]
    got = luma(tensorflow().constant(colours[..., ::-1]), weights).numpy()[0, :, 0]
    np.testing.assert_array_equal(got, np.load(FILE)[f"{release}|grey"])


@pytest.mark.parametrize("reader", ["cv2:nearest", "load_img:nearest"])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpegs_of_four_components_are_refused_by_name(reader: str, channels: int) -> None:
    ink = [encoded(photo(30, 40).convert("CMYK"), "JPEG")]
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match="CMYK: JPEGs in CMYK or YCCK are refused"):
        read(ink, channels, size=SIZE, reader=reader)


def test_tensorflows_own_readers_read_ink_as_training_did() -> None:
    ink = encoded(photo(*SIZE).convert("CMYK"), "JPEG")
    plain = tensorflow().io.decode_jpeg(ink, channels=3).numpy()
    np.testing.assert_array_equal(read([ink], size=SIZE, reader="tf1")[0], plain)


@pytest.mark.parametrize(
    ("settings", "channels", "code"),
    [
        ({"alpha": "white", "formats": "jpeg+png"}, 3, "BAD_ALPHA"),
        ({}, 4, "CHANNELS"),
        ({"reader": "cv2:nearest_exact", "opencv": "4.2"}, 3, "BAD_OPENCV"),
    ],
)
def test_what_opencv_has_no_function_for_is_refused(settings: dict[str, Any], channels: int, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        read([b""], channels, **{"size": SIZE, "reader": "cv2:area", **settings})
    assert caught.value.code == code


def test_the_reader_decides_where_the_project_does_not() -> None:
    keras, opencv = (Preprocess(size=SIZE, reader=name) for name in ("load_img:box", "cv2:area"))
    assert (keras.order, keras.turns) == ("rgb", False)
    assert (opencv.order, opencv.turns) == ("bgr", True)
    told = Preprocess(size=SIZE, reader="cv2:area", colour="rgb", exif="ignore")
    assert (told.order, told.turns) == ("rgb", False)
