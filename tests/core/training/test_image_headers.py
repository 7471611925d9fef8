"""What is read of an image before it is decoded."""

from __future__ import annotations

import io

from pictures import encoded, photo
from PIL import Image

from workbench.core.training.image_headers import orientation, pixel_size

WIDE = encoded(photo(20, 40), "JPEG")


def turned(value: int) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = value
    photo(20, 40).save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_the_size_is_that_of_the_stored_pixels_and_zero_of_what_is_no_image() -> None:
    assert pixel_size(WIDE) == pixel_size(turned(6)) == (20, 40)
    assert pixel_size(b"no image") == (0, 0)


def test_the_orientation_is_that_of_the_exif_and_one_where_there_is_none() -> None:
    assert [orientation(turned(value)) for value in (1, 3, 8)] == [1, 3, 8]
    assert [orientation(data) for data in (WIDE, encoded(photo(4, 4), "PNG"), b"no image")] == [1, 1, 1]
