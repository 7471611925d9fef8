"""Decodes encoded bytes to uint8 pixels: only the declared formats, as Pillow or as TensorFlow decodes them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.alpha import composited
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import CMYK, FORMAT_NAMES, PNG_DEPTH, SIXTEEN_BIT, UNDECLARED_FORMAT, Formats
from workbench.spec.reader_family import Library

Tensor = Any

BEGINNINGS: Final = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
}
"""The first bytes of each format."""

BMP_DEPTH: Final = 28
"""Offset of a BMP's bits per pixel: after the file header, and the information header's size, sides and planes."""

OTHERS: Final = {"jpeg": (), "jpeg+png": ("PNG",), "any": ("PNG", "GIF", "BMP")}
"""Formats that a project's `formats` declares beside JPEG."""


class Decoder(NamedTuple):
    """Options with which TensorFlow's ops return the pixels of a library's decoder.

    `dct_method` is `DecodeJpeg`'s inverse transform, empty for the op's default. `palettes` and `cmyk` state whether
    BMPs with a palette and JPEGs of four components are decoded as the ops do, instead of being rejected; `deep`
    whether the high byte of a 16-bit PNG is used.
    """

    dct_method: str
    palettes: bool = False
    cmyk: bool = False
    deep: bool = False


DECODERS: Final[dict[Library, Decoder]] = {
    "Pillow": Decoder("INTEGER_ACCURATE"),
    "TensorFlow": Decoder("", palettes=True, cmyk=True),
    "OpenCV": Decoder("INTEGER_ACCURATE", deep=True),
    "scikit-image": Decoder("INTEGER_ACCURATE"),  # It reads files with imageio, which uses Pillow.
}
"""Each library's decoder. JPEG pixels of Pillow and OpenCV are those of libjpeg's accurate integer transform."""


class DecodeOptions(NamedTuple):
    """How bytes become pixels, by `decoder`.

    `channels` is the number of channels of the pixels; with `alpha` other than "drop", that of the composited image.
    """

    formats: Formats
    decoder: Decoder
    channels: int
    alpha: str


def decode(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    """One image as uint8 `(h, w, channels)`.

    INTEGER_ACCURATE is bit-identical to Pillow's decoder; TensorFlow's default (INTEGER_FAST) is what tf.data and
    TensorFlow 1 pipelines use. Fails (`InvalidArgumentError`) with `UNDECLARED_FORMAT: ...`, `SIXTEEN_BIT: ...` or
    `CMYK: ...`.
    """
    tf = tensorflow()
    encoded = _declared(encoded, reading)
    if reading.formats == "jpeg":
        pixels = _jpeg(encoded, reading)
    else:
        pixels = tf.cond(is_format(encoded, "JPEG"), lambda: _jpeg(encoded, reading), lambda: _other(encoded, reading))
    return tf.ensure_shape(pixels, (None, None, reading.channels))


def _jpeg(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    if not reading.decoder.cmyk:
        text = f"{CMYK}: JPEGs in CMYK or YCCK are refused: TensorFlow makes other colours of them than training saw."
        four = tf.equal(tf.io.extract_jpeg_shape(encoded)[2], 4)
        encoded = _refused_if(four, encoded, text)
    pixels = tf.io.decode_jpeg(encoded, channels=min(reading.channels, 3), dct_method=reading.decoder.dct_method)
    return _opaque(pixels) if reading.channels == 4 else pixels


def _other(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    """A PNG, or with "any" what `decode_image` reads; only a PNG's transparency is known."""
    tf = tensorflow()
    if reading.formats == "jpeg+png":
        return _png(encoded, reading)
    return tf.cond(is_format(encoded, "PNG"), lambda: _png(encoded, reading), lambda: _gif_or_bmp(encoded, reading))


def _gif_or_bmp(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    if not reading.decoder.palettes:
        # TensorFlow takes the palette indices of an 8-bit BMP for pixel values.
        palette = tf.logical_and(is_format(encoded, "BMP"), _octet_is(encoded, BMP_DEPTH, 8))
        text = f"{UNDECLARED_FORMAT}: this export reads no BMP images with a palette."
        encoded = _refused_if(palette, encoded, text)
    pixels = tf.io.decode_image(encoded, channels=min(reading.channels, 3), expand_animations=False)
    pixels = tf.ensure_shape(pixels, (None, None, min(reading.channels, 3)))
    return _opaque(pixels) if reading.channels == 4 else pixels


def _png(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    if reading.decoder.deep:
        return tf.cond(
            _octet_is(encoded, PNG_DEPTH, 16),
            lambda: _high_bytes(encoded, reading),
            lambda: _eight_bits(encoded, reading),
        )
    text = f"{SIXTEEN_BIT}: 16-bit images are refused: TensorFlow would cut them to 8 bits without a word."
    encoded = _refused_if(_octet_is(encoded, PNG_DEPTH, 16), encoded, text)
    return _eight_bits(encoded, reading)


def _high_bytes(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    deep = tf.io.decode_png(encoded, channels=reading.channels, dtype=tf.uint16)
    return tf.cast(tf.bitwise.right_shift(deep, tf.constant(8, tf.uint16)), tf.uint8)


def _eight_bits(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    if reading.alpha == "drop" and reading.channels < 4:
        return tensorflow().io.decode_png(encoded, channels=reading.channels)
    pixels = _with_alpha(encoded)
    return pixels if reading.alpha == "drop" else _laid(pixels, reading)


def _with_alpha(encoded: Tensor) -> Tensor:
    """A PNG as RGBA. For fewer than 8 bits TensorFlow's opaque alpha is 2^bits - 1, not 255."""
    tf = tensorflow()
    pixels = tf.ensure_shape(tf.io.decode_png(encoded, channels=4), (None, None, 4))
    depth = tf.cast(tf.io.decode_raw(_octet(encoded, PNG_DEPTH), tf.uint8)[0], tf.int32)

    def mended() -> Tensor:
        mask = tf.cast(pixels[..., 3], tf.int32)
        opaque = tf.reduce_all(tf.equal(mask, tf.bitwise.left_shift(1, depth) - 1))
        return tf.where(opaque, _opaque(pixels[..., :3]), pixels)

    return tf.cond(depth < 8, mended, lambda: pixels)


def _laid(pixels: Tensor, reading: DecodeOptions) -> Tensor:
    laid = composited(pixels, reading.alpha)
    if reading.channels == 3:
        return laid
    tf = tensorflow()
    # A grey image from TensorFlow's own decoder: TensorFlow has no function to composite one, so this uses TensorFlow's
    # own luma, `tf.image.rgb_to_grayscale`.
    return tf.image.rgb_to_grayscale(laid)


def _opaque(pixels: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.concat([pixels, tf.fill([*tf.unstack(tf.shape(pixels)[:2]), 1], tf.constant(255, tf.uint8))], -1)


def _declared(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    known = is_format(encoded, "JPEG")
    for other in OTHERS[reading.formats]:
        known = tf.logical_or(known, is_format(encoded, other))
    text = f"{UNDECLARED_FORMAT}: this export reads {FORMAT_NAMES[reading.formats]} images only."
    return _refused_if(tf.logical_not(known), encoded, text)


def is_format(encoded: Tensor, name: str) -> Tensor:
    """Whether the bytes begin like a format of `BEGINNINGS`."""
    tf = tensorflow()
    found = [tf.equal(tf.strings.substr(encoded, 0, len(b)), tf.constant(b)) for b in BEGINNINGS[name]]
    return found[0] if len(found) == 1 else tf.logical_or(*found)


def _octet(encoded: Tensor, place: int) -> Tensor:
    """One byte; zero beyond the end (where `substr` itself fails)."""
    tf = tensorflow()
    length = tf.strings.length(encoded)
    return tf.strings.substr(tf.strings.join([tf.strings.substr(encoded, tf.minimum(place, length), 1), b"\0"]), 0, 1)


def _octet_is(encoded: Tensor, place: int, value: int) -> Tensor:
    return tensorflow().equal(_octet(encoded, place), tensorflow().constant(bytes([value])))


def _refused_if(wrong: Tensor, encoded: Tensor, text: str) -> Tensor:
    """The bytes, unchanged. Everything computed from them depends on the check, so that freezing keeps it."""
    tf = tensorflow()
    with tf.control_dependencies([tf.debugging.Assert(tf.logical_not(wrong), [text])]):
        return tf.identity(encoded)
