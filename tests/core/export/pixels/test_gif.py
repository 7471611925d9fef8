"""A GIF's first picture covers its screen or not, whatever blocks stand before it."""

from __future__ import annotations

import io

import pytest
from image_kinds import gifs
from PIL import Image

from workbench.core.export.pixels.gif import has_gaps
from workbench.core.instances.image_header import look
from workbench.core.lazy import tensorflow

GAPS = ("transparent", "animated, transparent", "first picture smaller than the screen")
COMMENT = b"!\xfe\x05hello\xff" + bytes(255) + b"\0"
PLAIN_CONTROL = b"!\xf9\x04\0\0\0\0\0"


@pytest.mark.parametrize("name", gifs())
@pytest.mark.parametrize("before", [b"", COMMENT, COMMENT + PLAIN_CONTROL])
def test_gaps_are_found_behind_every_kind_of_block(name: str, before: bytes) -> None:
    data = gifs()[name]
    blocks = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    data = data[:blocks] + before + data[blocks:]
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # It is a GIF still.
    assert bool(has_gaps(tensorflow().constant(data))) == (name in GAPS)
    assert look(data).plain == (name not in GAPS)


@pytest.mark.parametrize("left", [13, 14, 40, 700])
def test_a_gif_cut_off_ends_the_search(left: int) -> None:
    data = gifs()["static"][:left]
    assert bool(has_gaps(tensorflow().constant(data)))
    assert (look(data).kind, look(data).plain) == ("GIF", False)
