"""Protobuf's whole numbers: protobuf.dev/programming-guides/encoding, "Base 128 Varints"."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A whole number of 64 bits, seven at a time, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
