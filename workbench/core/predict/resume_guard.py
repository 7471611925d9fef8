"""Fingerprints a bulk run so that it resumes only if export, inputs and options are unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError

_SAID: Final = {
    "export": "the export is another",
    "inputs": "the inputs were changed",
    "values": "other values are set",
    "features": "the features file was changed",
}


def export_hash(directory: Path) -> str:
    """The hash of an export's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(directory)}\0{path.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def file_hash(path: Path | None) -> str:
    """The hash of a file; empty for none. Raises `WorkbenchError` CANNOT_READ."""
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=str(path)) from err


def values_hash(values: Mapping[str, object]) -> str:
    """The hash of values set for every instance."""
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()


def refuse_changed(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """Raise `WorkbenchError` CHANGED if export, inputs or options differ from those of the interrupted run."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if not names:
        return
    said = (_SAID.get(n, f"--{n} was '{before.get(n, '')}' and is '{now.get(n, '')}'") for n in names)
    text = f"The unfinished run cannot be gone on with: {'; '.join(said)}."
    hint = "Put it back as it was, or remove that folder to begin anew."
    raise WorkbenchError("CHANGED", text, where=str(folder), hint=hint)
