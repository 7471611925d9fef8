"""Resolves input arguments to files: images, image folders, record files and lists of paths, in a stable order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.instances.folder_walk import holds_images, walk
from workbench.core.instances.gzip_io import HEAD, READ_ERRORS, opened
from workbench.core.instances.parquet import parquet_rows
from workbench.core.instances.tfrecords import starts_a_record
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FILE, feature_rows
from workbench.spec.files import open_regular
from workbench.spec.input_files import InputKind, is_image_name, kind_by_ending

MAX_PATH: Final = 32_768
"""Longest path in bytes; no system accepts a longer one."""


class Source(msgspec.Struct, frozen=True):
    """A file and its content: one image, or many records."""

    path: str
    kind: InputKind


class Sources:
    """The files in files, folders and lists, in order, as often as they are named; searched again at each iteration.

    Folders yield their images (recursively, in natural order); `lists` are files with one path per line, read after
    `inputs`. The constructor raises `WorkbenchError` NO_FILE for a path that does not exist, NO_INPUTS for a folder
    without images, CANNOT_READ or BAD_LIST for a folder or list that cannot be read.
    """

    def __init__(self, inputs: Iterable[str | Path | Source], lists: Sequence[Path] = ()) -> None:
        self._given: list[Source | Path] = [n if isinstance(n, Source) else _named(Path(n)) for n in inputs]
        self._lists = lists
        for folder in (part for part in self._given if isinstance(part, Path)):
            _refuse_empty(folder)
        if not self._given and next(iter(self), None) is None:
            raise WorkbenchError("NO_INPUTS", "No images were given.", hint="Give image files or folders of images.")

    def __iter__(self) -> Iterator[Source]:
        for part in self._given:
            if isinstance(part, Source):
                yield part
            else:
                yield from (Source(path, "image") for path in walk(str(part)))
        for listed in self._lists:
            yield from (Source(path, kind_by_ending(path)) for path in listed_in(listed))

    def images(self) -> Iterator[str]:
        """The images' paths. Raises `WorkbenchError` NOT_IMAGES for a file of records."""
        for source in self:
            if source.kind != "image":
                hint = "Give image files or folders of images."
                raise WorkbenchError(
                    "NOT_IMAGES", "This is a file of records, not an image.", where=source.path, hint=hint
                )
            yield source.path


def _named(path: Path) -> Source | Path:
    try:
        folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        raise WorkbenchError("NO_FILE", "There is no such file or folder.", where=name_of(str(path))) from None
    return path if folder else Source(str(path), kind_of_file(path))


def _refuse_empty(folder: Path) -> None:
    if not holds_images(str(folder)):
        hint = "Give files of records (.jsonl, .npz, .tfrecord) one by one."
        raise WorkbenchError("NO_INPUTS", "The folder contains no images.", where=name_of(str(folder)), hint=hint)


def expand(inputs: Sequence[str | Path]) -> list[str]:
    """The image files in files and folders. Raises `WorkbenchError` NOT_IMAGES, NO_FILE or NO_INPUTS."""
    return list(Sources(inputs).images())


def kind_of_file(path: Path) -> InputKind:
    """What a file contains: by its ending, else by its first bytes."""
    kind = kind_by_ending(path.name)
    return _sniffed(path) if kind == "image" and not is_image_name(path.name) else kind


def _sniffed(path: Path) -> InputKind:
    try:
        with open_regular(path) as file:
            plain = file.read(HEAD)
        with opened(path) as file:
            head = file.read(HEAD)
    except READ_ERRORS:
        return "image"  # Its own row reports the error.
    if starts_a_record(plain) or starts_a_record(head):
        return "tfrecord"
    if plain.startswith(b"\x93NUMPY"):
        return "npy"
    if plain.startswith(b"PK\x03\x04"):
        return "npz"
    return "lines" if head.lstrip().startswith(b"{") else "image"


def name_of(path: str) -> str:
    """A path as text for JSON: bytes that are not valid UTF-8 are shown as question marks."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return path


def listed_in(path: Path) -> Iterator[str]:
    """The paths in a list, in order; the list is never held in memory as a whole.

    JSON lines, CSV and Parquet name them under `file`; in any other file each line that is not blank is one. Raises
    `WorkbenchError` NO_FILE, CANNOT_READ, BAD_LIST, or BAD_FEATURES and NO_PYARROW for tables.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield from (name for name, _ in parquet_rows(path, FILE))
    elif ending in (".jsonl", ".ndjson", ".csv"):
        yield from (name for name, _ in feature_rows(path))
    else:
        yield from _lines(path)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_PATH + 1):
                if len(line) > MAX_PATH or b"\0" in line:
                    raise WorkbenchError("BAD_LIST", "This is not a list of paths, one per line.", where=str(path))
                if name := line.strip(b"\r\n"):
                    yield os.fsdecode(name)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such list.", where=str(path)) from None
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The list cannot be read: {err.strerror}.", where=str(path)) from err
