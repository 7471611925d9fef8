"""Recognises a marshalled Lambda that is plain arithmetic on its one argument: `a * x + b`.

It interprets the instructions over pairs (a, b) and supports only constants and + - * /; any other instruction ends the
attempt. Opcode numbers: CPython's `Lib/opcode.py` of 2.7 and 3.0-3.12 (3.13 renumbered all and is rejected).
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any, Final

from workbench.core.model.repair.marshal_reader import FunctionData, read_function

Affine = tuple[float, float]

_LOAD_FAST: Final = 124
_LOAD_CONST: Final = 100
_RETURN: Final = 83
_NEGATIVE: Final = 11
_CLASSIC_DIVIDE: Final = 21
_OPERATORS: Final = {20: "*", 23: "+", 24: "-", 27: "/"}
_RESUME: Final = 151
_BINARY_OP: Final = 122
_NEW_OPERATORS: Final = {0: "+", 5: "*", 10: "-", 11: "/"}
_HAVE_ARGUMENT: Final = 90
_CACHE: Final = 0


class _NotAffine(ValueError):
    """The function is not plain arithmetic on its argument."""


def affine_of(config: dict[str, Any]) -> Affine | None:
    """(scale, offset) of a Lambda layer's configuration if it certainly computes `scale * x + offset`, else `None`."""
    data = function_bytes(config)
    found = {pair for function in read_function(data) for pair in _pairs(function)} if data else set()
    return found.pop() if len(found) == 1 else None  # Two decodings that differ prove nothing.


def function_bytes(config: dict[str, Any]) -> bytes | None:
    """The marshalled function of a Lambda layer, base64 (Keras >= 2.1) or escaped text; `None` if it has defaults or a
    closure."""
    function = config.get("function")
    if config.get("function_type", "lambda") != "lambda" or config.get("arguments"):
        return None
    if isinstance(function, dict) and function.get("class_name") == "__lambda__":
        function = function.get("config")
    if isinstance(function, dict):
        function = [function.get("code"), function.get("defaults"), function.get("closure")]
    if isinstance(function, str):
        function = [function]
    if not isinstance(function, list) or not function or any(part is not None for part in function[1:]):
        return None
    return _decoded(function[0])


def _decoded(text: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
        if raw[:1] in (b"c", b"\xe3"):
            return raw
    except (binascii.Error, ValueError):
        pass  # Keras before 2.1 wrote the bytes as escaped text.
    try:
        return text.encode("raw_unicode_escape")
    except UnicodeError:
        return None


def _pairs(function: FunctionData) -> Iterator[Affine]:
    if function.arguments != 1 or function.keyword_only or function.names:
        return
    for instructions in _readings(function):
        try:
            pair = _follow(list(instructions), function)
        except (_NotAffine, IndexError, OverflowError):
            continue
        if pair[0] != 0 and math.isfinite(pair[0]) and math.isfinite(pair[1]):
            yield pair


def _readings(function: FunctionData) -> Iterator[Iterator[tuple[int, int]]]:
    if function.layout != "2":
        yield _two_byte(function.code)
    if function.layout in ("2", "3.0"):
        yield _variable(function.code)  # Since Python 3.6 every instruction has two bytes.


def _two_byte(code: bytes) -> Iterator[tuple[int, int]]:
    if len(code) % 2:
        raise _NotAffine
    yield from zip(code[::2], code[1::2], strict=True)


def _variable(code: bytes) -> Iterator[tuple[int, int]]:
    place = 0
    while place < len(code):
        if code[place] < _HAVE_ARGUMENT:
            yield code[place], 0
            place += 1
        else:
            yield code[place], code[place + 1] | code[place + 2] << 8
            place += 3


def _follow(instructions: list[tuple[int, int]], function: FunctionData) -> Affine:
    stack: list[Affine] = []
    new = function.layout == "3.11"
    if new:
        if instructions[0] != (_RESUME, 0):
            raise _NotAffine
        instructions = [i for i in instructions[1:] if i[0] != _CACHE]
    for opcode, argument in instructions[:-1]:
        if opcode == _LOAD_FAST and argument == 0:
            stack.append((1.0, 0.0))
        elif opcode == _LOAD_CONST:
            stack.append((0.0, _number(function.consts[argument])))
        elif opcode == _NEGATIVE:
            a, b = stack.pop()
            stack.append((-a, -b))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combined(_operator(opcode, argument, function.layout, left, right), left, right))
    if instructions[-1][0] != _RETURN or len(stack) != 1:
        raise _NotAffine
    return stack[0]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _NotAffine
    return float(value)


def _operator(opcode: int, argument: int, layout: str, left: Affine, right: Affine) -> str:
    if layout == "3.11":
        found = _NEW_OPERATORS.get(argument) if opcode == _BINARY_OP else None
    elif layout == "2" and opcode == _CLASSIC_DIVIDE and left[0]:
        found = "/"  # Python 2 divides a float tensor exactly, and two integer constants with truncation.
    else:
        found = _OPERATORS.get(opcode)
    if found is None:
        raise _NotAffine
    return found


def _combined(operator: str, left: Affine, right: Affine) -> Affine:
    (a, b), (c, d) = left, right
    if operator == "+":
        return a + c, b + d
    if operator == "-":
        return a - c, b - d
    if operator == "*" and not (a and c):
        return (a * d, b * d) if not c else (c * b, d * b)
    if operator == "/" and not c and d:
        return a / d, b / d
    raise _NotAffine
