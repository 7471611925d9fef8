"""How often this process opens a file, as Python's own audit events tell it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_watched: list[tuple[str, list[int]]] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _watched:
        for path, opened in _watched:
            if str(arguments[0]) == path:
                opened.append(1)


@contextmanager
def opened(path: Path) -> Iterator[list[int]]:
    """A list that gets an entry each time the file is opened within the block."""
    if not getattr(_hear, "added", False):
        sys.addaudithook(_hear)  # For good: Python takes none away again.
        _hear.added = True  # type: ignore[attr-defined]
    entry = (str(path.resolve()), [])  # type: tuple[str, list[int]]
    _watched.append(entry)
    try:
        yield entry[1]
    finally:
        _watched.remove(entry)
