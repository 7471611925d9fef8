"""Image files of every kind that people have, as Pillow and OpenCV write them or by the formats' own rules."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from pictures import Array, encoded, noise, photo
from PIL import Image

WRITTEN: Final = Path(__file__).parent / "data" / "image_kinds"
"""Kinds that neither Pillow nor OpenCV writes: arithmetic coding, rare samplings (by cjpeg of libjpeg-turbo)."""

SAMPLINGS: Final = {
    name: getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{name}") for name in ("411", "420", "422", "440", "444")
}
ORIENTATION: Final = 0x0112
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of a PNG, by its colour type."""


def every_kind() -> dict[str, bytes]:
    """Every file by its kind's name, which begins with the format's."""
    made = {"JPEG": jpegs, "PNG": pngs, "GIF": gifs, "BMP": bmps}
    return {f"{form} {name}": data for form, make in made.items() for name, data in make().items()}


def chunk(name: bytes, data: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels: Array, depth: int, colour_type: int, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of rows of bytes as they stand in the file, with further chunks before and behind them."""
    height, packed = pixels.shape[:2]
    width = packed * 8 // (depth * _CHANNELS[colour_type])
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(_rows(pixels)))
    return b"\x89PNG\r\n\x1a\n" + head + before + body + after + chunk(b"IEND", b"")


def interlaced_png(pixels: Array) -> bytes:
    """An RGB PNG in the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    parts = (pixels[top::down, left::across] for top, left, down, across in passes)
    rows = b"".join(_rows(part.reshape(part.shape[0], -1)) for part in parts if part.size)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _rows(pixels: Array) -> bytes:
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def tiff(orientation: int) -> bytes:
    """An EXIF record of nothing but an orientation."""
    return b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([orientation]) + b"\0\0\0\0\0\0"


def jpegs() -> dict[str, bytes]:
    """JPEGs by their kinds."""
    pixels = np.asarray(photo(83, 121))
    ways = {f"sampling {name}": [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, flag] for name, flag in SAMPLINGS.items()}
    ways |= {"progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "restart markers": [cv2.IMWRITE_JPEG_RST_INTERVAL, 3]}
    ways |= {"optimized": [cv2.IMWRITE_JPEG_OPTIMIZE, 1]}
    found = {name: cv2.imencode(".jpg", pixels, way)[1].tobytes() for name, way in ways.items()}
    found["grey"] = encoded(photo(70, 90).convert("L"), "JPEG")
    found["grey, progressive"] = encoded(photo(70, 90).convert("L"), "JPEG", progressive=True)
    found["stored as RGB"] = encoded(photo(70, 90), "JPEG", keep_rgb=True)
    found |= {path.stem.replace("_", " "): path.read_bytes() for path in sorted(WRITTEN.glob("*.jpg"))}
    found["of two pictures (MPO)"] = encoded(photo(60, 90), "MPO", save_all=True, append_images=[photo(30, 45)])
    ink = encoded(photo(30, 40).convert("CMYK"), "JPEG")
    found |= {"CMYK": ink, "YCCK": _as_ycck(ink), "CMYK without Adobe's marker": _without_marker(ink)}
    for orientation in range(1, 9):
        told = Image.Exif()
        told[ORIENTATION] = orientation
        found[f"turned {orientation}"] = encoded(photo(60, 90, orientation), "JPEG", exif=told)
    return found


def _as_ycck(ink: bytes) -> bytes:
    """A CMYK JPEG whose numbers are said to be YCCK: the transform in Adobe's marker is 2."""
    place = ink.index(b"Adobe") + 11
    return ink[:place] + b"\x02" + ink[place + 1 :]


def _without_marker(ink: bytes) -> bytes:
    place = ink.index(b"\xff\xee")
    return ink[:place] + ink[place + 2 + int.from_bytes(ink[place + 2 : place + 4], "big") :]


def pngs() -> dict[str, bytes]:
    """PNGs by their kinds."""
    rows, picture = noise(40, 120), photo(50, 70)
    found = {f"grey of {depth} bits": png(rows, depth, 0) for depth in (1, 2, 4, 8, 16)}
    found |= {f"{name} of {d} bits": png(rows, d, kind) for kind, name in _PNG_TYPES.items() for d in (8, 16)}
    found |= {f"palette of {n}": encoded(picture.quantize(n)) for n in (2, 4, 16, 200)}
    found |= {
        "grey palette": encoded(Image.fromarray(noise(20, 30) // 16 * 16).quantize(16)),
        "transparent colour": encoded(picture, transparency=picture.getpixel((0, 0))),
        "transparent grey": encoded(picture.convert("L"), transparency=100),
        "transparent grey of 2 bits": png(rows, 2, 0, chunk(b"tRNS", b"\0\x01")),
        "transparent palette": encoded(picture.quantize(9), transparency=3),
        "half transparent palette": encoded(picture.quantize(4), transparency=bytes([0, 90, 200, 255])),
        "interlaced": interlaced_png(np.asarray(picture)),
        "gamma": png(rows, 8, 2, chunk(b"gAMA", struct.pack(">I", 90910))),
        "sRGB": png(rows, 8, 2, chunk(b"sRGB", b"\0")),
        "background": png(rows, 8, 6, chunk(b"bKGD", b"\0\x10\0\x20\0\x30")),
        "significant bits": png(rows, 8, 2, chunk(b"sBIT", b"\5\6\5")),
        "animated": encoded(picture, save_all=True, append_images=[photo(50, 70, 5)]),
        "animated, RGBA": _animated_rgba(),
    }
    for orientation in range(1, 9):
        exif = chunk(b"eXIf", tiff(orientation))
        found[f"turned {orientation}"] = png(rows, 8, 2, *((exif, b"") if orientation % 2 else (b"", exif)))
    return found


def _animated_rgba() -> bytes:
    first, second = (Image.fromarray(noise(30, 40, 4, seed=seed)) for seed in (1, 2))
    return encoded(first, save_all=True, append_images=[second])


_PNG_TYPES: Final = {2: "RGB", 4: "grey and alpha", 6: "RGBA"}


def gifs() -> dict[str, bytes]:
    """GIFs by their kinds."""
    picture, other = photo(40, 56), photo(40, 56, 3)
    flat = picture.quantize(30)
    found = {
        "static": encoded(picture, "GIF", interlace=0),
        "interlaced": encoded(picture, "GIF", interlace=1),
        "of 2 colours": encoded(picture.quantize(2), "GIF"),
        "grey": encoded(picture.convert("L"), "GIF"),
        "transparent": encoded(flat, "GIF", transparency=5),
        "animated": encoded(picture, "GIF", save_all=True, append_images=[other]),
        "animated, transparent": encoded(flat, "GIF", transparency=5, save_all=True, append_images=[other.quantize(9)]),
    }
    found["first picture smaller than the screen"] = _on_a_larger_screen(found["static"])
    return found


def _on_a_larger_screen(data: bytes) -> bytes:
    """The same picture, on a screen ten pixels wider and higher, two pixels from its corner."""
    width, height = struct.unpack("<HH", data[6:10])
    place = data.index(b"\x2c\0\0\0\0" + struct.pack("<HH", width, height))
    moved = data[:place] + b"\x2c" + struct.pack("<HH", 2, 2) + data[place + 5 :]
    return moved[:6] + struct.pack("<HH", width + 10, height + 10) + moved[10:]


def bmp(rows: Array, width: int, depth: int, packing: int = 0, *, palette: bytes = b"", masks: bytes = b"") -> bytes:
    """A BMP of rows of bytes as they stand in the file, the lowest first."""
    body = b"".join(row.tobytes() + bytes(-row.size % 4) for row in rows)
    return _bmp_of(body, (width, rows.shape[0]), depth, packing, masks + palette)


def _bmp_of(body: bytes, size: tuple[int, int], depth: int, packing: int, between: bytes) -> bytes:
    colours = len(between) // 4 if depth <= 8 else 0
    start = 14 + 40 + len(between)
    head = b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start)
    about = struct.pack("<IiiHHIIiiII", 40, *size, 1, depth, packing, len(body), 2835, 2835, colours, 0)
    return head + about + between + body


def bmps() -> dict[str, bytes]:
    """BMPs by their kinds."""
    picture = photo(21, 30)
    levels = np.asarray(picture)
    with_alpha = np.concatenate([levels[..., ::-1], noise(21, 30, 1)], -1)
    palette = bytes(int(n) for n in noise(16, 4).reshape(-1))
    colours = np.ascontiguousarray(noise(21, 60).view("<u2")).view("u1")
    runs = b"".join(bytes([10, n % 16, 20, (n + 3) % 16, 0, 0]) for n in range(21)) + b"\0\1"
    return {
        "24 bits": encoded(picture, "BMP"),
        "24 bits by OpenCV": cv2.imencode(".bmp", levels)[1].tobytes(),
        "24 bits, the top row first": _top_first(encoded(picture, "BMP")),
        "32 bits": bmp(with_alpha[::-1].reshape(21, -1), 30, 32),
        "32 bits by OpenCV": cv2.imencode(".bmp", with_alpha)[1].tobytes(),
        "32 bits by Pillow": encoded(picture.convert("RGBA"), "BMP"),
        "8 bits with a palette": encoded(picture.quantize(50), "BMP"),
        "8 bits with a palette of greys": encoded(picture.convert("L"), "BMP"),
        "4 bits with a palette": bmp(noise(21, 15), 30, 4, palette=palette),
        "1 bit": encoded(picture.convert("1"), "BMP"),
        "8 bits, packed": _bmp_of(runs, (30, 21), 8, 1, palette),
        "16 bits": bmp(colours & 0x7F, 30, 16),
        "16 bits 565": bmp(colours, 30, 16, 3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)),
    }


def _top_first(data: bytes) -> bytes:
    """The rows in the other order, and the height said to be below 0: the same picture."""
    width, height = struct.unpack("<ii", data[18:26])
    start, row = struct.unpack("<I", data[10:14])[0], (width * 3 + 3) // 4 * 4
    rows = [data[start + n * row : start + (n + 1) * row] for n in range(height)]
    return data[:22] + struct.pack("<i", -height) + data[26:start] + b"".join(reversed(rows))


def one_of_each_format() -> Iterator[tuple[str, bytes]]:
    """The plainest file of each format."""
    whole: dict[str, Any] = every_kind()
    for name in ("JPEG sampling 420", "PNG RGB of 8 bits", "GIF static", "BMP 24 bits"):
        yield name, whole[name]
