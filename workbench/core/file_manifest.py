"""The files of an export: paths, sizes and checksums, and one digest of names and contents."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.progress import Report
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

GRAPHS: Final = ("saved_model.pb", "saved_model.pbtxt")
MAX_FILES: Final = 1000
"""Maximum number of files in a deployment directory (ML Engine's limit)."""

_BLOCK: Final = 1 << 20


class FileEntry(msgspec.Struct, frozen=True):
    """One file: its path below the export with forward slashes, crc32c as storage services write it, and SHA-256."""

    path: str
    size: int
    crc32c: str
    source: str
    sha256: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """The files in upload order, the graph last: whoever sees the graph sees all of it."""

    files: tuple[FileEntry, ...]
    digest: str

    @property
    def bytes(self) -> int:
        """Size of all files in bytes."""
        return sum(entry.size for entry in self.files)

    @property
    def folder(self) -> str:
        """A folder name that is unique to these names and contents."""
        return f"exports/{self.digest[:32]}"


def read_manifest(directory: Path, report: Report) -> Manifest:
    """Read every file of an export once.

    Raises `WorkbenchError` NOT_A_SAVEDMODEL, TOO_MANY_FILES or CANNOT_READ; what `report` raises.
    """
    paths = _paths(directory)
    if sum(path in GRAPHS for path in paths) != 1:
        hint = "Give the folder that contains saved_model.pb."
        raise WorkbenchError("NOT_A_SAVEDMODEL", "It contains no saved_model.pb.", where=str(directory), hint=hint)
    if len(paths) > MAX_FILES:
        text = f"It has {len(paths)} files; a version may have {MAX_FILES}."
        raise WorkbenchError("TOO_MANY_FILES", text, where=str(directory))
    entries = []
    whole = hashlib.sha256()
    for number, path in enumerate(paths):
        report(Progress("Reading the export", number, len(paths)))
        entry, content = _read(directory, path)
        entries.append(entry)
        whole.update(b"%d %s%s" % (len(path.encode()), path.encode(), content))
    return Manifest(tuple(entries), whole.hexdigest())


def files_of(paths: Mapping[str, Path]) -> tuple[FileEntry, ...]:
    """Entries for files at any paths, under the names they are to have. Raises `WorkbenchError` CANNOT_READ."""
    return tuple(_read(path.parent, path.name, name)[0] for name, path in paths.items())


def _paths(directory: Path) -> list[str]:
    found = [
        Path(top, name).relative_to(directory).as_posix() for top, _, names in os.walk(directory) for name in names
    ]
    return sorted(found, key=lambda path: (path in GRAPHS, path))


def _read(directory: Path, path: str, name: str = "") -> tuple[FileEntry, bytes]:
    import google_crc32c

    crc = google_crc32c.Checksum()
    content = hashlib.sha256()
    size = 0
    source = directory / path
    try:
        with source.open("rb") as file:
            while block := file.read(_BLOCK):
                crc.update(block)
                content.update(block)
                size += len(block)
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"It cannot be read: {err.strerror or err}.", where=str(source)) from err
    checksum = base64.b64encode(crc.digest()).decode()
    return FileEntry(name or path, size, checksum, str(source), content.hexdigest()), content.digest()
