"""Ways of reading taken apart and put together: the short form where there is one, and no more words than needed."""

from __future__ import annotations

import msgspec
import pytest

from workbench.core.training.opencv_reading import installed_release
from workbench.core.training.ways import Way, way_of
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS
from workbench.spec.step_rules import check_steps

BASE = Preprocess(size=(8, 6))


@pytest.mark.parametrize("reader", [reader.name for reader in READERS.values()])
def test_the_short_form_of_every_reader_and_fit_comes_back(reader: str) -> None:
    for fit in READERS[reader].fits:
        for scale in ("0..255", "caffe", "mean/std:1/2"):
            settings = Preprocess(size=(8, 6), reader=reader, fit=fit, scale=scale)
            assert way_of(settings).settings == settings


@pytest.mark.parametrize(
    "steps",
    [
        ("shorter_side 9", "center_crop 8x6", "scale torch"),
        ("resize 8x6", "grey_to_rgb", "scale 0..1"),
        ("letterbox 8x6 114", "reverse_channels", "samplewise_center", "samplewise_std"),
        ("resize 8x6", "scale 0..1", "reverse_channels"),
        ("center_crop 8x6",),
    ],
)
def test_steps_that_have_no_short_form_stay_what_they_are(steps: tuple[str, ...]) -> None:
    settings = msgspec.structs.replace(BASE, reader="tf1", steps=steps)
    check_steps(settings)
    assert way_of(settings).settings == settings


def test_steps_that_a_short_form_says_are_said_by_it() -> None:
    long = msgspec.structs.replace(BASE, reader="cv2:area", steps=("resize 8x6", "reverse_channels", "scale -1..1"))
    assert way_of(long).settings == Preprocess(size=(8, 6), reader="cv2:area", scale="-1..1")


def test_what_a_reader_does_by_itself_is_not_said() -> None:
    said = Preprocess(size=(8, 8), reader="cv2:area", colour="bgr", exif="turn")
    assert way_of(said).settings == Preprocess(size=(8, 8), reader="cv2:area")
    other = Preprocess(size=(8, 8), reader="cv2:area", colour="rgb", exif="ignore")
    assert way_of(other).settings == other


def test_images_as_sent_have_no_geometry() -> None:
    settings = Preprocess(size="as sent", reader="image_dataset", scale="torch")
    assert (way_of(settings).geometry, way_of(settings).settings) == ((), settings)


def test_a_setting_of_one_library_goes_with_its_reader() -> None:
    way = Way(BASE, "cv2:area", ("resize 8x6",), grey="cvtColor", dct="accurate")
    assert (way.settings.grey, way.settings.dct) == ("cvtColor", "default")
    other = msgspec.structs.replace(way, reader="tf:area").settings
    assert (other.grey, other.dct) == ("imread", "accurate")


def test_the_release_named_is_the_one_that_runs_where_it_reads_otherwise() -> None:
    old = msgspec.structs.replace(BASE, opencv="3.4")
    assert Way(old, "cv2:nearest_exact", ("resize 8x6",)).settings.opencv == installed_release()
    assert Way(old, "cv2:area", ("resize 8x6",)).settings.opencv == "3.4"
    assert Way(old, "load_img:box", ("resize 8x6",)).settings.opencv == "3.4"
