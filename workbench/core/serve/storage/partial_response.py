"""The `fields` parameter of Google's APIs: a reply with only the requested members.

The grammar is `items(name,size),nextPageToken` or `items/name`; `*` stands for every member.
"""

from __future__ import annotations

import re
from typing import Any

from workbench.core.serve.replies import ApiError

Fields = dict[str, Any]
"""A member's name to the requested members inside it; empty means all of it."""

_TOKEN = re.compile(r"\s*([A-Za-z_*][\w*.-]*|[(),/])\s*")
_DEEPEST = 20


def read_fields(text: str) -> Fields:
    """The requested members; empty for all of them. Raises `ApiError` 400."""
    if text in ("", "*"):
        return {}
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise _invalid(text)
    found, rest = _list(tokens, text, 0)
    if rest:
        raise _invalid(text)
    return found


def _list(tokens: list[str], text: str, depth: int) -> tuple[Fields, list[str]]:
    found: Fields = {}
    if depth > _DEEPEST:
        raise _invalid(text)
    while True:
        tokens = _one(tokens, found, text, depth)
        if tokens[:1] != [","]:
            return found, tokens
        tokens = tokens[1:]


def _one(tokens: list[str], found: Fields, text: str, depth: int) -> list[str]:
    """Parse one member with its own selection into `found`; returns the tokens after it."""
    if not tokens or tokens[0] in "(),/":
        raise _invalid(text)
    name, rest = tokens[0], tokens[1:]
    inner: Fields = {}
    if rest[:1] == ["/"]:
        if depth > _DEEPEST:
            raise _invalid(text)
        rest = _one(rest[1:], inner, text, depth + 1)
    elif rest[:1] == ["("]:
        inner, rest = _list(rest[1:], text, depth + 1)
        if rest[:1] != [")"]:
            raise _invalid(text)
        rest = rest[1:]
    found[name] = {**found[name], **inner} if found.get(name) and inner else inner
    return rest


def chosen(document: Any, fields: Fields) -> Any:
    """The document with the requested members only."""
    if isinstance(document, list):
        return [chosen(item, fields) for item in document]
    if not isinstance(document, dict) or not fields:
        return document
    every = fields.get("*")
    wanted: Fields = {name: fields.get(name, every) for name in document if name in fields or every is not None}
    return {name: chosen(document[name], inner or {}) for name, inner in wanted.items()}


def _invalid(text: str) -> ApiError:
    return ApiError(400, f"Invalid field selection: '{text[:80]}'")
