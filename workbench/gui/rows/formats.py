"""Formats of image files against those that an export reads: by name before a run, by content where a row failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from workbench.spec.preprocess import FORMAT_NAMES, Formats

ENDINGS: Final = {".png": "PNG", ".gif": "GIF", ".bmp": "BMP"}
"""The formats besides JPEG that a project can declare, by the endings of their files."""

BEGINNINGS: Final = {b"\x89PNG\r\n\x1a\n": "PNG", b"GIF87a": "GIF", b"GIF89a": "GIF", b"BM": "BMP"}
"""The same by the first bytes of the files: their signatures by the formats' specifications."""


class FormatQuestion(NamedTuple):
    """`affected` of `total` images are in formats that the export refuses, `refused`; with `formats` it reads all."""

    affected: int
    total: int
    refused: tuple[str, ...]
    formats: Formats


def question_about(paths: Sequence[str], declared: Formats) -> FormatQuestion | None:
    """What to ask before these images are predicted; `None` where all are read, as far as their names tell."""
    kinds = [ENDINGS.get(PurePath(path).suffix.lower(), "") for path in paths]
    refused = [kind for kind in kinds if kind and kind not in _read_by(declared)]
    formats = accepting(declared, refused)
    if formats is None:
        return None
    order = [kind for kind in ENDINGS.values() if kind in refused]
    return FormatQuestion(len(refused), len(paths), tuple(order), formats)


def accepting(declared: Formats, kinds: Iterable[str]) -> Formats | None:
    """The least choice of formats that reads these as well; `None` where the declared one does, or none does."""
    wanted = {*kinds} - _read_by(declared)
    choices: tuple[Formats, ...] = ("jpeg+png", "any")
    return next((c for c in choices if wanted and wanted <= _read_by(c)), None)


def format_of(path: str) -> str:
    """The format of a file by its first bytes; empty where it is none of these, or cannot be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(8)
    except OSError:
        return ""
    return next((kind for begins, kind in BEGINNINGS.items() if head.startswith(begins)), "")


def listed(kinds: Sequence[str], joined: str) -> str:
    """`PNG`, `PNG and GIF`, `PNG, GIF and BMP`; `joined` is the word before the last."""
    return f"{', '.join(kinds[:-1])} {joined} {kinds[-1]}" if len(kinds) > 1 else "".join(kinds)


def _read_by(formats: Formats) -> set[str]:
    return set(FORMAT_NAMES[formats].replace(" and ", ", ").split(", "))
