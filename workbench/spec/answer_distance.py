"""Difference between two predictions in JSON form."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any


def apart(known: Any, given: Any) -> float:
    """The largest difference of two JSON values, relative to numbers above 1; infinite where they are not alike.

    Alike are mappings of the same keys, lists of the same length, equal texts, and numbers. NaN meets NaN only, and an
    infinity itself: JSON has neither, so that kept answers hold `null` in their place, which meets all three. Bytes
    that are text are that text: servers return them so, a local session as `{"b64": ...}`.
    """
    known, given = _as_text(known), _as_text(given)
    if isinstance(known, Mapping) and isinstance(given, Mapping):
        alike = known.keys() == given.keys()
        return max((apart(known[k], given[k]) for k in known), default=0.0) if alike else math.inf
    if isinstance(known, list) and isinstance(given, list):
        alike = len(known) == len(given)
        return max((apart(a, b) for a, b in zip(known, given, strict=True)), default=0.0) if alike else math.inf
    if _is_number(known) and _is_number(given):
        return _numbers_apart(known, given)
    if known is None or given is None:
        one = given if known is None else known
        return 0.0 if one is None or (_is_number(one) and not math.isfinite(one)) else math.inf
    return 0.0 if type(known) is type(given) and known == given else math.inf


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers_apart(known: float, given: float) -> float:
    if math.isfinite(known) and math.isfinite(given):
        return abs(known - given) / max(1.0, abs(known))
    same = known == given or (math.isnan(known) and math.isnan(given))
    return 0.0 if same else math.inf


def _as_text(value: Any) -> Any:
    if not isinstance(value, Mapping) or set(value) != {"b64"}:
        return value
    try:
        return base64.b64decode(value["b64"], validate=True).decode()
    except (TypeError, binascii.Error, UnicodeDecodeError):
        return value  # No text: compared as it came.
