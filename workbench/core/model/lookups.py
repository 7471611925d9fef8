"""Lookup layers: whether a file holds their vocabulary, and the words that a loaded model knows."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from workbench.core.model.config import Config, walk
from workbench.spec.errors import WorkbenchError

LOOKUPS: Final = ("IntegerLookup", "StringLookup", "TextVectorization")

MAX_WORDS: Final = 200
"""Words of a vocabulary from which generated requests are drawn."""

_READ: Final = 64 * 1024
"""Bytes of a vocabulary that are read to find them."""


def refuse_empty_lookups(config: Config, where: str) -> None:
    """Refuse an .h5 whose lookups have no vocabulary: an .h5 does not store what `adapt` learned.

    A configuration holds only a vocabulary that was given to the constructor (`index_lookup.py` `get_config` of both
    libraries); what `adapt` learned is an asset of a `.keras` file. Raises `WorkbenchError` NO_VOCABULARY.
    """
    empty = [
        path
        for path, layer in walk(config)
        if layer.get("class_name") in LOOKUPS and not (layer.get("config") or {}).get("vocabulary")
    ]
    if empty:
        more = f" and {len(empty) - 8} more" if len(empty) > 8 else ""
        text = f"Lookup layers have no vocabulary: {', '.join(empty[:8])}{more}. An .h5 file does not store it."
        hint = "Save the model as .keras, or give the layers their vocabulary (vocabulary=layer.get_vocabulary())."
        raise WorkbenchError("NO_VOCABULARY", text, where=where, hint=hint)


def words_in(config: Config, path: Path) -> tuple[str, ...]:
    """Texts that a model's lookups know: from its configuration, else from the assets of a `.keras` file."""
    found: dict[str, None] = {}
    for _, layer in walk(config):
        if layer.get("class_name") in LOOKUPS:
            told = (layer.get("config") or {}).get("vocabulary")
            found |= dict.fromkeys(told[:MAX_WORDS] if isinstance(told, list) else _learned(path))
    return tuple(word for word in found if isinstance(word, str) and word not in ("", "[UNK]"))[:MAX_WORDS]


def _learned(path: Path) -> list[str]:
    """The start of each vocabulary among an archive's assets (`IndexLookup.save_assets`)."""
    if not zipfile.is_zipfile(path):
        return []
    words: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("assets/") and name.endswith("/vocabulary.txt"):
                with archive.open(name) as file:
                    words += file.read(_READ).decode("utf-8", "replace").split("\n")[:MAX_WORDS]
    return words
