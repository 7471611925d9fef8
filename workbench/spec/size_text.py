"""Formats quantities the same way in the window, the commands and the reports."""

from __future__ import annotations

from typing import Any


def size_text(count: float) -> str:
    """Bytes in powers of ten, as storage services count: `999 B`, `1.4 kB`, `76 kB`, `287 kB`, `9.3 MB`.

    Two digits at least and three at the most: what a person compares files by.
    """
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{value:.1f} {unit}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 image`, `2 images`, `1,200 classes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def textual(value: Any) -> Any:
    """The data with texts that UTF-8 can encode: a file name may have bytes that are not text."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {textual(key): textual(inner) for key, inner in value.items()}
        case list() | tuple():
            return [textual(inner) for inner in value]
    return value
