"""Snapshot of a bulk run's inputs on disk: listed once at the start, readable from any position."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from workbench.core.instances.sources import Source
from workbench.spec.input_files import InputKind

_LETTERS: Final[dict[InputKind, bytes]] = {"image": b"i", "lines": b"l", "npy": b"a", "npz": b"z", "tfrecord": b"t"}
_KINDS: Final[dict[bytes, InputKind]] = {letter: kind for kind, letter in _LETTERS.items()}
_BLOCK: Final = 1 << 16


class SourceSnapshot:
    """Sources in a file: kind, size in bytes and path of each, ended by NUL."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Source]:
        return (source for source, _ in self.sized())

    def sized(self) -> Iterator[tuple[Source, int]]:
        """Each source with its size; 0 for one that cannot be accessed."""
        rest = b""
        with self._path.open("rb") as file:
            while block := file.read(_BLOCK):
                *whole, rest = (rest + block).split(b"\0")
                for entry in whole:
                    size, _, name = entry[1:].partition(b" ")
                    yield Source(os.fsdecode(name), _KINDS[entry[:1]]), int(size)


def size_of(path: str) -> int:
    """A file's size in bytes; 0 if it cannot be read."""
    return _look(path).size


class _SourceStat(NamedTuple):
    size: int
    changed: int


def freeze(sources: Iterable[Source], path: Path) -> str:
    """Write the list of sources; returns the hash of their order, names, sizes and modification times."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("wb") as out:
        for source in sources:
            name, seen = os.fsencode(source.path), _look(source.path)
            out.write(b"%b%d %b\0" % (_LETTERS[source.kind], seen.size, name))
            digest.update(b"%b%d %d %b\0" % (_LETTERS[source.kind], seen.size, seen.changed, name))
    return digest.hexdigest()


def _look(path: str) -> _SourceStat:
    try:
        found = os.stat(path)
    except OSError:
        return _SourceStat(0, 0)  # Its own row reports the error.
    return _SourceStat(found.st_size, found.st_mtime_ns)
