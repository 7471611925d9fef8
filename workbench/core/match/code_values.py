"""Values of the interpreter of training code: an image with its operations, datasets, layers, unknowns."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import msgspec

Value = Any
"""A Python constant, a numpy array of constants, or one of the classes of this module."""

OpKind = Literal["resize", "crop", "pad", "step", "value", "reverse", "grey", "repeat", "setting", "doubt", "note"]


class _Unknown:
    """A value that the source does not show."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


class Op(msgspec.Struct, frozen=True):
    """One operation on an image, and the line of the code that does it.

    `text` is the reader whose kernel resizes, a step in a project's notation, a setting's name and value, or what is
    not understood. `numbers` are pixels: the new (height, width) of a resize; (top, left, height, width) of a crop in
    the image, or of a padded image in its frame, followed by the frame's size; or the operands of arithmetic. `before`
    is the (height, width) of the image before the operation.
    """

    kind: OpKind
    line: int
    text: str = ""
    numbers: tuple[float, ...] = ()
    before: tuple[int, int] = (0, 0)


class Picture(msgspec.Struct, frozen=True):
    """An image of an assumed size `(height, width)` between the file and the network.

    `decoder` is the library that read it, `bgr` its current channel order, `pil` whether it is a Pillow image, `batch`
    the number of axes before its height. A side of 0 is unknown.
    """

    decoder: str
    line: int
    height: int
    width: int
    channels: int = 3
    bgr: bool = False
    uint8: bool = True
    pil: bool = False
    batch: int = 0
    ops: tuple[Op, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    def did(self, kind: OpKind, line: int, text: str = "", numbers: tuple[float, ...] = (), **changes: Any) -> Picture:
        """The image after one more operation."""
        op = Op(kind, line, text, numbers, self.size)
        return msgspec.structs.replace(self, ops=(*self.ops, op), **changes)

    def changed(self, **changes: Any) -> Picture:
        """The same pixels in another container, dtype or number of axes."""
        return msgspec.structs.replace(self, **changes)


class Library(msgspec.Struct, frozen=True):
    """A name that is not defined in the source: a module, a function or a constant of a library."""

    name: str


class Function:
    """A function or lambda in the source, with its enclosing scope and, for a method, its instance."""

    def __init__(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Any, defaults: list[Value]
    ) -> None:
        self.node = node
        self.scope = scope
        self.defaults = defaults
        self.instance: Instance | None = None

    def of(self, instance: Instance) -> Function:
        """This method bound to an instance."""
        found = Function(self.node, self.scope, self.defaults)
        found.instance = instance
        return found


class Class(msgspec.Struct, frozen=True):
    """A class in the source: its methods by name, and its attributes."""

    name: str
    methods: dict[str, Function]
    attributes: dict[str, Value] = {}


class Instance:
    """An instance of a class in the source: its attributes, and its class' methods."""

    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.attributes: dict[str, Value] = dict(cls.attributes)


class Method(msgspec.Struct, frozen=True):
    """A method of a value that is not an instance of a class in the source: `img.resize`, `dataset.map`."""

    receiver: Value
    name: str


class Dataset(msgspec.Struct, frozen=True):
    """A `tf.data.Dataset` or an iterator: the value of one element."""

    element: Value


class Partial(msgspec.Struct, frozen=True):
    """`functools.partial`: a function with its first positional and its keyword arguments."""

    function: Value
    args: list[Value]
    keywords: dict[str, Value]


class Operation(msgspec.Struct, frozen=True):
    """A callable that processes images: a layer, or several.

    `own` means that it may also be a layer of the model, which is already in the model's file.
    """

    name: str
    apply: Callable[[Picture], Value]
    own: bool = False


class Generator(msgspec.Struct, frozen=True):
    """A Keras `ImageDataGenerator`: its operations on each image."""

    standardize: Callable[[Picture], Picture]


class Canvas(msgspec.Struct, frozen=True):
    """An array or image of one colour in which another may be placed; `uint8` if it holds only uint8 values."""

    height: int
    width: int
    colour: tuple[float, ...] = (0.0,)
    uint8: bool = False


class Statistic(msgspec.Struct, frozen=True):
    """The mean or deviation of an image's own values, or of all images' (`whole`), plus a small number."""

    name: Literal["mean", "std"]
    whole: bool
    epsilon: float = 0.0


def pictures_in(value: Value, depth: int = 6) -> Iterator[Picture]:
    """Every image in a value, including those in lists, dicts and datasets, up to `depth` levels."""
    match value:
        case Picture():
            yield value
        case Dataset() if depth:
            yield from pictures_in(value.element, depth - 1)
        case list() | tuple() | dict() if depth:
            for one in value.values() if isinstance(value, dict) else value:
                yield from pictures_in(one, depth - 1)


def first_picture(value: Value) -> Picture | None:
    """The first image in a value."""
    return next(pictures_in(value), None)


def replaced(value: Value, change: Callable[[Picture], Picture]) -> Value:
    """A value with every image in it replaced by `change`."""
    match value:
        case Picture():
            return change(value)
        case list():
            return [replaced(one, change) for one in value]
        case tuple():
            return tuple(replaced(one, change) for one in value)
        case Dataset():
            return Dataset(replaced(value.element, change))
        case _:
            return value


def whole_number(value: Value) -> int | None:
    """A number of pixels as a positive int; `None` if it is unknown."""
    if isinstance(value, bool) or not hasattr(value, "__int__") or not hasattr(value, "__float__"):
        return None
    return int(value) if getattr(value, "size", 1) == 1 and 0 < float(value) < 1e6 else None


def pair_of(value: Value) -> tuple[int, int] | None:
    """Two numbers of pixels from a tuple, a list or an array of two; `None` if they are unknown."""
    if not isinstance(value, list | tuple) and not hasattr(value, "tolist"):
        return None
    numbers = [whole_number(one) for one in value][:2]
    if len(numbers) != 2 or None in numbers:
        return None
    return numbers[0] or 0, numbers[1] or 0
