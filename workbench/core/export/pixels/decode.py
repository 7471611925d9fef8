"""Decodes encoded bytes to uint8 pixels: only the declared formats, each as the library decodes it that training used.

What no ops of TensorFlow read as that library does is refused by name; `docs/image-files.md` has the table.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.export.pixels import file_bytes, gif
from workbench.core.export.pixels.alpha import CVT_COLOR, composited, luma
from workbench.core.export.pixels.decoders import DecodeOptions
from workbench.core.export.pixels.file_bytes import is_format, octet_is, refused_if
from workbench.core.export.pixels.png_chunks import first_chunk
from workbench.core.export.pixels.thumbnail import by_factor
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import CMYK, FORMAT_NAMES, PNG_DEPTH, SIXTEEN_BIT, UNDECLARED_FORMAT

Tensor = Any

BMP_DEPTH: Final = 28
"""Offset of a BMP's bits per pixel: after the file header, and the information header's size, sides and planes."""

BMP_PACKING: Final = 30
"""Where it says how they are packed: 0 is not at all."""

MASKS: Final = 3
"""The packing of pixels whose colours have places of their own: the usual ones, as OpenCV writes them, or others."""

PNG_COLOUR_TYPE: Final = 25

OTHERS: Final = {"jpeg": (), "jpeg+png": ("PNG",), "any": ("PNG", "GIF", "BMP")}
"""Formats that a project's `formats` declares beside JPEG."""


def decode(encoded: Tensor, reading: DecodeOptions, factor: Tensor | None = None) -> Tensor:
    """One image as uint8 `(h, w, channels)`; a JPEG's sides divided by `factor`, an int32 scalar 1, 2, 4 or 8.

    INTEGER_ACCURATE is bit-identical to Pillow's decoder; TensorFlow's default (INTEGER_FAST) is what tf.data and
    TensorFlow 1 pipelines use. Fails (`InvalidArgumentError`) with `UNDECLARED_FORMAT: ...`, `SIXTEEN_BIT: ...` or
    `CMYK: ...`.
    """
    tf = tensorflow()
    encoded = _declared(encoded, reading)
    if reading.formats == "jpeg":
        pixels = _jpeg(encoded, reading, factor)
    else:
        jpeg = is_format(encoded, "JPEG")
        pixels = tf.cond(jpeg, lambda: _jpeg(encoded, reading, factor), lambda: _other(encoded, reading))
    return tf.ensure_shape(pixels, (None, None, reading.channels))


def _jpeg(encoded: Tensor, reading: DecodeOptions, factor: Tensor | None) -> Tensor:
    tf = tensorflow()
    options = {"channels": min(reading.channels, 3), "dct_method": reading.decoder.dct_method}
    # TensorFlow reads no grey of four components.
    if not reading.decoder.by_ops or reading.channels == 1:
        text = f"{CMYK}: JPEGs in CMYK or YCCK are refused: TensorFlow makes other colours of them than training saw."
        four = tf.equal(tf.io.extract_jpeg_shape(encoded)[2], 4)
        encoded = refused_if(four, encoded, text)
    if factor is None:
        pixels = tf.io.decode_jpeg(encoded, **options)
    else:
        # libjpeg scales while it decodes: the same pixels as Pillow's, which asks it for the same.
        pixels = by_factor(factor, lambda n: tf.io.decode_jpeg(encoded, ratio=n, **options))
    return _opaque(pixels) if reading.channels == 4 else pixels


def _other(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    """A PNG, or with "any" what `decode_image` reads; only a PNG's transparency is known."""
    tf = tensorflow()
    if reading.formats == "jpeg+png":
        return _png(encoded, reading)
    return tf.cond(is_format(encoded, "PNG"), lambda: _png(encoded, reading), lambda: _gif_or_bmp(encoded, reading))


def _gif_or_bmp(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    return tf.cond(is_format(encoded, "GIF"), lambda: _gif(encoded, reading), lambda: _bmp(encoded, reading))


def _gif(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf, decoder = tensorflow(), reading.decoder
    if not decoder.gif or (decoder.by_ops and reading.channels == 1):
        grey = " in grey" if decoder.gif else ""
        encoded = refused_if(tf.constant(True), encoded, f"{UNDECLARED_FORMAT}: this export reads no GIF images{grey}.")
    text = f"{UNDECLARED_FORMAT}: this export reads no GIF images that are transparent or do not fill their screen."
    return _colours(refused_if(gif.has_gaps(encoded), encoded, text), reading, 15)


def _bmp(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf, decoder = tensorflow(), reading.decoder
    if reading.channels == 1 and (decoder.by_ops or not decoder.bmp_grey):
        text = f"{UNDECLARED_FORMAT}: this export reads no BMP images in grey."
        encoded = refused_if(tf.constant(True), encoded, text)
    # TensorFlow takes an 8-bit BMP's palette numbers for grey levels, and packed ones for plain.
    depths = (8, 24, 32) if decoder.by_ops else (24, 32)
    packings = (0, MASKS) if decoder.by_ops and reading.alpha == "drop" else (0,)
    known = tf.logical_and(octet_is(encoded, BMP_DEPTH, *depths), octet_is(encoded, BMP_PACKING, *packings))
    kinds = "of 8, 24 or 32 bits" if decoder.by_ops else "without a palette, of 24 or 32 bits"
    text = f"{UNDECLARED_FORMAT}: this export reads no BMP images but unpacked ones {kinds}."
    encoded = refused_if(tf.logical_not(known), encoded, text)
    if decoder.by_ops and reading.channels == 4:
        deep = octet_is(encoded, BMP_DEPTH, 32)
        return tf.cond(deep, lambda: _by_decode_image(encoded, 4), lambda: _opaque(_by_decode_image(encoded, 3)))
    return _colours(encoded, reading, 14)


def _colours(encoded: Tensor, reading: DecodeOptions, grey_bits: int) -> Tensor:
    """A GIF or BMP; OpenCV's decoders make grey of the colours with weights of so many bits."""
    pixels = _by_decode_image(encoded, 3)
    if reading.channels == 1:
        return luma(pixels, CVT_COLOR[grey_bits])
    return _opaque(pixels) if reading.channels == 4 else pixels


def _by_decode_image(encoded: Tensor, channels: int) -> Tensor:
    tf = tensorflow()
    pixels = tf.io.decode_image(encoded, channels=channels, expand_animations=False)
    return tf.ensure_shape(pixels, (None, None, channels))


def _png(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    if reading.decoder.deep:
        return tf.cond(
            octet_is(encoded, PNG_DEPTH, 16),
            lambda: _high_bytes(encoded, reading),
            lambda: _eight_bits(encoded, reading),
        )
    text = f"{SIXTEEN_BIT}: 16-bit images are refused: TensorFlow would cut them to 8 bits without a word."
    encoded = refused_if(octet_is(encoded, PNG_DEPTH, 16), encoded, text)
    return _eight_bits(encoded, reading)


def _high_bytes(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    tf = tensorflow()
    deep = tf.io.decode_png(encoded, channels=reading.channels, dtype=tf.uint16)
    return tf.cast(tf.bitwise.right_shift(deep, tf.constant(8, tf.uint16)), tf.uint8)


def _eight_bits(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    if reading.alpha == "drop" and (reading.channels < 4 or reading.decoder.by_ops):
        return _plain_png(encoded, reading)
    pixels = _with_alpha(encoded)
    return pixels if reading.alpha == "drop" else _laid(pixels, reading)


def _plain_png(encoded: Tensor, reading: DecodeOptions) -> Tensor:
    """As `decode_png` reads it; but grey of an animated PNG, which OpenCV makes otherwise since 4.11."""
    tf, manner = tensorflow(), reading.decoder.animated_grey
    if reading.channels != 1 or manner == "as others":
        return tf.io.decode_png(encoded, channels=reading.channels)
    animated, _ = first_chunk(encoded, b"acTL")
    if manner == "unknown":
        text = f"{UNDECLARED_FORMAT}: this export reads no PNG images with an animation in grey."
        return tf.io.decode_png(refused_if(animated, encoded, text), channels=1)
    return tf.cond(
        animated,
        lambda: luma(tf.ensure_shape(tf.io.decode_png(encoded, channels=3), (None, None, 3)), CVT_COLOR[15]),
        lambda: tf.io.decode_png(encoded, channels=1),
    )


def _with_alpha(encoded: Tensor) -> Tensor:
    """A PNG as RGBA, as Pillow has it.

    TensorFlow calls a picture of fewer than 8 bits opaque at 2^bits - 1, not at 255. Pillow compares a grey that is
    said to be transparent, a number of so few bits, with levels of 8 bits: of such pictures it finds black alone.
    """
    tf = tensorflow()
    pixels = tf.ensure_shape(tf.io.decode_png(encoded, channels=4), (None, None, 4))
    depth = file_bytes.octets(encoded, PNG_DEPTH, 1)[0]

    def mended() -> Tensor:
        mask = tf.cast(pixels[..., 3], tf.int32)
        opaque = tf.reduce_all(tf.equal(mask, tf.bitwise.left_shift(1, depth) - 1))
        lost = tf.logical_and(octet_is(encoded, PNG_COLOUR_TYPE, 0), pixels[..., 0] > 0)
        known = tf.where(lost, tf.fill(tf.shape(mask), tf.constant(255, tf.uint8)), pixels[..., 3])
        return tf.where(opaque, _opaque(pixels[..., :3]), tf.concat([pixels[..., :3], known[..., None]], -1))

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
    return refused_if(tf.logical_not(known), encoded, text)
