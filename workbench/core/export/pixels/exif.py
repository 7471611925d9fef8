"""A JPEG's EXIF orientation, read and applied in the graph as `PIL.ImageOps.exif_transpose` does.

No image fails a batch: a truncated or malformed header counts as no orientation. Only the headers before the image data
are read, one segment after the other. Two peculiarities of Pillow are not reproduced: BigTIFF within a JPEG, and an
orientation stored as a floating point number or a fraction.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.file_bytes import numbers, part
from workbench.core.lazy import tensorflow

Tensor = Any

MAX_SEGMENTS: Final = 1000
"""Maximum number of segments (and stray bytes between them) that are read: room for a profile in 255 parts and a
preview."""

ORIENTATION: Final = 0x0112

UNIT_BYTES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
"""Bytes of one value by TIFF field type (TIFF 6.0, and 13 for an IFD); 0 for types that do not exist."""

INTEGER_TYPES: Final = (3, 4, 6, 8, 9, 13)

EXIF: Final = b"Exif\0\0"
XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
XMP_ORIENTATION: Final = r'^\C*?tiff:Orientation(?:="|>)([0-9])\C*$'
"""Matches the whole text, so that replacing it by the group leaves one digit (Pillow's `getexif` searches the same)."""


class _HeaderWalk(NamedTuple):
    """State of the walk: the current offset (-1: done), the data collected, and the number of steps."""

    place: Tensor
    first: Tensor
    exif: Tensor
    xmp: Tensor
    steps: Tensor


def orientation(encoded: Tensor) -> Tensor:
    """1 to 8 for a JPEG's bytes; 1 if no orientation can be read. An int32 scalar."""
    tf = tensorflow()
    found = _walked(encoded)
    written = tf.strings.length(found.exif) + tf.strings.length(found.xmp) > 0
    value = tf.cond(written, lambda: _read(found.exif, found.xmp), lambda: tf.constant(1))
    return tf.where(tf.logical_and(value >= 1, value <= 8), value, 1)


def first_record(encoded: Tensor) -> Tensor:
    """The EXIF record in the first segment of a JPEG that has one, without its name; empty if there is none."""
    return _walked(encoded).first


def _walked(encoded: Tensor) -> _HeaderWalk:
    tf = tensorflow()
    nothing = tf.constant(b"")
    found = tf.while_loop(
        lambda *now: tf.logical_and(now[0] >= 0, now[-1] < MAX_SEGMENTS),
        lambda *now: _step(encoded, _HeaderWalk(*now)),
        _HeaderWalk(tf.constant(2), nothing, nothing, nothing, tf.constant(0)),
        parallel_iterations=1,
    )
    return _HeaderWalk(*found)


def _step(encoded: Tensor, now: _HeaderWalk) -> _HeaderWalk:
    """Advance past one segment, or past one stray byte between two segments."""
    tf = tensorflow()
    length = tf.strings.length(encoded)
    head = numbers(part(encoded, now.place, 4), 4)
    mark, kind, size = head[0], head[1], head[2] * 256 + head[3]
    stray = tf.logical_or(tf.not_equal(mark, 0xFF), tf.equal(kind, 0xFF))
    bare = tf.logical_or(_between(kind, 0xD0, 0xD9), tf.logical_or(kind <= 0x01, _between(kind, 0xF0, 0xFD)))
    wide = tf.where(stray, 1, tf.where(tf.logical_or(bare, tf.equal(kind, 0xC8)), 2, 2 + tf.maximum(size, 2)))
    after = now.place + wide
    ends = tf.logical_or(tf.logical_and(tf.equal(kind, 0xDA), tf.logical_not(stray)), after >= length)
    body = tf.where(tf.logical_and(tf.equal(kind, 0xE1), tf.logical_not(stray)), tf.maximum(size - 2, 0), 0)
    text = part(encoded, now.place + 4, body)
    exif = tf.where(starts(text, EXIF), _rest(text, EXIF), tf.constant(b""))
    xmp = tf.where(starts(text, XMP), _rest(text, XMP), now.xmp)
    first = tf.where(tf.equal(tf.strings.length(now.first), 0), exif, now.first)
    return _HeaderWalk(tf.where(ends, -1, after), first, tf.strings.join([now.exif, exif]), xmp, now.steps + 1)


def _between(value: Tensor, low: int, high: int) -> Tensor:
    return tensorflow().logical_and(value >= low, value <= high)


def starts(text: Tensor, prefix: bytes) -> Tensor:
    tf = tensorflow()
    return tf.equal(tf.strings.substr(text, 0, len(prefix)), tf.constant(prefix))


def _rest(text: Tensor, prefix: bytes) -> Tensor:
    return part(text, tensorflow().constant(len(prefix)), tensorflow().strings.length(text))


def _read(exif: Tensor, xmp: Tensor) -> Tensor:
    """The orientation of an EXIF record, else of an XMP text."""
    tf = tensorflow()
    record = tf.strings.regex_replace(exif, r"\A(?:Exif\x00\x00)+", "", replace_global=False)  # Written twice by some.
    has, value = _directory(numbers(record, 8), tf.strings.length(record))
    digit = tf.strings.regex_replace(xmp, XMP_ORIENTATION, r"\1")
    matched = tf.logical_and(tf.equal(tf.strings.length(digit), 1), tf.strings.length(xmp) > 1)
    return tf.where(has, value, tf.where(matched, numbers(digit, 1)[0] - ord("0"), 1))


def _directory(data: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the first directory of a TIFF record has an orientation, and its value; `data` has 8 extra zeros at
    the end."""
    tf = tensorflow()
    little = tf.equal(data[0], ord("I"))
    order = tf.logical_and(tf.equal(data[0], data[1]), tf.logical_or(little, tf.equal(data[0], ord("M"))))
    magic = tf.logical_and(tf.equal(data[2] + data[3], 42), tf.equal(data[2] * data[3], 0))
    valid = tf.logical_and(tf.logical_and(order, magic), length >= 8)
    start = unsigned(data[4:8], little)
    start = tf.cast(tf.minimum(start, tf.cast(length, tf.int64)), tf.int32)
    told = tf.cast(unsigned(data[start : start + 2], little), tf.int32)
    count = tf.where(valid, tf.maximum(tf.minimum(told, (length - start - 2) // 12), 0), 0)
    entries = tf.reshape(data[start + 2 : start + 2 + 12 * count], [count, 12])
    entry, unit = _orientation_entry(entries, little, length)
    # Pillow finds nothing in a record that it cannot read, and then does not search the XMP either.
    unreadable = tf.logical_and(length > 0, tf.logical_not(valid))
    return tf.logical_or(tf.reduce_any(entry > 0), unreadable), _value(entry, unit, data, little)


def _orientation_entry(entries: Tensor, little: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """The 12-byte directory entry that counts, and the size of one of its values in bytes; zeros if there is none."""
    tf = tensorflow()
    zero = tf.constant([0], tf.int64)
    kind = tf.minimum(unsigned(entries[:, 2:4], little), len(UNIT_BYTES))
    unit = tf.gather(tf.constant((*UNIT_BYTES, 0), tf.int64), kind)
    size = unsigned(entries[:, 4:8], little) * unit
    lost = tf.logical_and(size > 4, unsigned(entries[:, 8:12], little) + size > tf.cast(length, tf.int64))
    # Pillow stops at the first entry whose values are missing; later entries of a tag replace earlier ones.
    read = tf.equal(tf.cumsum(tf.cast(lost, tf.int32)), 0)
    ours = tf.equal(unsigned(entries[:, :2], little), ORIENTATION)
    ours = tf.logical_and(tf.logical_and(ours, read), size > 0)
    last = tf.reduce_max(tf.concat([[0], tf.where(ours, tf.range(1, tf.shape(ours)[0] + 1), 0)], 0))
    return tf.concat([tf.zeros([1, 12], tf.int32), entries], 0)[last], tf.concat([zero, unit], 0)[last]


def _value(entry: Tensor, unit: Tensor, data: Tensor, little: Tensor) -> Tensor:
    """An entry's first value if it is an integer, else 1; a value above 8 may be returned as any number above 8."""
    tf = tensorflow()
    many = unsigned(entry[4:8], little) * unit > 4
    unit = tf.cast(tf.minimum(unit, 4), tf.int32)
    # If the values do not fit into the entry, it holds their offset, which has already been checked.
    place = tf.cast(tf.where(many, unsigned(entry[8:12], little), tf.zeros([], tf.int64)), tf.int32)
    octets = tf.cond(many, lambda: data[place : place + unit], lambda: entry[8 : 8 + unit])
    whole = tf.reduce_any(tf.equal(unsigned(entry[2:4], little), INTEGER_TYPES))
    return tf.cast(tf.where(whole, tf.minimum(unsigned(octets, little), 9), tf.ones([], tf.int64)), tf.int32)


def unsigned(octets: Tensor, little: Tensor) -> Tensor:
    """Bytes along the last axis as one unsigned number, int64."""
    tf = tensorflow()
    count = tf.shape(octets)[-1]
    place = tf.range(count)
    power = tf.where(little, place, count - 1 - place)
    weights = tf.bitwise.left_shift(tf.constant(1, tf.int64), tf.cast(power, tf.int64) * 8)
    return tf.reduce_sum(tf.cast(octets, tf.int64) * weights, axis=-1)


def turned(image: Tensor, value: Tensor) -> Tensor:
    """An image `(h, w, c)` with the orientation (1 to 8) applied."""
    tf = tensorflow()
    return tf.cond(value <= 1, lambda: image, lambda: _turned(image, value))


def _turned(image: Tensor, value: Tensor) -> Tensor:
    tf = tensorflow()
    across = tf.where(value >= 5, tf.constant([1, 0, 2]), tf.constant([0, 1, 2]))
    flips = tf.gather(tf.constant([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0], [0, 1], [1, 1], [1, 0]]), value - 1)
    axes = tf.boolean_mask(tf.constant([0, 1]), tf.equal(flips, 1))
    done = tf.reverse(tf.transpose(image, across), axes)
    return tf.ensure_shape(done, (None, None, image.shape[2]))
