"""Cache of exports by fingerprint: the export that was tested is the one that is pushed, and nothing is built twice."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from workbench.core.export.write import PB_NAME
from workbench.core.model.sniff import sha256_file
from workbench.core.savedmodel.read import is_saved_model, read_signatures
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_bytes
from workbench.spec.project import Project
from workbench.spec.step_files import file_name, with_files
from workbench.spec.temporary import temporary_folder

CACHE_VARIABLE: Final = "WORKBENCH_CACHE"
"""Environment variable that sets the folder of the cache."""

GENERATION: Final = 4
"""Incremented whenever the same settings lead to another graph, so that an old export is not used for a new one."""

_BUILDING: Final = ".building-"
_OURS: Final = {PB_NAME, "variables", "assets.extra"}
"""The files of an export."""

KEPT: Final = 20
"""Number of exports kept; the least recently used are removed first."""


def fingerprint(project: Project, model_sha256: str, files: Sequence[str] = ()) -> str:
    """The hash of everything that determines an export: model, settings, library versions.

    `files` are the SHA-256 of the files beside the model that determine what it computes or contains: its own classes,
    its architecture, the example images, arrays that steps name; empty for each that does not exist.
    """
    project = with_files(project, file_name)  # The content of the files counts, not their location.
    parts = {
        "generation": GENERATION,
        "model": model_sha256,
        "preprocess": project.preprocess,
        "images": project.images,
        "signature": project.signature,
        "export": project.export,
        **({"files": files} if any(files) else {}),
        "versions": library_versions(),
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def library_versions() -> dict[str, str]:
    """The versions of the libraries that determine what an export computes."""
    return {name: version(name) for name in ("tensorflow", "keras", "tf-keras")}


def cache_root() -> Path:
    """The folder of cached exports, created if necessary."""
    named = os.environ.get(CACHE_VARIABLE)
    root = Path(named) if named else Path(platformdirs.user_cache_dir("keras-export-workbench")) / "exports"
    root.mkdir(parents=True, exist_ok=True)
    return root


def find(key: str) -> Path | None:
    """The cached export of a fingerprint, if it exists and is readable."""
    folder = cache_root() / key
    try:
        if read_signatures(folder).fingerprint != key:
            return None
    except WorkbenchError:
        return None  # A missing or damaged cache entry is only a reason to build it again.
    os.utime(folder)
    return folder


def keep(key: str, built: Path) -> Path:
    """Move a finished export into the cache and remove the least recently used ones."""
    place = cache_root() / key
    if place.exists():
        shutil.rmtree(place)
    write_bytes(_sums_of(place), _sums(built))
    os.replace(built, place)
    used = sorted((p for p in cache_root().iterdir() if is_saved_model(p)), key=lambda p: p.stat().st_mtime)
    for old in used[:-KEPT]:
        _drop(old)
    return place


def sound(folder: Path) -> bool:
    """Whether an export in the cache still has the files it was built with; if not, it is removed."""
    if _sums(folder) == _kept_sums(folder):
        return True
    _drop(folder)
    return False


def _kept_sums(folder: Path) -> bytes | None:
    try:
        return _sums_of(folder).read_bytes()
    except OSError:
        return None  # Without its checksums an export cannot be told from a changed one, so it is rebuilt.


def _drop(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _sums_of(folder).unlink(missing_ok=True)


def _sums_of(folder: Path) -> Path:
    """The file with the checksums of an export: beside its folder, because everything inside is uploaded."""
    return folder.with_name(f"{folder.name}.sums")


def _sums(folder: Path) -> bytes:
    """The files of an export with their SHA-256, in the format of `sha256sum`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{sha256_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths).encode()


def workshop() -> AbstractContextManager[Path]:
    """A folder to build an export in, on the same disk as the cache so that `keep` is one rename.

    Remains of killed processes are removed first.
    """
    return temporary_folder(cache_root(), _BUILDING)


def publish(cached: Path, output: Path) -> None:
    """Copy a cached export to the folder that the user named, completely or not at all.

    An export of the Workbench at that place is replaced. Raises `WorkbenchError` OUTPUT_TAKEN for anything else.
    """
    _refuse_foreign(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(output.parent, f".{output.name}.exporting-") as beside:
            copy = beside / "export"
            shutil.copytree(cached, copy)
            _put(copy, output, beside / "before")
    except OSError as err:
        raise WorkbenchError("CANNOT_WRITE", f"It cannot be written: {err.strerror}.", where=str(output)) from err


def _put(copy: Path, output: Path, aside: Path) -> None:
    """Move a copied export to its destination; an existing one is moved aside first, and restored if that fails."""
    if not output.is_dir() or not any(output.iterdir()):
        os.replace(copy, output)
        return
    os.replace(output, aside)
    try:
        os.replace(copy, output)
    except OSError:
        os.replace(aside, output)
        raise


def _refuse_foreign(output: Path) -> None:
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return
    names = {p.name for p in output.iterdir()} if output.is_dir() else set()
    ours = PB_NAME in names and names <= _OURS and len(read_signatures(output).fingerprint) == 64
    if not ours:
        hint = "Choose another folder with -o, or move this one away."
        raise WorkbenchError(
            "OUTPUT_TAKEN", "The folder exists and is not an export of this program.", where=str(output), hint=hint
        )
