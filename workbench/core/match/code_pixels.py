"""Arithmetic on images in training code, as the value steps of a project."""

from __future__ import annotations

import ast
from typing import Any, Final

import msgspec
import numpy as np

from workbench.core.match.code_values import UNKNOWN, Picture, Statistic, Value

_WORDS: Final[dict[type, str]] = {ast.Mult: "multiply", ast.Div: "divide", ast.Sub: "subtract", ast.Add: "add"}

_SAMPLEWISE: Final = {("subtract", "mean"): "samplewise_center", ("divide", "std"): "samplewise_std"}
_FEATUREWISE: Final = {("subtract", "mean"): "featurewise_center", ("divide", "std"): "featurewise_std"}


def arithmetic(left: Value, kind: type, right: Value, line: int) -> Value:
    """An image, or one of its statistics, combined with another value by an operator of `ast`."""
    if isinstance(left, Statistic):
        return _statistic(left, kind, right)
    if not isinstance(left, Picture):
        return _from_left(left, kind, right, line)
    if isinstance(right, Statistic):
        return _by_statistic(left, kind, right, line)
    numbers = numbers_of(right)
    if kind is ast.FloorDiv and left.uint8:
        return left.did("doubt", line, "Whole division drops what is after the point.")
    if kind not in _WORDS or numbers is None or (isinstance(right, Picture)):
        return left.did("doubt", line, _unknown_operand(kind, right), uint8=False)
    return changed_by(left, _WORDS[kind], numbers, line, whole=isinstance(right, int))


def _from_left(left: Value, kind: type, right: Value, line: int) -> Value:
    """A number on the left: `1 / 255 * img`, `255 - img`."""
    if not isinstance(right, Picture):
        return UNKNOWN
    if kind in (ast.Mult, ast.Add):
        return arithmetic(right, kind, left, line)
    numbers = numbers_of(left)
    if kind is not ast.Sub or numbers is None:
        return right.did("doubt", line, _unknown_operand(kind, left), uint8=False)
    turned = value_op(right, "multiply", (-1.0,), line)
    return value_op(turned, "subtract", tuple(-n for n in numbers), line)


def _unknown_operand(kind: type, operand: Value) -> str:
    if isinstance(operand, Picture):
        return "Two images are joined here."
    word = _WORDS.get(kind)
    if word is None:
        return "An operator that no step expresses."
    return f"{word.capitalize()} by a value that is not in the text: if it is a mean or deviation, save it as .npy."


def numbers_of(value: Value) -> tuple[float, ...] | None:
    """A number, or one per channel, as floats; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | list | tuple | np.ndarray | np.generic):
        return None
    try:
        flat = np.asarray(value, "float64").reshape(-1)
    except (TypeError, ValueError):
        return None
    return tuple(float(n) for n in flat) if len(flat) in (1, 3, 4) and np.isfinite(flat).all() else None


def changed_by(picture: Picture, word: str, numbers: tuple[float, ...], line: int, *, whole: bool = False) -> Picture:
    """An image multiplied by, divided by, minus or plus numbers. Integers on uint8 values wrap around at 0 and 256."""
    if picture.uint8 and not picture.pil and whole and word in ("subtract", "add", "multiply"):
        return picture.did("doubt", line, "Arithmetic of uint8 wraps around below 0 and above 255.")
    if word == "add":
        return value_op(picture, "subtract", tuple(-n for n in numbers), line)
    return value_op(picture, word, numbers, line)


def value_op(picture: Picture, word: str, numbers: tuple[float, ...], line: int) -> Picture:
    """An image with one more value step: `multiply`, `divide` or `subtract` with numbers."""
    if word == "divide" and 0.0 in numbers:
        return picture.did("doubt", line, "A division by 0.", uint8=False)
    return picture.did("value", line, word, numbers, uint8=False)


def channel_changed(picture: Picture, place: int, word: str, number: float, line: int) -> Picture:
    """One channel changed: `x[..., 0] -= 103.939`."""
    neutral = 1.0 if word in ("multiply", "divide") else 0.0
    numbers = [neutral] * picture.channels
    if not -picture.channels <= place < picture.channels:
        return picture.did("doubt", line, "A channel that the image does not have.")
    numbers[place] = -number if word == "add" else number
    return value_op(picture, "subtract" if word == "add" else word, tuple(numbers), line)


def word_of(kind: type) -> str | None:
    """The name of an arithmetic operator."""
    return _WORDS.get(kind)


def _statistic(held: Statistic, kind: type, right: Value) -> Value:
    """A deviation plus a small number that prevents division by 0."""
    if kind is ast.Add and isinstance(right, float) and held.name == "std":
        return msgspec.structs.replace(held, epsilon=held.epsilon + right)
    return UNKNOWN


def _by_statistic(picture: Picture, kind: type, held: Statistic, line: int) -> Picture:
    """An image minus its mean, or divided by its deviation."""
    steps = _FEATUREWISE if held.whole else _SAMPLEWISE
    step = steps.get((_WORDS.get(kind, ""), held.name))
    if step is None:
        return picture.did("doubt", line, "A statistic that no step expresses.", uint8=False)
    if held.whole:
        made = f"The {held.name} of all training images is needed: save it as .npy for the step {step} FILE."
        return picture.did("doubt", line, made, uint8=False)
    made_so = picture.did("value", line, step, uint8=False)
    if held.name == "std" and abs(held.epsilon - 1e-6) > 1e-9:
        return made_so.did("note", line, f"The step divides by (std + 1e-6), the code by (std + {held.epsilon:g}).")
    return made_so


def reversed_channels(picture: Picture, line: int) -> Picture:
    """The channels in reverse order; unchanged for a grey image."""
    return picture.did("reverse", line, bgr=not picture.bgr) if picture.channels >= 3 else picture


def to_grey(picture: Picture, line: int, how: str) -> Picture:
    """A grey image with one channel, by the weights of the library `how`."""
    if picture.channels == 1:
        return picture
    return picture.did("grey", line, how, channels=1, bgr=False)


def to_colour(picture: Picture, line: int) -> Picture:
    """One channel repeated three times; a colour image is unchanged."""
    return picture.did("repeat", line, channels=3, bgr=False) if picture.channels == 1 else picture


def as_floats(picture: Picture) -> Picture:
    """The same numbers as floats."""
    return picture.changed(uint8=False)


def as_uint8(picture: Picture, line: int) -> Picture:
    """Floats truncated to uint8: no step of a project does that."""
    if picture.uint8:
        return picture
    if any(op.kind in ("resize", "value") for op in picture.ops):
        return picture.did("doubt", line, "Floats are cut to whole levels here.", uint8=True)
    return picture.changed(uint8=True)


def cast(picture: Picture, dtype: Any, line: int) -> Picture:
    """An image cast to a dtype, given by its name or by a constant of a library."""
    word = str(getattr(dtype, "name", dtype)).rpartition(".")[2]
    return as_uint8(picture, line) if "int" in word else as_floats(picture)
