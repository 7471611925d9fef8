"""Iterates over the images below a folder in natural order without listing them all."""

from __future__ import annotations

import heapq
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.input_files import is_image_name

HELD: Final = 50_000
"""Number of names of one folder that are sorted in memory; more are sorted in runs of this length, stored on disk."""

_DIGITS: Final = re.compile(r"(\d+)")
_BLOCK: Final = 1 << 16


def walk(folder: str) -> Iterator[str]:
    """The images below a folder, `img2` before `img10`; links to folders are not followed.

    Raises `WorkbenchError` CANNOT_READ for a folder that cannot be listed: images would otherwise be missing silently.
    """
    waiting = [_entries(folder, "" if folder == os.curdir else os.path.join(folder, ""))]
    while waiting:
        path = next(waiting[-1], None)
        if path is None:
            waiting.pop()
        elif path.endswith("/"):
            waiting.append(_entries(path, path))
        else:
            yield path


def holds_images(folder: str) -> bool:
    """Whether `walk` would find any image, without sorting. Raises `WorkbenchError` CANNOT_READ."""
    waiting = [folder]
    while waiting:
        above = waiting.pop()
        for name in _listed(above):
            if not name.endswith("/"):
                return True
            waiting.append(os.path.join(above, name))
    return False


def natural(names: Iterable[str]) -> list[str]:
    """Names sorted so that `img2` comes before `img10`."""
    return sorted(names, key=natural_key)


def natural_key(name: str) -> str:
    """The key of natural order: ignores case, compares digits as numbers, and then the original spelling.

    NUL, which no name contains, ends each run of text, and a number is preceded by its length.
    """
    parts = _DIGITS.split(name.lower())
    parts[1::2] = [_number(digits) for digits in parts[1::2]]
    return "\0".join([*parts, "", name])


def _number(digits: str) -> str:
    plain = str(int(digits))
    return f"{chr(len(plain))}{plain}"


def _entries(folder: str, before: str) -> Iterator[str]:
    """Images and folders of a folder in order, each prefixed with `before`. A folder ends in `/`, to sort like its
    files."""
    runs: list[IO[bytes]] = []
    try:
        names: list[str] = []
        for name in _listed(folder):
            names.append(name)
            if len(names) == HELD:
                runs.append(_spilled(natural(names)))
                names.clear()
        ordered = natural(names)
        merged = heapq.merge(*map(_read_back, runs), ordered, key=natural_key) if runs else iter(ordered)
        for name in merged:
            yield f"{before}{name}"
    finally:
        for run in runs:
            run.close()


def _listed(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    yield f"{entry.name}/"
                elif is_image_name(entry.name) and entry.is_file():
                    yield entry.name
    except OSError as err:
        text = f"The folder cannot be listed: {err.strerror}."
        shown = os.fsencode(folder).decode("utf-8", "replace")
        raise WorkbenchError("CANNOT_READ", text, where=shown) from err


def _spilled(names: Sequence[str]) -> IO[bytes]:
    out = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the walk through the folder.
    for name in names:
        out.write(os.fsencode(name) + b"\0")
    out.seek(0)
    return out


def _read_back(file: IO[bytes]) -> Iterator[str]:
    rest = b""
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\0")
        yield from map(os.fsdecode, whole)
