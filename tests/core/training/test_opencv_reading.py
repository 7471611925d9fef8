"""What stands for training is OpenCV itself, and only one that does what training's did."""

from __future__ import annotations

import sys
from typing import Any

import cv2
import numpy as np
import pytest
from pictures import encoded, photo

from workbench.core.training.image_reading import read_one
from workbench.core.training.opencv_reading import check_installed, read_by_opencv
from workbench.spec.errors import WorkbenchError
from workbench.spec.opencv import release_of
from workbench.spec.preprocess import Preprocess


def settings(**told: Any) -> Preprocess:
    return Preprocess(**{"size": (9, 8), "reader": "cv2:area", **told})


def code_of(told: Preprocess) -> str:
    try:
        check_installed(told)
    except WorkbenchError as err:
        return err.code
    return ""


def test_without_opencv_nothing_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(WorkbenchError, match=r"Not proved: .*it is not installed") as caught:
        read_one(encoded(photo(20, 30), "JPEG"), settings(), 3)
    assert caught.value.code == "NO_OPENCV"
    assert caught.value.hint == 'Install it: pip install "keras-export-workbench[opencv]"'
    assert code_of(settings(reader="load_img:box")) == ""


def test_another_release_stands_for_training_only_where_it_reads_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "__version__", "4.10.0")
    assert code_of(settings(opencv="5")) == ""
    assert code_of(settings(opencv="4", reader="cv2:nearest_exact")) == ""
    assert code_of(settings(opencv="5", reader="cv2:nearest_exact")) == "OTHER_OPENCV"
    assert code_of(settings(opencv="4.2", reader="cv2:cubic")) == "OTHER_OPENCV"
    assert code_of(settings(opencv="3.4")) == ""
    assert code_of(settings(opencv="3.4", grey="cvtColor")) == "OTHER_OPENCV"
    assert code_of(settings(opencv="4.2")) == ""
    assert code_of(settings(opencv="4.2", formats="jpeg+png")) == "OTHER_OPENCV"
    assert code_of(settings(opencv="4.2", formats="jpeg+png", exif="ignore")) == ""
    monkeypatch.setattr(cv2, "__version__", "6.1.0")
    assert code_of(settings()) == "OTHER_OPENCV"


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("5.0.0", "5"),
        ("4.14.0", "4"),
        ("4.8.1", "4"),
        ("4.7.0", "4.5"),
        ("4.2.0-dev", "4.2"),
        ("3.4.18", "3.4"),
        ("3.3.1", None),
        ("2.4.9", None),
        ("6.0.0", None),
        ("", None),
    ],
)
def test_versions_belong_to_releases(version: str, release: str | None) -> None:
    assert release_of(version) == release


def test_an_image_is_read_by_the_named_functions_and_told_in_rgb() -> None:
    data = encoded(photo(20, 30))
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, "uint8"), cv2.IMREAD_COLOR))
    made = read_by_opencv(data, settings(), 3)
    np.testing.assert_array_equal(made[..., ::-1], cv2.resize(pixels, (8, 9), interpolation=cv2.INTER_AREA))
    kept = read_by_opencv(data, Preprocess(size="as sent", reader="cv2:area"), 3)
    np.testing.assert_array_equal(kept[..., ::-1], pixels)


def test_what_opencv_cannot_read_is_told() -> None:
    for data, channels, code in ((b"no image", 3, "NOT_READ"), (encoded(photo(9, 9)), 4, "CHANNELS")):
        with pytest.raises(WorkbenchError) as caught:
            read_by_opencv(data, settings(), channels)
        assert caught.value.code == code
