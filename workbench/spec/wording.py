"""Quantities as people read them: the same words in the window, the commands and the reports."""

from __future__ import annotations


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
