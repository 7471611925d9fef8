"""What a file is by its first bytes, never by its ending."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

PIECE: Final = 16 * 1024 * 1024
"""Bytes read between two reports: some 50 ms."""

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_SHOWN = "The Workbench opens Keras models: .h5, .hdf5 and .keras files."


def sniff_model(path: Path) -> Literal["h5", "keras"]:
    """`h5` or `keras` by content.

    Raises `WorkbenchError` NO_FILE, CANNOT_READ, EMPTY_FILE, LFS_POINTER, HTML_PAGE or NOT_HDF5.
    """
    head = _head(path)
    if head.startswith(HDF5_MAGIC):
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
        hint = "The download gave an error or a log-in page: fetch the file itself."
        raise WorkbenchError("HTML_PAGE", "This is a web page, not a model.", where=where, hint=hint)
    raise WorkbenchError("NOT_HDF5", "This is not an HDF5 file, so it is no Keras .h5 model.", where=where, hint=_SHOWN)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such file.", where=str(path)) from None
    except IsADirectoryError:
        raise WorkbenchError("NO_FILE", "This is a folder, not a model file.", where=str(path)) from None
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=str(path)) from err


def sha256_file(path: Path, report: Report = silent) -> str:
    """The file's SHA-256 in hex, read in pieces; it can be stopped between them."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            done += len(piece)
            if total > PIECE:
                report(Progress("Reading the file", done, total, "bytes"))
    return digest.hexdigest()
