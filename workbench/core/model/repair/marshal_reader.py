"""Reads the bytes of a marshalled Python function as plain data, without ever building a code object.

Layouts: CPython `Python/marshal.c` of 2.7, 3.0-3.7, 3.8-3.10 and 3.11-3.13. `marshal.loads` itself is not used: it
builds code objects and is not designed for hostile bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

Layout = Literal["2", "3.0", "3.8", "3.11"]

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 20
MAX_DIGITS: Final = 64

HEADERS: Final[dict[Layout, int]] = {"2": 4, "3.0": 5, "3.8": 6, "3.11": 5}
"""Number of 32-bit integers at the start of a code object; the first is the number of arguments."""

_FIELDS: Final[dict[Layout, tuple[str, ...]]] = {
    "2": ("code", "consts", "names", "varnames", "freevars", "cellvars", "filename", "name", "#", "lines"),
    "3.0": ("code", "consts", "names", "varnames", "freevars", "cellvars", "filename", "name", "#", "lines"),
    "3.8": ("code", "consts", "names", "varnames", "freevars", "cellvars", "filename", "name", "#", "lines"),
    "3.11": ("code", "consts", "names", "varnames", "kinds", "filename", "name", "qualname", "#", "lines", "handlers"),
}
"""The fields after the header; `#` is a bare 32-bit integer (the first line's number)."""


class NotMarshalled(ValueError):
    """The bytes are not a marshalled function in the layout tried."""


class FunctionData(msgspec.Struct, frozen=True):
    """What the recogniser needs of a function: its instructions as bytes and its constants."""

    layout: Layout
    arguments: int
    keyword_only: int
    code: bytes
    consts: tuple[Any, ...]
    names: tuple[Any, ...]


def read_function(data: bytes) -> list[FunctionData]:
    """The function in `data` in every layout that consumes all bytes; an empty list for anything else."""
    found = []
    layouts: tuple[Layout, ...] = ("3.0", "3.8", "3.11", "2")
    for layout in layouts if len(data) <= MAX_BYTES else ():
        try:
            found.append(_Reader(data, layout).function())
        except NotMarshalled:
            continue
    return found


class _Reader:
    """One attempt to read the bytes in one layout; every error is a `NotMarshalled`."""

    def __init__(self, data: bytes, layout: Layout) -> None:
        self.data = data
        self.layout: Layout = layout
        self.place = 0
        self.references: list[Any] = []
        self.interned: list[Any] = []

    def function(self) -> FunctionData:
        value = self.value(0)
        if not isinstance(value, FunctionData) or self.place != len(self.data):
            raise NotMarshalled("no function")
        return value

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.data):
            raise NotMarshalled("cut off")
        taken = self.data[self.place : self.place + count]
        self.place += count
        return taken

    def int32(self) -> int:
        return int(struct.unpack("<i", self.take(4))[0])

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise NotMarshalled("too deep")
        tag = self.take(1)[0]
        kind, shared = chr(tag & 0x7F), bool(tag & 0x80)
        if shared:  # Its index among the references is reserved before its parts are read.
            self.references.append(None)
        slot = len(self.references) - 1
        value = self._value(kind, depth)
        if shared:
            self.references[slot] = value
        return value

    def _value(self, kind: str, depth: int) -> Any:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in _PLAIN:
            return _PLAIN[kind](self)
        if kind == "c":
            return self._function(depth)
        if kind in "()":
            count = self.take(1)[0] if kind == ")" else self.int32()
            if not 0 <= count <= len(self.data) - self.place:  # An element takes at least one byte.
                raise NotMarshalled("too long")
            return tuple(self.value(depth + 1) for _ in range(count))
        raise NotMarshalled("not a plain value")

    def _function(self, depth: int) -> FunctionData:
        header = [self.int32() for _ in range(HEADERS[self.layout])]
        parts = {f: self.int32() if f == "#" else self.value(depth + 1) for f in _FIELDS[self.layout]}
        code, consts, names = parts["code"], parts["consts"], parts["names"]
        if not (isinstance(code, bytes) and isinstance(consts, tuple) and isinstance(names, tuple)):
            raise NotMarshalled("no code")
        keyword_only = header[HEADERS[self.layout] - 4] if self.layout != "2" else 0
        if self.layout == "3.11":
            keyword_only = header[2]
        return FunctionData(self.layout, header[0], keyword_only, code, consts, names)

    def long(self) -> int:
        count = self.int32()
        if abs(count) > MAX_DIGITS:
            raise NotMarshalled("a number too long")
        digits = struct.unpack(f"<{abs(count)}H", self.take(2 * abs(count)))
        value: int = sum(digit << (15 * place) for place, digit in enumerate(digits))
        return -value if count < 0 else value

    def text_number(self) -> float:
        try:
            return float(self.take(self.take(1)[0]))
        except ValueError:
            raise NotMarshalled("no number") from None

    def intern(self) -> bytes:
        self.interned.append(self.take(self.int32()))
        return bytes(self.interned[-1])

    def known(self, among: list[Any]) -> Any:
        place = self.int32()
        if not 0 <= place < len(among):
            raise NotMarshalled("no such reference")
        return among[place]


_CONSTANTS: Final[dict[str, Any]] = {"N": None, "T": True, "F": False}

_PLAIN: Final[dict[str, Callable[[_Reader], Any]]] = {
    "i": _Reader.int32,
    "I": lambda r: struct.unpack("<q", r.take(8))[0],
    "g": lambda r: struct.unpack("<d", r.take(8))[0],
    "f": _Reader.text_number,
    "l": _Reader.long,
    "s": lambda r: r.take(r.int32()),
    "t": lambda r: r.intern() if r.layout == "2" else r.take(r.int32()),
    "R": lambda r: r.known(r.interned),
    "r": lambda r: r.known(r.references),
    **dict.fromkeys("uaA", lambda r: r.take(r.int32())),
    **dict.fromkeys("zZ", lambda r: r.take(r.take(1)[0])),
}
