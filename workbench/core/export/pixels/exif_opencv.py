"""The EXIF orientation of a JPEG or a PNG as `cv2.imread` uses it, read in the graph.

OpenCV reads the first EXIF record of a JPEG and the eXIf chunk of a PNG, wherever it is. The first orientation in a
record counts, as a 16-bit number regardless of its declared type; XMP is not read. One peculiarity is not reproduced:
OpenCV reads some of the entries before the orientation, and stops if their values are missing.
"""

from __future__ import annotations

from typing import Any

from workbench.core.export.pixels.exif import ORIENTATION, first_record, unsigned
from workbench.core.export.pixels.file_bytes import numbers
from workbench.core.export.pixels.png_chunks import first_chunk
from workbench.core.lazy import tensorflow

Tensor = Any


def jpeg_orientation(encoded: Tensor) -> Tensor:
    """1 to 8 for a JPEG's bytes; 1 if no orientation can be read. An int32 scalar."""
    return _orientation(first_record(encoded))


def png_orientation(encoded: Tensor) -> Tensor:
    """The same for a PNG's bytes."""
    _, record = first_chunk(encoded, b"eXIf")
    return _orientation(record)


def _orientation(record: Tensor) -> Tensor:
    """The first orientation in the first directory of a TIFF record; 1 if there is none from 1 to 8."""
    tf = tensorflow()
    length = tf.strings.length(record)
    data = numbers(record, 8)
    little = tf.equal(data[0], ord("I"))
    known = tf.logical_and(tf.logical_or(little, tf.equal(data[0], ord("M"))), length >= 8)
    known = tf.logical_and(known, tf.equal(unsigned(data[2:4], little), 42))
    start = tf.cast(tf.minimum(unsigned(data[4:8], little), tf.cast(length, tf.int64)), tf.int32)
    told = tf.cast(unsigned(data[start : start + 2], little), tf.int32)
    count = tf.where(known, tf.maximum(tf.minimum(told, (length - start - 2) // 12), 0), 0)
    entries = tf.reshape(data[start + 2 : start + 2 + 12 * count], [count, 12])
    ours = tf.boolean_mask(entries, tf.equal(unsigned(entries[:, :2], little), ORIENTATION))
    values = tf.concat([tf.cast(unsigned(ours[:, 8:10], little), tf.int32), [1]], 0)
    return tf.where(tf.logical_and(values[0] >= 1, values[0] <= 8), values[0], 1)
