"""An encoded image's bytes in the graph: its format, single bytes, and refusals of what is in them."""

from __future__ import annotations

from typing import Any, Final

from workbench.core.lazy import tensorflow

Tensor = Any

BEGINNINGS: Final = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
}
"""The first bytes of each format."""


def is_format(encoded: Tensor, name: str) -> Tensor:
    """Whether the bytes start like a format of `BEGINNINGS`."""
    tf = tensorflow()
    found = [tf.equal(tf.strings.substr(encoded, 0, len(b)), tf.constant(b)) for b in BEGINNINGS[name]]
    return found[0] if len(found) == 1 else tf.logical_or(*found)


def part(text: Tensor, place: Tensor, size: Tensor) -> Tensor:
    """At most `size` bytes from `place` on; empty past the end, where `substr` itself fails."""
    tf = tensorflow()
    return tf.strings.substr(text, tf.minimum(place, tf.strings.length(text)), size)


def numbers(text: Tensor, least: int = 0) -> Tensor:
    """The bytes as int32, padded to `least` values with zeros."""
    tf = tensorflow()
    return tf.cast(tf.io.decode_raw(tf.strings.join([text, tf.constant(bytes(least))]), tf.uint8), tf.int32)


def octets(encoded: Tensor, place: Tensor, count: int) -> Tensor:
    """`count` bytes from `place` on, int32 `(count,)`; zeros past the end of the file."""
    return numbers(part(encoded, place, count), count)[:count]


def octet_is(encoded: Tensor, place: int, *values: int) -> Tensor:
    """Whether a byte is one of the values."""
    tf = tensorflow()
    return tf.reduce_any(tf.equal(octets(encoded, place, 1), values))


def refused_if(wrong: Tensor, encoded: Tensor, text: str) -> Tensor:
    """The unchanged bytes. Everything computed from them depends on the refusal, so freezing cannot remove it."""
    tf = tensorflow()
    with tf.control_dependencies([tf.debugging.Assert(tf.logical_not(wrong), [text])]):
        return tf.identity(encoded)
