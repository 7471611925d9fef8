"""Pillow's `Image.reduce` of 8-bit images: means of whole cells, to the last bit (`Reduce.c`)."""

from __future__ import annotations

from typing import Any

from workbench.core.export.pixels.strips import in_strips, strips
from workbench.core.lazy import tensorflow

Tensor = Any


def reduced(image: Tensor, factors: tuple[Tensor, Tensor]) -> Tensor:
    """A uint8 image `(h, w, c)` as `image.reduce((across, down))` of its factors (down, across), int32 scalars.

    A last cell that is cut off at the edge is the mean of what is there.
    """
    tf = tensorflow()
    shape, channels = tf.shape(image), int(image.shape[2])
    down, across = factors
    rows, columns = (-(-length // factor) for length, factor in ((shape[0], down), (shape[1], across)))
    parts = strips(rows, down * shape[1] * channels)
    counts = _counts(shape[0], down, rows)[:, None] * _counts(shape[1], across, columns)

    def strip(start: Tensor) -> Tensor:
        lines = image[start * down : (start + parts.height) * down]
        sums = _along_rows(_along_columns(lines, down, parts.height), across, columns)
        return _means(sums, counts[start : start + parts.height, :, None])

    stacked = in_strips(parts, strip, tf.uint8, [None, None, channels])
    flat = tf.reshape(stacked, [parts.count * parts.height, columns, channels])
    return tf.gather(flat, parts.place(tf.range(rows)))


def _counts(length: Tensor, factor: Tensor, cells: Tensor) -> Tensor:
    """Number of source lines per cell of an axis, int32 `(cells,)`."""
    tf = tensorflow()
    return tf.minimum(factor, length - tf.range(cells) * factor)


def _along_columns(lines: Tensor, down: Tensor, rows: Tensor) -> Tensor:
    """Sums of this many lines each, int32 `(rows, w, c)`; lines past the edge count as nothing."""
    tf = tensorflow()
    shape = tf.shape(lines)
    whole = tf.pad(lines, tf.stack([[0, rows * down - shape[0]], [0, 0], [0, 0]]))
    cells = tf.reshape(whole, [rows, down, shape[1] * shape[2]])
    sums = tf.reduce_sum(tf.cast(cells, tf.int32), 1)
    return tf.ensure_shape(tf.reshape(sums, [rows, shape[1], shape[2]]), (None, None, lines.shape[2]))


def _along_rows(sums: Tensor, across: Tensor, columns: Tensor) -> Tensor:
    tf = tensorflow()
    shape = tf.shape(sums)
    whole = tf.pad(sums, tf.stack([[0, 0], [0, columns * across - shape[1]], [0, 0]]))
    return tf.reduce_sum(tf.reshape(whole, [shape[0], columns, across, shape[2]]), 2)


def _means(sums: Tensor, counts: Tensor) -> Tensor:
    """`((sum + n / 2) * multiplier) >> 24`, the multiplier the float32 2^24 / n, cut to a whole number."""
    tf = tensorflow()
    # A quotient of two numbers that are known at run time alone is not made a product.
    exact = tf.fill(tf.shape(counts), tf.constant(2.0**24)) / tf.cast(counts, tf.float32)
    multiplier = tf.cast(tf.floor(exact), tf.int64)
    product = tf.cast(sums + counts // 2, tf.int64) * multiplier
    return tf.cast(tf.bitwise.right_shift(product, tf.constant(24, tf.int64)), tf.uint8)
