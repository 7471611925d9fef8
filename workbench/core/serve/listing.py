"""Lists of resources in pages, with the simple filters that Google's APIs take."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from starlette.requests import Request

from workbench.core.serve.replies import ApiError, whole_number

_TERM: Final = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(!=|=|:)\s*(?:\"([^\"]*)\"|(\S+))\s*")
_SNAKE: Final = re.compile(r"_([a-z])")


def paged(request: Request, key: str, resources: list[dict[str, Any]], *, most: int = 100) -> dict[str, Any]:
    """One page of the resources that fit the `filter`, in the order given; an empty list is `{}`.

    Raises `ApiError` 400 for a filter or a page token that cannot be read.
    """
    query = request.query_params
    wanted = [one for one in resources if _fits(one, query.get("filter", ""))]
    size = min(whole_number(query, "pageSize") or min(20, most), most)
    start = _start(request)
    page = wanted[start : start + size]
    answer: dict[str, Any] = {key: page} if page else {}
    if start + size < len(wanted):
        answer["nextPageToken"] = token_for(str(start + size))
    return answer


def token_for(place: str) -> str:
    """A page token that leads back to a place."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_asked(request: Request) -> str:
    """The place that the request's page token leads to; empty at the beginning. Raises `ApiError` 400."""
    token = request.query_params.get("pageToken", "")
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as err:
        raise ApiError(400, f"Invalid pageToken: '{token[:80]}'") from err


def _start(request: Request) -> int:
    place = place_asked(request) or "0"
    if not place.isdecimal():
        raise ApiError(400, "Invalid pageToken: it belongs to another list.")
    return int(place)


def _fits(resource: dict[str, Any], text: str) -> bool:
    return all(_fits_term(resource, term) for term in re.split(r"\s+AND\s+|\s*,\s*", text) if term.strip())


def _fits_term(resource: dict[str, Any], term: str) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise ApiError(400, f"Invalid filter: '{term[:80]}'. Terms are like display_name=\"x\", joined by AND.")
    value: Any = resource
    for step in match[1].split("."):
        camel = _SNAKE.sub(lambda m: m[1].upper(), step)
        value = (value.get(step, value.get(camel)) if isinstance(value, dict) else None) if value is not None else None
    wanted = match[3] if match[3] is not None else match[4]
    same = value is not None and (wanted == "*" or _text(value) == wanted or _text(value).rpartition("/")[2] == wanted)
    return same != (match[2] == "!=")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
