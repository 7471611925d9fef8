"""The two passes of Pillow's resize of 8-bit images, bit-identical, as float32 matrix products.

A weight has 22 fractional bits and a float32 holds 24: split into a high half in units of 2^-15 and a low half in units
of 2^-22, both sums of weights times pixel values are exact regardless of the order of addition:

    high: sum |w| < 2 (1.57 at most, over all sizes), so |sum| < 2 * 2^15 * 255 < 2^24
    low: |part| <= 2^6, so |sum| <= span * 2^6 * 255 < 2^24 up to a span of 1027 pixels

Wider windows (12 megapixels to a few dozen pixels) are multiplied in double, which is exact for any width. Matrix
products need the lines of a pass contiguous in memory: the width pass transposes a strip first.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.kernels import BLOCK, PRECISION_BITS, Kernel, ResizeAxis, WeightBlocks, blocks
from workbench.core.export.pixels.strips import Strips, in_strips, strips
from workbench.core.lazy import tensorflow

Tensor = Any

LOW_BITS: Final = 7
HIGH_BITS: Final = PRECISION_BITS - LOW_BITS

WIDEST_SINGLE: Final = 1024
"""Pixels of a window up to which the low half's sum is exact in float32."""


class ResizePass(NamedTuple):
    """One axis, prepared: `halves` float32 `(n, 2 * BLOCK, span)`, or `(n, BLOCK, span)` if not exact."""

    blocks: WeightBlocks
    halves: Tensor
    kernel: Kernel
    exact: bool


def prepare(axis: ResizeAxis, kernel: Kernel, *, exact: bool) -> ResizePass:
    """The weights of one axis. If not exact, each is one float32: a few pixel values are then off by one."""
    tf = tensorflow()
    made = blocks(axis, kernel.support, kernel.weight)
    if not exact:
        return ResizePass(made, tf.cast(made.weights * 2.0**-PRECISION_BITS, tf.float32), kernel, exact)
    high = tf.floor(made.weights * 2.0**-LOW_BITS + 0.5)
    low = made.weights - high * 2.0**LOW_BITS
    # Powers of two cost no bits: the product is in pixel values, the low half in units of the high half's unit.
    halves = tf.concat([tf.cast(high * 2.0**-HIGH_BITS, tf.float32), tf.cast(low * 2.0**-LOW_BITS, tf.float32)], 1)
    return ResizePass(made, halves, kernel, exact)


def multiply(made: ResizePass, source: Tensor, lines: Tensor) -> Tensor:
    """One pass: uint8 source lines `(m, samples)` to uint8 `(size, samples)`.

    `lines` are the indices in `source` of the windows' lines.
    """
    tf = tensorflow()
    windows = tf.gather(source, lines)
    if made.exact:
        levels = tf.cond(
            tf.shape(lines)[1] <= WIDEST_SINGLE,
            lambda: _single(made.halves, windows, made.kernel),
            lambda: _double(made.blocks.weights, windows, made.kernel),
        )
    else:
        levels = _rounded(tf.matmul(made.halves, tf.cast(windows, tf.float32)) + 0.5, made.kernel)
    return tf.reshape(levels, [-1, tf.shape(source)[1]])[: made.blocks.size]


def _single(halves: Tensor, windows: Tensor, kernel: Kernel) -> Tensor:
    tf = tensorflow()
    sums = tf.matmul(halves, tf.cast(windows, tf.float32))
    # The part of the low half below the high half's unit only rounds down, as Pillow's shift does.
    return _rounded(sums[:, :BLOCK] + (tf.floor(sums[:, BLOCK:]) * 2.0**-HIGH_BITS + 0.5), kernel)


def _double(weights: Tensor, windows: Tensor, kernel: Kernel) -> Tensor:
    tf = tensorflow()
    return _rounded(tf.matmul(weights * 2.0**-PRECISION_BITS, tf.cast(windows, tf.float64)) + 0.5, kernel)


def _rounded(levels: Tensor, kernel: Kernel) -> Tensor:
    """Pixel values plus a half as uint8. Kernels without negative weights cannot leave 0 to 255."""
    tf = tensorflow()
    if kernel.negative:
        levels = tf.clip_by_value(levels, tf.constant(0.0, levels.dtype), tf.constant(255.5, levels.dtype))
    return tf.cast(levels, tf.uint8)  # Truncates.


class StripLines(NamedTuple):
    """An image's lines in strips: `source` `(lines of all strips, samples)`, beginning with the image's line
    `first`."""

    source: Tensor
    strips: Strips
    first: Tensor

    def windows(self, made: ResizePass) -> Tensor:
        """The windows of a pass, as indices in `source`."""
        return self.strips.place(made.blocks.lines - self.first)


def narrowed(image: Tensor, made: ResizePass, first: Tensor, end: Tensor) -> StripLines:
    """The width pass over the image lines from `first` up to but excluding `end`, in lines of `size * channels`
    samples."""
    tf = tensorflow()
    channels = int(image.shape[2])
    left, right = made.blocks.first, made.blocks.end
    width, size = right - left, made.blocks.size
    parts = strips(end - first, width * channels)

    def strip(start: Tensor) -> Tensor:
        top = first + start
        rows = tf.reshape(image[top : top + parts.height, left:right], [parts.height, width * channels])
        columns = tf.reshape(tf.transpose(rows), [width, channels * parts.height])
        done = multiply(made, columns, made.blocks.lines - left)
        return tf.transpose(tf.reshape(done, [size * channels, parts.height]))

    samples = size * channels if isinstance(size, int) else None
    stacked = in_strips(parts, strip, tf.uint8, [None, samples])
    return StripLines(tf.reshape(stacked, [-1, size * channels]), parts, first)


def width_first(image: Tensor, wide: ResizePass, tall: ResizePass) -> Tensor:
    """A uint8 image `(h, w, c)` resized as in every Pillow before 13; lines that are not needed are skipped."""
    tf = tensorflow()
    lines = narrowed(image, wide, tall.blocks.first, tall.blocks.end)
    done = multiply(tall, lines.source, lines.windows(tall))
    return tf.reshape(done, [tall.blocks.size, wide.blocks.size, int(image.shape[2])])


def height_first(image: Tensor, wide: ResizePass, tall: ResizePass) -> Tensor:
    """The same with the height pass first, in strips of columns."""
    tf = tensorflow()
    shape, channels = tf.shape(image), int(image.shape[2])
    parts = strips(shape[1], shape[0] * channels)

    def strip(start: Tensor) -> Tensor:
        columns = tf.reshape(image[:, start : start + parts.height], [shape[0], parts.height * channels])
        return multiply(tall, columns, tall.blocks.lines)

    stacked = in_strips(parts, strip, tf.uint8, [None, None])
    size = tall.blocks.size
    flat = tf.reshape(tf.transpose(stacked, [1, 0, 2]), [size, parts.count * parts.height, channels])
    low = tf.gather(flat, parts.place(tf.range(shape[1])), axis=1)
    lines = narrowed(low, wide, tf.constant(0), size)
    rows = tf.gather(lines.source, lines.strips.place(tf.range(size)))
    return tf.reshape(rows, [size, wide.blocks.size, channels])
