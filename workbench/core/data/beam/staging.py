"""Stages the export for the workers: uploaded to the temporary bucket, downloaded once per worker."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import GoogleCloudOptions

from workbench.core.data.beam.runner import is_local, reaching
from workbench.core.predict.run_journal import export_hash, file_hash
from workbench.spec.errors import WorkbenchError

_PLAIN = CompressionTypes.UNCOMPRESSED


def staged(directory: Path, options: Any) -> str:
    """Upload an export, under its hash and only once, to where remote workers find it; returns the folder's address.

    Without `--temp_location` the workers are assumed to see this machine's folders. Raises `WorkbenchError`
    NO_FILESYSTEM or `OutsideError` CANNOT_REACH.
    """
    above = options.view_as(GoogleCloudOptions).temp_location
    if not above:
        return str(directory.resolve())
    place: str = FileSystems.join(above, f"workbench-{export_hash(directory)[:32]}")
    files = sorted(p for p in directory.rglob("*") if p.is_file())
    # The marker of a complete export is written last, so that a partial one is never used.
    for path in sorted(files, key=lambda p: p.name == "saved_model.pb"):
        target = FileSystems.join(place, *path.relative_to(directory).parts)
        if not _is_there(target):
            _copy(path, target)
    return place


def staged_file(path: str, options: Any) -> str:
    """The same for one file: unchanged for the local runner and without `--temp_location`, else uploaded."""
    here = Path(path).resolve()
    above = options.view_as(GoogleCloudOptions).temp_location
    if is_local(options) or not above:
        return str(here)
    target: str = FileSystems.join(above, f"workbench-{file_hash(here)[:32]}", here.name)
    if not _is_there(target):
        _copy(here, target)
    return target


def _is_there(target: str) -> bool:
    with reaching(target):
        return bool(FileSystems.exists(target))


def _copy(path: Path, target: str) -> None:
    if "://" not in target:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
    with reaching(target), path.open("rb") as file, FileSystems.create(target, compression_type=_PLAIN) as out:
        shutil.copyfileobj(file, out)


def copied_here(address: str, target: Path) -> None:
    """Copy a file in a bucket, byte for byte, to this worker. Raises what Beam's file systems raise."""
    with FileSystems.open(address, compression_type=_PLAIN) as file, target.open("wb") as out:
        shutil.copyfileobj(file, out)


def fetched(location: str) -> Path:
    """An export's folder on this worker, which exists as long as the worker."""
    if "://" not in location:
        return Path(location)
    here = Path(tempfile.mkdtemp(prefix="workbench-export-"))
    for match in FileSystems.match([f"{location}/**"]):
        for found in match.metadata_list:
            target = here / os.path.relpath(found.path, location)
            target.parent.mkdir(parents=True, exist_ok=True)
            copied_here(found.path, target)
    if not (here / "saved_model.pb").exists():
        raise WorkbenchError("NOT_A_SAVEDMODEL", "The export was not found there.", where=location)
    return here
