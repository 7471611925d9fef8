"""Protobuf's variable-length integers: protobuf.dev/programming-guides/encoding, "Base 128 Varints"."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A 64-bit unsigned integer, seven bits at a time, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
