"""Constants of training code: which values are known from the source alone, and Python's operators on them."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from workbench.core.match.code_values import UNKNOWN, Dataset, Function, Library, Picture, Value

BINARY: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
COMPARED: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
UNARY: Final[dict[type, Callable[[Any], Any]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}

_CONSTANT: Final = (int, float, complex, str, bytes, type(None), np.ndarray, np.generic, slice, dict)

MOST: Final = 100_000
"""Maximum number of elements of a list or text that is computed: code is analysed, not run."""


def constant(value: Value) -> bool:
    """Whether a value is known from the source alone."""
    if isinstance(value, list | tuple):
        return all(constant(one) for one in value)
    return isinstance(value, _CONSTANT)


def truth(value: Value) -> bool | None:
    """Whether a condition holds; `None` if the source does not show it."""
    if isinstance(value, Picture | Function | Dataset):
        return True
    if not constant(value) or isinstance(value, np.ndarray):
        return None
    return bool(value)


def dtype_name(value: Value) -> Value:
    """The name of a dtype, from any library's constant."""
    name = value.name.rpartition(".")[2] if isinstance(value, Library) else ""
    return name if re.fullmatch(r"u?int\d+|float\d+", name) else value


def from_outside(value: Value) -> bool:
    return isinstance(value, type(UNKNOWN) | Library)


def too_large(left: Value, kind: type, right: Value) -> bool:
    """Whether a computation could take long: `10 ** 10 ** 10`, `"a" * 10 ** 12`."""
    if kind is ast.Pow:
        return not all(isinstance(v, int | float) and abs(v) <= 64 for v in (right,)) or not _small(left)
    repeated = next((v for v in (left, right) if isinstance(v, str | list | tuple | bytes)), None)
    other = right if repeated is left else left
    return kind is ast.Mult and repeated is not None and isinstance(other, int) and len(repeated) * other > MOST


def joins_sequences(left: Value, kind: type, right: Value) -> bool:
    """Whether lists or tuples are joined, or one is repeated: `(grey,) * 3`."""
    if kind is ast.Add:
        return all(isinstance(v, list) for v in (left, right)) or all(isinstance(v, tuple) for v in (left, right))
    return kind is ast.Mult and isinstance(left, list | tuple) and isinstance(right, int)


def _small(value: Value) -> bool:
    return not isinstance(value, int) or abs(value) < 1 << 64


def plain(value: Value) -> Value:
    """A numpy number as a Python number."""
    return value.item() if isinstance(value, np.generic) else value


def tried(compute: Callable[[], Value]) -> Value:
    """The value of an expression of constants; unknown if Python itself raises for it."""
    try:
        with np.errstate(all="ignore"):
            return plain(compute())
    except (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError):
        return UNKNOWN
