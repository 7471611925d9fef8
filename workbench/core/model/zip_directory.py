"""The parts of a `.keras` archive: checked before anything is unpacked; the weights are never held in memory as a
whole."""

from __future__ import annotations

import io
import lzma
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from workbench.core.model.contents import MAX_EXPANSION, SMALL
from workbench.core.model.parts import ASSETS, NAMES, WEIGHTS, Parts, refuse_size
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

MAX_DIRECTORY: Final = 4 * 1024 * 1024
"""Largest table of contents of an archive, in bytes; an entry takes about 70, and a model has a few entries."""

_DAMAGE: Final = (
    *(zipfile.BadZipFile, EOFError, struct.error, zlib.error, lzma.LZMAError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError, MemoryError),
)
"""Exceptions of zipfile and its decompressors for an archive that is damaged, encrypted, or compressed by another
method."""

_PIECE: Final = 4 * 1024 * 1024
_LOCAL_HEADER: Final = 30


@contextmanager
def zipped(path: Path) -> Iterator[Parts]:
    """The parts of an archive while it is open.

    Raises `WorkbenchError` TRUNCATED, NOT_KERAS, UNSAFE_ARCHIVE or TOO_LARGE, also while parts are read later.
    """
    with ExitStack() as stack:
        with _reading(str(path)):
            _refuse_long_directory(path, str(path))
            archive = stack.enter_context(zipfile.ZipFile(path))
            parts = ZippedParts(path, archive)
        yield parts


@contextmanager
def _reading(where: str) -> Iterator[None]:
    """Turns whatever reading an archive raises into `WorkbenchError` TRUNCATED."""
    try:
        yield
    except (*_DAMAGE, OSError) as err:
        hint = "Copy or download it again."
        raise WorkbenchError(
            "TRUNCATED", "The .keras archive is damaged or truncated.", where=where, hint=hint
        ) from err


class ZippedParts(Parts):
    """The entries of an open archive, each checked."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        super().__init__(path)
        self._archive = archive
        self._entries = _entries(archive, self.where)

    def read(self, name: str, most: int) -> bytes:
        """One part of at most `most` bytes. Raises `WorkbenchError` TOO_LARGE."""
        info = self._entries[name]
        refuse_size(name, info.file_size, most, self.where)
        with _reading(self.where), self._archive.open(info) as part:
            return part.read(most)

    @contextmanager
    def weights(self, report: Report = silent) -> Iterator[IO[bytes]]:
        """The weights as a file: the archive's own bytes if they are stored uncompressed, as Keras does."""
        info = self._entries[WEIGHTS]
        if info.compress_type == zipfile.ZIP_STORED:
            with self.path.open("rb") as whole:
                with _reading(self.where):
                    start = _start(whole, info)
                yield io.BufferedReader(_Window(whole, start, info.file_size))
            return
        with tempfile.TemporaryFile() as copy:
            self._copy(info, copy, report)
            yield copy

    def weights_at(self, folder: Path, report: Report = silent) -> None:
        """Copy the weights under their own name into a temporary folder."""
        with (folder / WEIGHTS).open("wb") as copy:
            self._copy(self._entries[WEIGHTS], copy, report)

    def assets(self) -> list[str]:
        """Names of the files that layers store beside the weights (vocabularies), relative to the archive."""
        return [name for name in self._entries if name.startswith(f"{ASSETS}/") and not name.endswith("/")]

    def _copy(self, info: zipfile.ZipInfo, copy: IO[bytes], report: Report) -> None:
        with ExitStack() as stack:
            with _reading(self.where):
                part = stack.enter_context(self._archive.open(info))
            done = 0
            while piece := self._next(part):
                copy.write(piece)
                done += len(piece)
                report(Progress("Unpacking the weights", done, info.file_size, "bytes"))

    def _next(self, part: IO[bytes]) -> bytes:
        with _reading(self.where):
            return part.read(_PIECE)


def _refuse_long_directory(path: Path, where: str) -> None:
    """zipfile reads the whole table of contents at once: its size is checked first (APPNOTE 4.3.14-16)."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - 65_557)  # The end record with the longest comment.
        file.seek(start)
        tail = file.read()
        end = tail.rfind(b"PK\x05\x06")
        if end < 0:
            raise zipfile.BadZipFile("no end record")
        size = struct.unpack_from("<L", tail, end + 12)[0]
        if tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
            file.seek(struct.unpack_from("<Q", tail, end - 12)[0])
            size = struct.unpack_from("<Q", file.read(56), 40)[0]
    if size > MAX_DIRECTORY:
        raise WorkbenchError("TOO_LARGE", "The archive lists more files than a model can have.", where=where)


def _entries(archive: zipfile.ZipFile, where: str) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        _refuse_entry(info, entries, where)
        entries[info.filename] = info
    if not set(NAMES) <= entries.keys():
        raise WorkbenchError("NOT_KERAS", "This zip archive is not a .keras file.", where=where)
    unpacked = sum(info.file_size for info in entries.values())
    if unpacked > SMALL and unpacked > Path(where).stat().st_size * MAX_EXPANSION:
        raise WorkbenchError("TOO_LARGE", "The archive is larger than a model can be when unpacked.", where=where)
    return entries


def _refuse_entry(info: zipfile.ZipInfo, entries: dict[str, zipfile.ZipInfo], where: str) -> None:
    place = PurePosixPath(info.filename.replace("\\", "/"))
    text = ""
    if info.filename in entries:
        text = "is in the archive twice"  # Two readers could then read two different models.
    elif info.flag_bits & 1:
        text = "is encrypted"
    elif place.is_absolute() or ".." in place.parts:
        text = "would be unpacked outside its folder"
    if text:
        raise WorkbenchError(
            "UNSAFE_ARCHIVE", f"'{info.filename[:200]}' {text}; Keras writes no such file.", where=where
        )


def _start(whole: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Where an entry's bytes begin: after its local header, whose names may have another length."""
    whole.seek(info.header_offset)
    header = whole.read(_LOCAL_HEADER)
    name, extra = struct.unpack_from("<HH", header, 26)
    start = info.header_offset + _LOCAL_HEADER + int(name) + int(extra)
    if not header.startswith(b"PK\x03\x04") or start + info.file_size > whole.seek(0, os.SEEK_END):
        raise zipfile.BadZipFile("an entry reaches past the end of the archive")
    return start


class _Window(io.RawIOBase):
    """A range of bytes of a file as a file of its own."""

    def __init__(self, whole: IO[bytes], start: int, size: int) -> None:
        self._whole, self._start, self._size, self._at = whole, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._at))
        self._whole.seek(self._start + self._at)
        piece = self._whole.read(wanted)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
