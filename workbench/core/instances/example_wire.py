"""`tf.train.Example` as bytes, put together around an image's own bytes instead of copying them into a message.

The encoding is that of protobuf (its "Encoding" page) for `tensorflow/core/example/{example,feature}.proto`, with the
features in the order of their names: what `SerializeToString(deterministic=True)` makes, but for names that begin with
another. It needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from workbench.core.varint import varint

BYTES, FLOATS, INTS = 1, 2, 3
"""The fields of `Feature`: bytes_list, float_list, int64_list."""

SMALL: Final = 4096
"""Bytes below which a piece costs less to copy than to handle."""

Parts = list[bytes]

_ONE: Final = 0x0A
"""The tag of field 1 with a length: `value` of every list, `key` of a map's entry, `feature`, `features`."""

_TWO: Final = 0x12
"""The tag of field 2 with a length: `value` of a map's entry."""


def example_parts(features: Mapping[str, tuple[int, Sequence[Any]]]) -> Parts:
    """An Example in pieces that make it when joined. Each feature has its kind and its values."""
    entries: Parts = []
    for name in sorted(features):
        kind, values = features[name]
        key = name.encode()
        inner = [bytes((_ONE,)), varint(len(key)), key, *_lengthy(_TWO, _feature(kind, values))]
        entries += _lengthy(_ONE, inner)
    return _joined(_lengthy(_ONE, entries))


def _joined(parts: Parts) -> Parts:
    """Neighbours that are small as one: fewer pieces to go through, and an image still copied nowhere."""
    found: Parts = []
    small: Parts = []
    for part in parts:
        if len(part) < SMALL:
            small.append(part)
        else:
            found += (b"".join(small), part)
            small = []
    return [*found, b"".join(small)]


def _feature(kind: int, values: Sequence[Any]) -> Parts:
    tag = kind << 3 | 2
    if not len(values):
        return _lengthy(tag, [])
    if kind == BYTES:
        return _lengthy(tag, [part for value in values for part in (bytes((_ONE,)), varint(len(value)), value)])
    packed = _floats(values) if kind == FLOATS else b"".join(varint(int(v) & 0xFFFF_FFFF_FFFF_FFFF) for v in values)
    return _lengthy(tag, [bytes((_ONE,)), varint(len(packed)), packed])


def _floats(values: Sequence[Any]) -> bytes:
    with np.errstate(over="ignore"):  # A double that no float holds is infinite, as protobuf has it.
        return np.asarray(values, "<f4").tobytes()


def _lengthy(tag: int, parts: Parts) -> Parts:
    return [bytes((tag,)), varint(sum(map(len, parts))), *parts]
