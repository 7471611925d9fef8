"""Reads an encoded image's header without decoding: format, size, bit depth, and whether the file is complete."""

from __future__ import annotations

from typing import Final

import msgspec

MAX_PIXELS: Final = 178_956_970
"""Maximum number of pixels; Pillow rejects more (twice `Image.MAX_IMAGE_PIXELS`)."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG markers that begin a frame (ITU-T T.81, table B.1)."""

_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""The markers without a length after them."""


class ImageHeader(msgspec.Struct, frozen=True):
    """`kind` is Pillow's name of the format, empty for an unknown one; `problem` says what is missing.

    `components` is the number of colour components of a JPEG, 4 for CMYK and YCCK; 0 for other formats. `plain` is
    false for a GIF or BMP that libraries decode differently, `by_ops` for one that TensorFlow cannot decode, or whose
    pixels depend on its version. `animated` is true for a PNG with several frames.
    """

    kind: str
    width: int = 0
    height: int = 0
    bits: int = 8
    problem: str = ""
    plain: bool = True
    components: int = 0
    by_ops: bool = True
    animated: bool = False

    @property
    def pixels(self) -> int:
        """The number of pixels according to the header."""
        return self.width * self.height

    @property
    def is_whole(self) -> bool:
        """Whether it is an image of a known format, with a size and an end."""
        return bool(self.kind and self.pixels and not self.problem)


def look(data: bytes) -> ImageHeader:
    """Parse the structure.

    TensorFlow's decoder and Pillow's reject a JPEG without its end marker, even if only two bytes are missing.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    return _bmp(data) if data.startswith(b"BM") and len(data) > 54 else ImageHeader("")


def looks_whole(data: bytes) -> bool:
    """Like `look(data).is_whole`, but faster: a JPEG that ends as one is assumed to be complete."""
    return (data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")) or look(data).is_whole


def _jpeg(data: bytes) -> ImageHeader:
    width = height = components = 0
    bits, place = 8, 2
    while (place := data.find(b"\xff", place)) >= 0 and place + 4 <= len(data):
        marker = data[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _SOF:
            bits = data[place + 4] if place + 4 < len(data) else 8
            components = data[place + 9] if place + 9 < len(data) else 0
            height, width = _big(data, place + 5, 2), _big(data, place + 7, 2)
        if marker == 0xDA:
            # After the start of the scan, FF is always stuffed or a marker: FF D9 there is the end and nothing else.
            whole = data.rfind(b"\xff\xd9", place) >= 0
            problem = "" if whole else "it is truncated"
            return ImageHeader("JPEG", width, height, bits, problem, components=components)
        place += 2 + max(2, _big(data, place + 2, 2))
    return ImageHeader("JPEG", width, height, bits, "it contains no image")


def _png(data: bytes) -> ImageHeader:
    width, height = _big(data, 16, 4), _big(data, 20, 4)
    bits = data[24] if len(data) > 24 else 8
    place, animated = len(_PNG), False
    while place + 12 <= len(data):
        length, kind = _big(data, place, 4), data[place + 4 : place + 8]
        place += 12 + length
        animated = animated or kind == b"acTL"
        if kind == b"IEND" and place <= len(data):
            return ImageHeader("PNG", width, height, bits, animated=animated)
    return ImageHeader("PNG", width, height, bits, "it is truncated")


def _gif(data: bytes) -> ImageHeader:
    width, height = _little(data, 6), _little(data, 8)
    plain = _covers_its_screen(data)
    # The trailer 3B; some encoders append a few bytes.
    problem = "" if b"\x3b" in data[-16:] else "it is truncated"
    return ImageHeader("GIF", width, height, 8, problem, plain, by_ops=plain)


def _covers_its_screen(data: bytes) -> bool:
    """Whether the first picture has no transparent colour and fills the screen.

    Elsewhere decoders differ, TensorFlow's own from one release to the next.
    """
    packed = data[10] if len(data) > 10 else 0
    place = 13 + (3 << (packed & 7) + 1 if packed & 0x80 else 0)
    transparent = False
    while data[place : place + 1] == b"!":
        if data[place + 1 : place + 2] == b"\xf9":
            transparent = bool(data[place + 3 : place + 4] and data[place + 3] & 1)
        place += 2
        while data[place : place + 1] not in (b"", b"\0"):
            place += 1 + data[place]
        place += 1
    return not transparent and data[place + 1 : place + 9] == bytes(4) + data[6:10]


def _bmp(data: bytes) -> ImageHeader:
    offset, width, height = (int.from_bytes(data[p : p + 4], "little", signed=True) for p in (10, 18, 22))
    bits, packing = _little(data, 28), data[30]
    # decode_bmp takes palette indices for pixel values and supports no compression.
    plain, by_ops = bits in (24, 32) and packing == 0, bits in (8, 24, 32) and packing in (0, 3)
    row = (width * bits // 8 + 3) // 4 * 4
    problem = "it is truncated" if plain and len(data) < offset + row * abs(height) else ""
    return ImageHeader("BMP", width, abs(height), 8, problem, plain, by_ops=by_ops)


def _little(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 2], "little")


def _big(data: bytes, place: int, size: int) -> int:
    return int.from_bytes(data[place : place + size], "big")
