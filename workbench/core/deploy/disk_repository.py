"""The repository of versions in a folder of this machine."""

from __future__ import annotations

import base64
import errno
import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.deploy.port import NOT_FOUND, TargetRefused
from workbench.core.deploy.release_log import now
from workbench.core.deploy.repository import CONFIG, OURS, VersionRecord, record_of
from workbench.core.file_manifest import GRAPHS, FileEntry, Manifest
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.files import replacing
from workbench.spec.model import Progress

_BLOCK: Final = 1 << 20
"""Bytes copied at a time."""


class DiskRepository:
    """A folder on this machine. A version becomes visible by one rename."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def close(self) -> None:
        """Does nothing: no connection is open."""

    def numbers(self, model: str) -> list[int]:
        folder = self._root / model
        found = [p for p in folder.iterdir() if p.name.isdigit() and p.is_dir()] if folder.is_dir() else []
        return sorted(int(p.name) for p in found if any((p / graph).is_file() for graph in GRAPHS))

    def record(self, model: str, number: int) -> VersionRecord | None:
        return _record_at(self._beside(model) / f"{number}.json")

    def claims(self, model: str) -> list[int]:
        return sorted(int(p.stem) for p in self._beside(model).glob("*.json") if p.stem.isdigit())

    def _beside(self, model: str) -> Path:
        return self._root / model / OURS

    def claim(self, model: str, number: int, digest: str) -> bool:
        path = self._beside(model) / f"{number}.json"
        with _telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if (self._root / model / str(number)).exists():
                return False
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:
                known = _record_at(path)
                return known is None or known.digest == digest  # Truncated while it was written: no version uses it.
            with os.fdopen(handle, "wb") as out:
                out.write(msgspec.json.encode(VersionRecord(digest, now())))
        return True

    def put(self, manifest: Manifest, model: str, number: int, report: Report) -> None:
        incoming = self._beside(model) / f"incoming-{number}"
        place = self._root / model / str(number)
        done = 0
        with _telling(place):
            for entry in manifest.files:
                report(Progress("Copying", done, manifest.bytes, "bytes"))
                _copy(entry, incoming / entry.path)
                done += entry.size
            report(Progress("Checking the copy", done, manifest.bytes, "bytes"))
            _refuse_strangers(manifest, incoming)
            with replacing(self._beside(model) / f"{number}.json") as out:
                out.write(msgspec.json.encode(VersionRecord(manifest.digest, now())))
            os.rename(incoming, place)  # Fails if the version exists: nothing is overwritten.

    def remove(self, model: str, number: int) -> None:
        gone = self._beside(model) / f"removed-{number}"
        with _telling(gone):
            for left in (gone, self._beside(model) / f"incoming-{number}"):
                shutil.rmtree(left, ignore_errors=True)
            if (self._root / model / str(number)).exists():
                gone.parent.mkdir(parents=True, exist_ok=True)
                os.rename(self._root / model / str(number), gone)
                shutil.rmtree(gone)
            (self._beside(model) / f"{number}.json").unlink(missing_ok=True)

    def read(self, path: str) -> bytes:
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError as err:
            raise TargetRefused(NOT_FOUND, "There is no such file.", where=str(self._root / path)) from err

    def read_config(self) -> tuple[str, int]:
        path = self._root / CONFIG
        try:
            return path.read_text(encoding="utf-8"), path.stat().st_mtime_ns
        except FileNotFoundError:
            return "", 0

    def write_config(self, text: str, generation: int) -> bool:
        with _telling(self._root / CONFIG), replacing(self._root / CONFIG) as out:
            if self.read_config()[1] != generation:
                return False
            out.write(text.encode())
        return True


def _record_at(path: Path) -> VersionRecord | None:
    try:
        return record_of(path.read_bytes())
    except OSError:
        return None


def _copy(entry: FileEntry, place: Path) -> None:
    """Copy one file and compare its checksum; an existing equal file is kept."""
    import google_crc32c

    place.parent.mkdir(parents=True, exist_ok=True)
    crc = google_crc32c.Checksum()
    with open(entry.source, "rb") as source, replacing(place) as out:
        while block := source.read(_BLOCK):
            crc.update(block)
            out.write(block)
    if base64.b64encode(crc.digest()).decode() != entry.crc32c:
        hint = "Push again."
        raise WorkbenchError("EXPORT_CHANGED", "It changed during the copy.", where=entry.source, hint=hint)


def _refuse_strangers(manifest: Manifest, folder: Path) -> None:
    expected = {entry.path: entry.size for entry in manifest.files}
    found = {p.relative_to(folder).as_posix(): p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    if found != expected:
        wrong = sorted(set(found.items()) ^ set(expected.items()))[0][0]
        hint = "Delete that folder, then push again."
        raise WorkbenchError("STAGE_CONFLICT", f"'{wrong}' has unexpected content.", where=str(folder), hint=hint)


class _telling:
    """Turns disk errors into Workbench errors."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            text = f"It cannot be written: {error.strerror or error}."
            hint = "Free disk space or correct the permissions of the folder, then push again."
            code = "TARGET_FULL" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "CANNOT_WRITE"
            raise OutsideError(code, text, where=str(self._place), hint=hint) from error
