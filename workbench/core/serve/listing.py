"""Lists of resources in pages, with the simple filters and orders of Google's APIs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request

from workbench.core.serve.replies import ApiError, whole_number

_TERM: Final = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(!=|=|:)\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"'()]+))")
_JOINT: Final = re.compile(r"\s+AND\s+|\s*,\s*|\s*$")
_ORDER: Final = re.compile(r"\s*([A-Za-z_][\w.]*)(?:\s+(asc|desc))?\s*")
_NAMES: Final = ("name", "model")
_SNAKE: Final = re.compile(r"_([a-z])")


class Listed(msgspec.Struct, frozen=True):
    """What a list supports: the fields of its filter and those it can be sorted by, in snake case.

    `noun` is the filter field that denotes the last part of a resource's name, such as `model`.
    """

    filters: tuple[str, ...]
    orders: tuple[str, ...] = ()
    noun: str = ""


def paged(
    request: Request, key: str, resources: list[dict[str, Any]], listed: Listed, *, most: int = 100
) -> dict[str, Any]:
    """One page of the resources that match the `filter`, sorted by `orderBy`; an empty list is `{}`.

    Raises `ApiError` 400 for a malformed filter, order or page token, 501 for a field that this list does not support.
    """
    query = request.query_params
    terms = list(_terms(query.get("filter", ""), listed))
    wanted = _sorted([one for one in resources if all(term.fits(one) for term in terms)], query.get("orderBy"), listed)
    size = min(whole_number(query, "pageSize") or min(20, most), most)
    start = _start(request)
    page = wanted[start : start + size]
    answer: dict[str, Any] = {key: page} if page else {}
    if start + size < len(wanted):
        answer["nextPageToken"] = token_for(str(start + size))
    return answer


def token_for(place: str) -> str:
    """A page token that encodes a position."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_asked(request: Request) -> str:
    """The position encoded by the request's page token; empty for the first page. Raises `ApiError` 400."""
    token = request.query_params.get("pageToken", "")
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as err:
        raise ApiError(400, f"Invalid pageToken: '{token[:80]}'") from err


def _start(request: Request) -> int:
    place = place_asked(request) or "0"
    if not (place.isascii() and place.isdigit() and len(place) <= 18):
        raise ApiError(400, "Invalid pageToken: it belongs to another list.")
    return int(place)


class _Term(msgspec.Struct, frozen=True):
    """One comparison of a filter."""

    path: str
    operator: str
    wanted: str

    def fits(self, resource: dict[str, Any]) -> bool:
        """Whether the resource matches. A map `:` a key matches if it has the key (AIP-160)."""
        value = _at(resource, self.path)
        if isinstance(value, dict) and self.operator == ":":
            return self.wanted in value or self.wanted == "*"
        texts = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
        same = value is not None and (self.wanted == "*" or any(self._is(text) for text in texts))
        return same != (self.operator == "!=")

    def _is(self, text: str) -> bool:
        # A resource also matches by the last part of its name.
        return text == self.wanted or (self.path in _NAMES and text.rpartition("/")[2] == self.wanted)


def _terms(text: str, listed: Listed) -> Iterator[_Term]:
    place = 0
    while text.strip() and place < len(text):
        match = _TERM.match(text, place)
        joint = _JOINT.match(text, match.end()) if match else None
        if match is None or joint is None:
            raise ApiError(400, f"Invalid filter: '{text[:80]}'. Terms are like display_name=\"x\", joined by AND.")
        yield _Term(_known(match[1], listed, "filter", listed.filters), match[2], _unescaped(match))
        place = joint.end()


def _unescaped(match: re.Match[str]) -> str:
    return match[4] if match[3] is None else re.sub(r"\\(.)", r"\1", match[3])


def _known(path: str, listed: Listed, parameter: str, fields: Sequence[str]) -> str:
    """The path of a field in the resource's own names. Raises `ApiError` 501 for one that the list does not support."""
    first, _, rest = path.partition(".")
    if first == listed.noun and parameter == "filter":
        return "name"
    if first not in (*fields, *map(_camel, fields)):
        known = ", ".join(filter(None, (listed.noun, *fields)))
        raise ApiError(
            501, f"The {parameter} field '{path[:80]}' is not supported by the local target; it has {known}."
        )
    return f"{_camel(first)}.{rest}" if rest else _camel(first)


def _sorted(resources: list[dict[str, Any]], order: str | None, listed: Listed) -> list[dict[str, Any]]:
    if not order:
        return resources
    for part in reversed(order.split(",")):
        match = _ORDER.fullmatch(part)
        if match is None:
            raise ApiError(400, f"Invalid orderBy: '{order[:80]}'. It is like create_time desc, display_name.")
        path = _known(match[1], listed, "orderBy", listed.orders)
        resources = sorted(resources, key=lambda one: _text(_at(one, path) or ""), reverse=match[2] == "desc")
    return resources


def _at(resource: dict[str, Any], path: str) -> Any:
    value: Any = resource
    for step in path.split("."):
        value = value.get(step, value.get(_camel(step))) if isinstance(value, dict) else None
    return value


def _camel(name: str) -> str:
    return _SNAKE.sub(lambda m: m[1].upper(), name)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
