"""TOML from anybody: bounded in length and nesting before it is parsed.

The standard library's parser takes time by the square of a dotted key's parts (seconds for 10 kB of them), and
recurses once for each bracket.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

MAX_NESTING: Final = 16
"""Parts of a dotted key, and brackets within brackets; a project has three."""

_TOKENS: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\\?\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+"
    r"|[\[\]{}.,=\n]",
    re.S,
)
"""Texts and comments as a whole, closed or not, and the characters that nest; each is passed over once."""


class TomlTooDeepError(ValueError):
    """It nests deeper than anything of ours does."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises `ValueError` with what is wrong in words, `tomllib`'s own among them."""
    _refuse_nesting(text)
    try:
        return tomllib.loads(text)
    except RecursionError as err:
        raise TomlTooDeepError("it nests too deep") from err


def _refuse_nesting(text: str) -> None:
    brackets = dots = 0
    for found in _TOKENS.finditer(text):
        match found[0]:
            case "[" | "{":
                brackets, dots = brackets + 1, 0
            case "]" | "}":
                brackets, dots = brackets - 1, 0
            case ".":
                dots += 1
            case "," | "=" | "\n":
                dots = 0
        if brackets > MAX_NESTING or dots > MAX_NESTING:
            line = text.count("\n", 0, found.start()) + 1
            raise TomlTooDeepError(f"line {line} nests more than {MAX_NESTING} deep")
