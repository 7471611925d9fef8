"""Copies a version's files from a `gs://` directory into the server's own folder and checks them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.storage.object_types import Listing, StoredObject
from workbench.core.serve.storage.objects import Objects

MAX_FILES: Final = 1000
"""Maximum number of files under a deployment directory (the service's limit)."""

_FIELD: Final = "version.deployment_uri"
_URI = re.compile(r"gs://([a-z0-9][a-z0-9._-]*)(?:/(.*))?", re.DOTALL)


class VersionPart(msgspec.Struct, frozen=True):
    """One object and its path below the version's folder."""

    path: str
    stored: StoredObject


def deployment(objects: Objects, uri: str, field: str = _FIELD, *, graph: bool = True) -> list[VersionPart]:
    """The files in a deployment directory; `graph`: it must itself be a SavedModel.

    Raises the service's `ApiError`s: no such directory, too many files, not exactly one SavedModel at its root; and one
    for object names that are not valid paths below the version's folder.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise ApiError(400, f"'{uri}' is not a gs:// directory.", field=field)
    bucket, prefix = match[1], (match[2] or "").rstrip("/")
    prefix = f"{prefix}/" if prefix else ""
    parts = _parts(objects, bucket, prefix, field)
    if not parts:
        raise precondition(field, f"Deployment directory {uri} is expected to contain files and has none.")
    graphs = [part.path for part in parts if part.path in ("saved_model.pb", "saved_model.pbtxt")]
    if graph and len(graphs) != 1:
        text = f"Model directory {uri} is expected to contain exactly one of: 'saved_model.pb', 'saved_model.pbtxt'."
        raise precondition(field, text)
    return parts


def _parts(objects: Objects, bucket: str, prefix: str, field: str) -> list[VersionPart]:
    try:
        page = objects.page(bucket, Listing(prefix=prefix, limit=MAX_FILES + 1))
    except ApiError as err:
        raise precondition(field, f"gs://{bucket}: {err.message}") from err
    if len(page.objects) > MAX_FILES:
        raise precondition(field, f"gs://{bucket}/{prefix} has more than {MAX_FILES} files.")
    # Consoles create empty objects whose names end in a slash to show a folder.
    files = [stored for stored in page.objects if not (stored.name.endswith("/") and stored.size == 0)]
    return [VersionPart(_safe(stored.name, prefix), stored) for stored in files]


def _safe(name: str, prefix: str) -> str:
    path = name.removeprefix(prefix)
    steps = path.split("/")
    if any(step in ("", ".", "..") for step in steps) or "\\" in path:
        raise precondition(_FIELD, f"The object name '{name}' is not a file below the directory.")
    return path


def copy_parts(objects: Objects, parts: list[VersionPart], folder: Path) -> None:
    """Make `folder` contain the parts, completely or not at all. Raises `ApiError` if names or disk do not allow it."""
    beside = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        for part in parts:
            points.writing(part.stored.size)
            _place(objects.path(part.stored), beside / part.path)
        # The folder exists already if a killed process had come this far.
        shutil.rmtree(folder, ignore_errors=True)
        beside.replace(folder)
    except OSError as err:
        raise precondition(_FIELD, f"The files cannot be copied: {err.strerror or err}.") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise FileExistsError(None, f"two objects would be the same file '{target.name}' on this disk")
    try:
        # Contents never change once written, so a hard link is as good as a copy.
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
