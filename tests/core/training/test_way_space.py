"""The space that is searched: each combination once, every one of them valid, and what people write among them."""

from __future__ import annotations

import io

import msgspec
import pytest
from pictures import encoded, photo
from PIL import Image

from workbench.core.training.way_space import (
    ALL_BORDERS,
    BY_HAND,
    SAME_BUT_ROUNDED,
    STANDARDISED,
    accurately_decoded,
    geometries,
    read_by,
    representatives,
    scales,
    searched,
    turnings,
    valued,
)
from workbench.core.training.ways import GREY, Way, way_of
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS
from workbench.spec.step_rules import check_steps

WIDE = encoded(photo(20, 40), "JPEG")
SQUARE = encoded(photo(20, 20), "JPEG")


def turned() -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    photo(20, 40).save(out, "JPEG", exif=exif)
    return out.getvalue()


def way(reader: str, size: tuple[int, int] = (224, 224)) -> Way:
    return way_of(Preprocess(size=size, reader=reader))


@pytest.mark.parametrize("size", [(224, 224), (299, 299), (64, 64), (44, 60), (1, 1)])
@pytest.mark.parametrize("reader", ["load_img:bilinear", "image_dataset", "tf1", "cv2:linear", "skimage:1"])
def test_every_geometry_leads_to_the_size_with_its_reader_and_comes_once(reader: str, size: tuple[int, int]) -> None:
    found = geometries(READERS[reader], size, [WIDE], ALL_BORDERS)
    assert len(found) == len(set(found))
    assert found[0] == (f"resize {size[0]}x{size[1]}",)
    for steps in found:
        check_steps(msgspec.structs.replace(way(reader, size), geometry=steps, values=()).settings)


@pytest.mark.parametrize(
    ("reader", "steps"),
    [
        ("load_img:bilinear", ("shorter_side 256", "center_crop 224x224")),
        ("cv2:linear", ("shorter_side 256 round", "center_crop 224x224")),
        ("load_img:bilinear", ("resize 256x256", "center_crop 224x224")),
        ("image_dataset", ("central_fraction 0.875", "resize 224x224")),
        ("image_dataset", ("resize_with_pad 224x224",)),
        ("cv2:linear", ("letterbox 224x224 114",)),
        ("cv2:linear", ("crop_to_ratio 224x224", "resize 224x224")),
        ("load_img:bilinear", ("image_ops_pad 224x224 255",)),
        ("load_img:bilinear", ("pad_to_ratio 224x224 128", "resize 224x224")),
        ("load_img:bilinear", ("keep_aspect_ratio 224x224",)),
    ],
)
def test_what_code_in_common_use_does_is_among_the_geometries(reader: str, steps: tuple[str, ...]) -> None:
    assert steps in geometries(READERS[reader], (224, 224), [WIDE], ALL_BORDERS)


def test_what_only_pixels_can_tell_apart_is_left_out_where_labels_are_all_there_is() -> None:
    fine = geometries(READERS["load_img:bilinear"], (224, 224), [WIDE], ALL_BORDERS)
    coarse = geometries(READERS["load_img:bilinear"], (224, 224), [WIDE], (0, 255), fine=False)
    assert set(coarse) < set(fine)
    assert not any("round" in text or text.startswith("longer_side") for steps in coarse for text in steps)
    assert ("shorter_side 256", "center_crop 224x224") in coarse


def test_images_of_the_models_ratio_are_neither_padded_nor_cut_to_it() -> None:
    words = {steps[0].split()[0] for steps in geometries(READERS["cv2:linear"], (8, 8), [SQUARE], ALL_BORDERS)}
    assert words == {"resize", "shorter_side", "center_crop"}


def test_images_that_keep_their_sizes_have_one_geometry() -> None:
    assert geometries(READERS["cv2:linear"], "as sent", [WIDE], ALL_BORDERS) == [()]


def test_turning_is_tried_where_an_image_says_how_it_is_turned() -> None:
    assert turnings([WIDE, SQUARE]) == (None,)
    assert turnings([WIDE, turned()]) == (False, True)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_library_with_geometry_is_represented_and_every_reader_of_other_pixels_follows(channels: int) -> None:
    able = [reader for reader in READERS.values() if channels in reader.channels]
    libraries = {reader.library for reader in able} - {"scikit-image"}
    assert {reader.library for reader in representatives(channels)} == libraries
    assert searched(channels) == [reader for reader in able if not reader.like]


def test_grey_is_read_in_each_way_that_a_library_has() -> None:
    def greys(reader: str, channels: int, geometry: tuple[str, ...] = ("resize 8x8",)) -> list[str]:
        start = msgspec.structs.replace(way("tf1", (8, 8)), geometry=geometry)
        return [found.settings.grey for found in read_by(start, READERS[reader], channels)]

    assert greys("cv2:area", 1) == greys("cv2:area", 3, ("resize 8x8", GREY)) == ["imread", "cvtColor"]
    assert greys("cv2:area", 3) == greys("load_img:box", 1) == ["imread"]


def test_a_step_of_one_library_is_said_in_the_words_of_the_other() -> None:
    framed = msgspec.structs.replace(way("load_img:box"), geometry=("keep_aspect_ratio 224x224",))
    (found,) = read_by(framed, READERS["cv2:area"], 3)
    assert found.geometry == ("crop_to_ratio 224x224", "resize 224x224")
    check_steps(found.settings)
    padded = msgspec.structs.replace(framed, geometry=("image_ops_pad 224x224 255",))
    (found,) = read_by(padded, READERS["tf:area"], 3)
    assert found.geometry == ("letterbox 224x224 255",)


def test_the_accurate_transform_is_tried_where_tensorflow_decodes() -> None:
    assert [found.settings.dct for found in accurately_decoded(way("tf1"))] == ["accurate"]
    assert [found.reader for found in accurately_decoded(way("image_dataset"))] == ["tf:bilinear"]
    assert accurately_decoded(way("cv2:area")) == []


@pytest.mark.parametrize("reader", ["load_img:box", "cv2:area"])
def test_both_orders_of_channels_are_tried_with_all_values_once(reader: str) -> None:
    values = [*scales(), *BY_HAND, *SAME_BUT_ROUNDED, *STANDARDISED]
    found = [one.settings for one in valued(way(reader), 3, values)]
    assert len(found) == len(set(found)) == 2 * len(values)
    for settings in found:
        check_steps(settings, 3)


def test_one_channel_has_no_order_and_no_numbers_of_three() -> None:
    found = list(valued(way("load_img:box"), 1, [*scales(), *SAME_BUT_ROUNDED]))
    assert {one.order for one in found} == {"rgb"}
    assert not any("caffe" in text or "," in text for one in found for text in one.values)
    repeated = msgspec.structs.replace(way("load_img:box"), geometry=("resize 224x224", GREY))
    assert {one.order for one in valued(repeated, 3, scales())} == {"rgb"}
