"""The inputs a user names: images, folders of images and files of records, in a stable order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from workbench.core.predict.packed import HEAD, READ_ERRORS, opened
from workbench.core.predict.tfrecords import starts_a_record
from workbench.spec.errors import WorkbenchError

Kind = Literal["image", "lines", "npy", "npz", "tfrecord"]

IMAGE_ENDINGS: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
"""Endings taken for images inside a folder; a file named by itself is tried whatever its ending."""

RECORD_ENDINGS: Final[dict[str, Kind]] = {
    r"\.(jsonl|ndjson|json)(\.gz)?": "lines",
    r"\.npy": "npy",
    r"\.npz": "npz",
    r"\.tfrecords?(-\d{5}-of-\d{5})?(\.gz)?": "tfrecord",
}
"""How files of records are called. TensorFlow's shards end in `.tfrecord-00000-of-00005`, Beam's and ours in
`-00000-of-00005.tfrecord`."""

_DIGITS = re.compile(r"(\d+)")


class Source(msgspec.Struct, frozen=True):
    """A file and what it holds: one picture, or many records."""

    path: str
    kind: Kind


def sources_of(inputs: Sequence[str | Path]) -> list[Source]:
    """The files behind files and folders; folders give their images (recursive, natural order), duplicates kept.

    Raises `WorkbenchError` NO_FILE for a path that is not there, NO_INPUTS for a folder without images,
    CANNOT_READ for a file of unknown ending that cannot be looked into.
    """
    found: list[Source] = []
    for given in map(Path, inputs):
        if given.is_dir():
            found += [Source(path, "image") for path in _images_below(given)]
        elif given.exists():
            found.append(Source(str(given), kind_of_file(given)))
        else:
            raise WorkbenchError("NO_FILE", "There is no such file or folder.", where=name_of(str(given)))
    if not found:
        raise WorkbenchError("NO_INPUTS", "No images were named.", hint="Name image files or folders of images.")
    return found


def expand(inputs: Sequence[str | Path]) -> list[str]:
    """The image files behind files and folders. Raises as `sources_of`, and NOT_IMAGES for a file of records."""
    found = sources_of(inputs)
    for source in found:
        if source.kind != "image":
            hint = "Name image files or folders of images."
            raise WorkbenchError("NOT_IMAGES", "This is a file of records, no image.", where=source.path, hint=hint)
    return [source.path for source in found]


def kind_of_file(path: Path) -> Kind:
    """What a file holds: told by its ending, else by how it begins."""
    name = path.name.lower()
    for pattern, kind in RECORD_ENDINGS.items():
        if re.search(f"{pattern}$", name):
            return kind
    return "image" if name.endswith(IMAGE_ENDINGS) else _sniffed(path)


def _sniffed(path: Path) -> Kind:
    try:
        with path.open("rb") as file:
            plain = file.read(HEAD)
        with opened(path) as file:
            head = file.read(HEAD)
    except READ_ERRORS:
        return "image"  # Its own row says what is wrong with it.
    if starts_a_record(plain) or starts_a_record(head):
        return "tfrecord"
    if plain.startswith(b"\x93NUMPY"):
        return "npy"
    if plain.startswith(b"PK\x03\x04"):
        return "npz"
    return "lines" if head.lstrip().startswith(b"{") else "image"


def _images_below(folder: Path) -> list[str]:
    files = (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_ENDINGS and p.is_file())
    found = natural(str(p) for p in files)
    if not found:
        hint = "Files of records (.jsonl, .npz, .tfrecord) are named one by one."
        raise WorkbenchError("NO_INPUTS", "There are no images in this folder.", where=name_of(str(folder)), hint=hint)
    return found


def natural(names: Iterable[str]) -> list[str]:
    """Names sorted so that `img2` comes before `img10`."""
    return sorted(names, key=lambda n: [(int(p), "") if p.isdigit() else (-1, p.lower()) for p in _DIGITS.split(n)])


def name_of(path: str) -> str:
    """A path as text that JSON can carry: bytes of a name that are no UTF-8 are shown as question marks."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return path
