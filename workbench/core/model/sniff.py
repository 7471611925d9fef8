"""Determines a file's type by its content, not by its name."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

from workbench.core.model.file_forms import MODELS, is_shard, named_file, refuse_folder
from workbench.core.model.parts import NAMES, FolderParts, is_unzipped_model
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import open_regular
from workbench.spec.model import Progress

PIECE: Final = 16 * 1024 * 1024
"""Bytes read between two progress reports: some 50 ms."""

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


def sniff_model(path: Path) -> Literal["h5", "keras"]:
    """`h5` or `keras` by content; an unzipped `.keras` model is a folder.

    Raises `WorkbenchError` NO_FILE, CANNOT_READ, EMPTY_FILE, LFS_POINTER, HTML_PAGE, NOT_HDF5, or a code of
    `file_forms`.
    """
    if path.is_dir():
        refuse_folder(path)
        return "keras"
    head = _head(path)
    if head.startswith(HDF5_MAGIC):
        _refuse_shard(path)
        return "h5"
    if head.startswith(b"PK\x03\x04"):
        return "keras"
    where = str(path)
    if not head:
        raise WorkbenchError("EMPTY_FILE", "The file is empty.", where=where, hint="Fetch or save it again.")
    if head.startswith(b"version https://git-lfs"):
        hint = "Run 'git lfs pull' where it came from."
        raise WorkbenchError("LFS_POINTER", "This is a Git LFS pointer, not the model.", where=where, hint=hint)
    if head.lstrip().lower().startswith((b"<!doctype", b"<html")):
        hint = "The download returned an error or login page: download the file itself."
        raise WorkbenchError("HTML_PAGE", "This is a web page, not a model.", where=where, hint=hint)
    text = "This is not an HDF5 file, so it is not a Keras .h5 model."
    raise named_file(path, head) or WorkbenchError("NOT_HDF5", text, where=where, hint=MODELS)


def _refuse_shard(path: Path) -> None:
    if is_shard(path):
        text = "This is one of several files that hold a model's weights together."
        hint = "Load all of them into the model in Keras, and save that: model.save('model.keras')."
        raise WorkbenchError("SHARDED_WEIGHTS", text, where=str(path), hint=hint)


def _head(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(512)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such file.", where=str(path)) from None
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=str(path)) from err


def sha256_file(path: Path, report: Report = silent) -> str:
    """The SHA-256 in hex of a file or of an unzipped model's folder, read in pieces between which it can be cancelled.

    A folder's hash covers its parts in the order of their names: name, size and bytes of each. Raises `OSError` if one
    cannot be read or is not a regular file.
    """
    digest, done, total = hashlib.sha256(), 0, bytes_of(path)
    for name in model_files(path) if path.is_dir() else ("",):
        part = path / name
        if name:
            digest.update(f"{name}\0{part.stat().st_size}\0".encode())
        with open_regular(part) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                done += len(piece)
                if total > PIECE:
                    report(Progress("Reading the file", done, total, "bytes"))
    return digest.hexdigest()


def bytes_of(path: Path) -> int:
    """The size in bytes of a model file, or of an unzipped model's parts together."""
    if is_unzipped_model(path):
        return sum((path / name).stat().st_size for name in model_files(path))
    return path.stat().st_size


def model_files(folder: Path) -> list[str]:
    """The files of an unzipped model by name, sorted: those that Keras reads, and nothing else in the folder."""
    return sorted((*NAMES, *FolderParts(folder).assets()))


def is_model_path(path: Path) -> bool:
    """Whether `path` exists and may be a model: a file, or an unzipped model's folder."""
    return path.is_file() or is_unzipped_model(path)
