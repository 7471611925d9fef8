"""`exif = "turn"` against `PIL.ImageOps.exif_transpose`, and that nothing in a header can fail a batch."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, photo, read, reader
from PIL import Image, ImageOps

from workbench.core.export.pixels.exif import orientation
from workbench.core.lazy import tensorflow

ORIENTATION = 0x0112
MAKE = 0x010F
PLAIN = encoded(photo(20, 30), "JPEG", quality=95)

# What Pillow says of headers that are not as they should be: here they are so on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*too many entries", "ignore:.*orrupt EXIF data", "ignore:Truncated")

Entry = tuple[int, int, int, int | bytes]


def tiff(order: str = "<", *entries: Entry, start: int = 8, magic: int = 42, tail: bytes = b"") -> bytes:
    """A TIFF record with one directory; entries are (tag, type, count, value or its place)."""
    made = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HL", magic, start) + bytes(start - 8)
    made += struct.pack(f"{order}H", len(entries))
    for tag, kind, count, value in entries:
        form = "H2x" if kind in (3, 8) else "L"
        made += struct.pack(f"{order}HHL", tag, kind, count)
        made += value if isinstance(value, bytes) else struct.pack(order + form, value)
    return made + bytes(4) + tail


def segment(mark: int, content: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(content) + 2) + content


def exif(record: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + record)


def xmp(text: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + text)


def with_headers(*headers: bytes, jpeg: bytes = PLAIN) -> bytes:
    return jpeg[:2] + b"".join(headers) + jpeg[2:]


def upright(order: str, value: int = 6) -> bytes:
    return tiff(order, (ORIENTATION, 3, 1, value))


def orientations(data: list[bytes]) -> list[int]:
    tf = tensorflow()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        encoded_ = tf.constant(data)
        found = tf.map_fn(orientation, encoded_, fn_output_signature=tf.int32)
        return [int(v) for v in session.run(found)]


def as_pillow(data: bytes) -> int:
    """The orientation Pillow goes by; what it cannot make sense of is none."""
    found = Image.open(io.BytesIO(data)).getexif().get(ORIENTATION, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


@pytest.mark.parametrize("settings", [{"reader": "load_img:bilinear", "fit": "crop"}, {"reader": "load_img:nearest"}])
def test_all_orientations_in_both_byte_orders_are_turned_upright(
    reference_images: list[Path], settings: dict[str, Any]
) -> None:
    tf = tensorflow()
    import keras

    photos = [p.read_bytes() for p in reference_images[:2]]
    data = [with_headers(exif(upright(o, v)), jpeg=p) for p in photos for o in "<>" for v in range(1, 9)]
    got = read(data, size=(60, 40), exif="turn", **settings)
    for pixels, d in zip(got, data, strict=True):
        turned = encoded(ImageOps.exif_transpose(Image.open(io.BytesIO(d))))
        options = {"interpolation": settings["reader"].split(":")[1], "keep_aspect_ratio": "fit" in settings}
        expected = keras.utils.load_img(io.BytesIO(turned), target_size=(60, 40), **options)
        np.testing.assert_array_equal(pixels, np.asarray(expected, "float32"))
    ignoring = read(data[:8], size=(60, 40), exif="ignore", **settings)
    assert all(np.array_equal(ignoring[0], pixels) for pixels in ignoring)
    assert tf.reduce_any(got[0] != got[1])


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientations_are_found_where_pillow_finds_them(order: str) -> None:
    others = (MAKE, 2, 20, 60), (0x0110, 2, 3, b"ab\0\0"), (ORIENTATION, 3, 1, 5), (0x011A, 5, 1, 60)
    pair, three = struct.pack(f"{order}HH", 6, 8), struct.pack(f"{order}HHH", 7, 1, 1)
    scan = PLAIN.index(b"\xff\xda")
    data = {
        "long": with_headers(exif(tiff(order, (ORIENTATION, 4, 1, 8)))),
        "signed short": with_headers(exif(tiff(order, (ORIENTATION, 8, 1, 8)))),
        "byte": with_headers(exif(tiff(order, (ORIENTATION, 1, 1, b"\6\0\0\0")))),
        "two values": with_headers(exif(tiff(order, (ORIENTATION, 3, 2, pair)))),
        "three values": with_headers(exif(tiff(order, (ORIENTATION, 4, 1, 3), (ORIENTATION, 3, 3, 38), tail=three))),
        "twice": with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 6), (ORIENTATION, 3, 1, 3)))),
        "among others": with_headers(exif(tiff(order, *others, tail=bytes(100)))),
        "directory further on": with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 6), start=300))),
        "magic the other way round": with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 6), magic=42 << 8))),
        "behind JFIF": PLAIN[:20] + exif(upright(order)) + PLAIN[20:],
        "behind large segments": with_headers(*[segment(0xE2, bytes(65000))] * 3, exif(upright(order))),
        "behind other APP1": with_headers(segment(0xE1, b"other" + bytes(60000)), exif(upright(order))),
        "behind the tables": PLAIN[:scan] + exif(upright(order)) + PLAIN[scan:],
        "behind fill bytes": with_headers(b"\xff\xff\xff", exif(upright(order))),
        "in two segments": with_headers(exif(upright(order)[:13]), exif(upright(order)[13:])),
        "named twice": with_headers(exif(b"Exif\0\0" + upright(order))),
        "in XMP": with_headers(xmp(b"<a>\n<tiff:Orientation>8</tiff:Orientation>\n")),
        "in XMP that is no text": with_headers(xmp(b'\x80\xfe tiff:Orientation="3" \x80')),
        "EXIF before XMP": with_headers(xmp(b'<x tiff:Orientation="3"/>'), exif(upright(order))),
        "EXIF without, XMP": with_headers(xmp(b'tiff:Orientation="3"'), exif(tiff(order, (MAKE, 2, 3, b"ab\0\0")))),
    }
    expected = {name: as_pillow(d) for name, d in data.items()}
    assert dict(zip(data, orientations(list(data.values())), strict=True)) == expected
    assert sum(v != 1 for v in expected.values()) >= len(expected) - 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_malformed_headers_turn_nothing_and_fail_nothing(order: str) -> None:
    whole = upright(order)
    bad = [
        *[with_headers(exif(whole[:cut])) for cut in (0, 1, 4, 7, 8, 9, 10, 15, 20)],
        with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 6), magic=41))),
        with_headers(exif(tiff(order, (ORIENTATION, 3, 0, 6)))),
        with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 0)))),
        with_headers(exif(tiff(order, (ORIENTATION, 3, 1, 9)))),
        with_headers(exif(tiff(order, (MAKE, 2, 500, 4000), (ORIENTATION, 3, 1, 6)))),
        with_headers(exif(whole[:4] + struct.pack(f"{order}L", 0xFFFFFFF0) + whole[8:])),
        with_headers(exif(whole[:4] + struct.pack(f"{order}L", 500) + whole[8:])),
        with_headers(exif(b"")),
        with_headers(xmp(b"")),
        with_headers(xmp(b"6")),
        with_headers(xmp(b'tiff:Orientation="x"')),
        PLAIN + exif(whole),
        PLAIN,
    ]
    assert orientations(bad) == [1] * len(bad)
    assert len({p.tobytes() for p in read(bad, size=(9, 9), exif="turn")}) == 1
    cut = [with_headers(exif(whole))[:n] for n in (3, 4, 5, 12, 25)] + [b"\xff\xd8\xff", b"\xff\xd8" + b"\xff" * 5000]
    assert orientations(cut) == [1] * len(cut)


def test_headers_changed_at_random_are_read_as_pillow_reads_them() -> None:
    random = np.random.default_rng(1)
    seeds = [with_headers(exif(tiff(o, (MAKE, 2, 3, b"ab\0\0"), (ORIENTATION, 3, 1, 6)))) for o in "<>"]
    data = []
    for number in range(600):
        changed = bytearray(seeds[number % 2])
        for _ in range(random.integers(1, 5)):
            changed[random.integers(2, 60)] = random.choice([0, 1, 3, 0x12, 0xE1, 0xFF, int(random.integers(256))])
        data.append(bytes(changed))
    checked = 0
    for d, found in zip(data, orientations(data), strict=True):
        try:
            expected = as_pillow(d)
        except (OSError, SyntaxError, ValueError, struct.error):
            continue  # Pillow reads no picture at all.
        assert found == expected, d[:80].hex()
        checked += 1
    assert checked > 300


def test_a_png_is_never_turned() -> None:
    picture = photo(20, 30)
    tags = Image.Exif()
    tags[ORIENTATION] = 6
    data = [encoded(picture), encoded(picture, exif=tags)]
    function = reader(size=(20, 30), exif="turn", formats="jpeg+png")
    for pixels in function(data):
        np.testing.assert_array_equal(pixels, np.asarray(picture, "float32"))
