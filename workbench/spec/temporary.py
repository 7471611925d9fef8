"""Temporary files and folders beside an output that a killed process leaves, and the next run finds and removes.

A living process holds a lock on what it made (`flock(2)`, which the kernel releases however the process ends). What
nobody holds belongs to nobody. Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TRIES: Final = 8
"""Times a name is tried that another process takes away or puts into its place at that very moment."""


def temporary_file(path: Path) -> tuple[int, Path]:
    """A new file beside `path`, locked, and its place; what a killed run left under that name is written over.

    The lock holds until the last descriptor of it is closed. Raises `OSError`.
    """
    place = path.with_name(f".{path.name}.part")
    for _ in range(_TRIES):
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except OSError:
            break
        if not _lock(handle):
            os.close(handle)
            break
        if _is_at(handle, place):
            os.ftruncate(handle, 0)
            return handle, place
        os.close(handle)  # Its owner has just put it into its place.
    made, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    return made, Path(name)


@contextmanager
def temporary_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `folder` for as long as the block lasts; those of that prefix that nobody holds are removed.

    Raises `OSError`.
    """
    sweep(folder, prefix)
    for _ in range(_TRIES):
        made = Path(tempfile.mkdtemp(dir=folder, prefix=prefix))
        handle = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # Between the two another process may have found it without an owner, and is removing it.
        if _lock(handle) is not False and _is_at(handle, made):
            break
        os.close(handle)
    else:
        raise OSError(f"no folder could be made in {folder}")
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(handle)


def sweep(folder: Path, prefix: str) -> None:
    """Remove the folders of that prefix that no living process holds; a folder that cannot be listed has none."""
    try:
        found = [Path(e.path) for e in os.scandir(folder) if e.name.startswith(prefix)]
    except OSError:
        return
    for left in found:
        try:
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # No folder, or gone by now.
        if _lock(handle):
            shutil.rmtree(left, ignore_errors=True)
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Whether it is ours now, or somebody else's; `None` on a file system without locks, where nothing is removed."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, place: Path) -> bool:
    """Whether an open file of ours, and no other, is what stands at a place."""
    try:
        there, ours = os.stat(place, follow_symlinks=False), os.fstat(handle)
    except OSError:
        return False
    same = (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return same and ours.st_uid == os.getuid() and (stat.S_ISREG(ours.st_mode) or stat.S_ISDIR(ours.st_mode))
