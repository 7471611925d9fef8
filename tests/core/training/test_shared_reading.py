"""Images read in many ways at once: the same pixels as each way by itself, through the libraries' whole functions."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from pictures import encoded
from PIL import Image
from support import REFERENCE

from workbench.core.training.shared_reading import Unread, portions, read_ways, read_whole
from workbench.core.training.way_space import geometries, representatives
from workbench.core.training.ways import Way, way_of
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS

IMAGES = [path.read_bytes() for path in sorted((REFERENCE / "images").glob("*.jpg"))[:2]]


def ways(*readers: str) -> list[Way]:
    return [
        way_of(Preprocess(size=(24, 32), reader=reader, fit=fit)) for reader in readers for fit in READERS[reader].fits
    ]


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_those_of_the_whole_functions(channels: int) -> None:
    asked = ways("load_img:bicubic", "image_dataset", "tf1", "cv2:area", "skimage:1+aliased")
    found = {levels.way: levels for levels in read_ways(IMAGES, asked, channels)}
    assert list(found) == [way.plain for way in asked]
    for way in asked:
        alone = read_whole(IMAGES, way, channels)
        assert not alone.failed
        for one, other in zip(found[way.plain].images, alone.images, strict=True):
            np.testing.assert_array_equal(one, other, str(way.settings))


def test_every_geometry_of_the_search_reads_or_tells_why_not() -> None:
    start = way_of(Preprocess(size=(24, 32), reader="cv2:linear"))
    asked = [
        msgspec.structs.replace(start, reader=reader.name, geometry=steps)
        for reader in representatives(3)
        for steps in geometries(reader, (24, 32), IMAGES, (0, 128))
    ]
    for levels in read_ways(IMAGES, asked, 3):
        assert levels.failed or {one.shape for one in levels.images} == {(24, 32, 3)}
        assert not levels.failed or levels.way.geometry[0].split()[0] in ("shorter_side", "center_crop")


def test_what_no_library_reads_is_told_by_each() -> None:
    unread = Unread()
    for levels in read_ways([b"no image"], ways("load_img:box", "cv2:area"), 3):
        assert not unread.note(levels)
    assert "OpenCV could not have read it" in unread.reasons["cv2:area"]
    assert "identify" in unread.reasons["load_img:box"]


def test_a_reader_that_reads_in_one_way_is_not_told_of_for_another() -> None:
    start = way_of(Preprocess(size=(24, 32), reader="cv2:area"))
    too_large = msgspec.structs.replace(start, geometry=("center_crop 5000x5000",))
    unread = Unread()
    notes = [unread.note(levels) for levels in read_ways(IMAGES, [too_large, start], 3)]
    assert (notes, dict(unread.reasons)) == ([False, True], {})


def test_images_as_sent_are_batched_by_themselves() -> None:
    sent = way_of(Preprocess(size="as sent", reader="load_img:nearest"))
    (levels,) = read_ways(IMAGES, [sent], 3)
    assert [(rows, len(pixels)) for rows, pixels in levels.batches()] == [([0], 1), ([1], 1)]


def test_images_are_read_in_portions_by_their_pixels_and_their_number() -> None:
    large, small = encoded(Image.new("L", (8000, 5000)), "PNG"), encoded(Image.new("L", (8, 8)), "PNG")
    assert portions([large] * 5) == [[0, 1], [2, 3], [4]]
    assert [len(places) for places in portions([small] * 100)] == [64, 36]
    assert portions([small, large, b"no image"]) == [[0, 1, 2]]
    assert portions([]) == []
