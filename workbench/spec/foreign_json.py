"""Reads JSON from outside with Python's own parser: every fault in it becomes one error.

Python's parser is used where its wider values matter: integers of any size, `NaN`, `Infinity`. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 256
"""Levels of lists and objects. A model's configuration has about four for each model inside another."""

_SHALLOW: Final = 16
"""Levels that are found without a walk through the values: almost all JSON has fewer."""

_BRACKETS: Final = b"[]{}"
_REST: Final = bytes(set(range(256)) - set(_BRACKETS))
_SQUARE: Final = bytes.maketrans(b"{}", b"[]")


class NotJsonError(ValueError):
    """A text is not usable JSON; `reason` says why without the place, `at` is the place in characters."""

    def __init__(self, text: str, reason: str = "", at: int = 0) -> None:
        super().__init__(text)
        self.reason, self.at = reason or text, at


def json_value(text: str | bytes, *, strict: bool = False) -> Any:
    """The value of a JSON text (UTF-8, UTF-16 or UTF-32 if it is bytes).

    `strict` refuses `NaN` and `Infinity`, which RFC 8259 does not have. Raises `NotJsonError` for what is no JSON, is
    no Unicode text, is nested deeper than `MAX_DEPTH`, or has an integer of more digits than Python converts.
    """
    try:
        value = json.loads(text, parse_constant=_refuse if strict else None)
    except json.JSONDecodeError as err:
        raise NotJsonError(str(err), err.msg, err.pos) from err
    except UnicodeDecodeError as err:
        raise NotJsonError("it is not Unicode text", at=err.start) from err
    except RecursionError as err:
        raise NotJsonError(_DEEP) from err
    except NotJsonError:
        raise
    except ValueError as err:
        raise NotJsonError("a number has too many digits") from err
    if _may_be_deep(text) and _is_deep(value):
        raise NotJsonError(_DEEP)
    return value


_DEEP: Final = "it is nested too deeply"


def _refuse(constant: str) -> NoReturn:
    raise NotJsonError(f"{constant} is not a JSON number")


def _may_be_deep(text: str | bytes) -> bool:
    """Whether a text has more than a few levels; brackets within strings may make it seem so."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    if data.count(b"[") + data.count(b"{") <= _SHALLOW:
        return False
    left = data.translate(_SQUARE, _REST)
    for _ in range(_SHALLOW):
        left = left.replace(b"[]", b"")
    return bool(left)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _within(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _within(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
