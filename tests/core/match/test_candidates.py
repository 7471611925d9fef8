"""The settings that are searched: each combination once, and what differs only in words is the same."""

from __future__ import annotations

import io

import pytest
from pictures import encoded, photo
from PIL import Image

from workbench.core.match.candidates import framings, other_readers, pixel_size, plainly_said, scalings
from workbench.spec.preprocess import Colour, Preprocess
from workbench.spec.reader import READERS

WIDE = encoded(photo(20, 40), "JPEG")
SQUARE = encoded(photo(20, 20), "JPEG")
BASE = Preprocess(size=(1, 1))


def turned() -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    photo(20, 40).save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_every_library_is_compared_with_every_fit_it_has() -> None:
    found = framings([WIDE], (8, 8), BASE, 3)
    libraries = {READERS[way.reader].library for way in found}
    assert libraries == {reader.library for reader in READERS.values()}
    assert {way.fit for way in found} == {"stretch", "crop", "pad"}
    assert len(found) == len(set(found))


def test_images_of_the_same_ratio_need_no_fit_and_those_without_orientation_no_turn() -> None:
    assert {(way.fit, way.exif) for way in framings([SQUARE], (8, 8), BASE, 3)} == {("stretch", "as read")}
    assert {way.turns for way in framings([turned()], (8, 8), BASE, 3)} == {True, False}


def test_images_that_keep_their_sizes_are_read_once_a_library() -> None:
    found = framings([WIDE], "as sent", BASE, 3)
    assert len(found) == len({READERS[way.reader].library for way in found})
    assert other_readers(found, [WIDE], 3) == []


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_reader_that_gives_the_channels_follows_with_the_order_and_turn_kept(channels: int) -> None:
    colour: Colour = "bgr" if channels == 3 else "as read"
    framed = [Preprocess(size=(8, 8), reader="load_img:bilinear", fit="stretch", colour=colour, exif="turn")]
    found = [*framed, *other_readers(framed, [turned()], channels)]
    able = [r for r in READERS.values() if channels in r.channels and not r.like]
    assert {way.reader for way in found} == {r.name for r in able}
    assert {way.turns for way in found} == {True}
    assert {way.order for way in found} == {"bgr"} if channels == 3 else {way.colour for way in found} == {"as read"}
    greys = {way.grey for way in found if way.reader == "cv2:area"}
    assert greys == {1: {"imread", "cvtColor"}, 3: {"imread"}, 4: set()}[channels]


@pytest.mark.parametrize("reader", ["load_img:box", "cv2:area"])
def test_both_orders_of_channels_are_tried_with_every_scale_once(reader: str) -> None:
    found = list(scalings(Preprocess(size=(8, 8), reader=reader), 3, ("mean/std:1/2", "0..1")))
    assert len(found) == len({(way.order, way.scale) for way in found})
    assert {way.order for way in found} == {"rgb", "bgr"}
    assert {way.scale for way in scalings(Preprocess(size=(8, 8), reader=reader), 1)}.isdisjoint({"caffe", "torch"})


def test_what_a_reader_does_by_itself_is_not_said() -> None:
    said = Preprocess(size=(8, 8), reader="cv2:area", colour="bgr", exif="turn")
    assert plainly_said(said) == Preprocess(size=(8, 8), reader="cv2:area")
    other = Preprocess(size=(8, 8), reader="cv2:area", colour="rgb", exif="ignore")
    assert plainly_said(other) == other


def test_the_size_of_what_is_no_image_is_not_known() -> None:
    assert pixel_size(WIDE) == (20, 40)
    assert pixel_size(b"no image") == (0, 0)
