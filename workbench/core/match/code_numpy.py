"""numpy's functions on images in training code."""

from __future__ import annotations

import ast
from typing import Any, Final

import numpy as np

from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_constants import constant
from workbench.core.match.code_pixels import arithmetic, cast, numbers_of, reversed_channels, to_colour
from workbench.core.match.code_place import padded
from workbench.core.match.code_values import (
    UNKNOWN,
    Canvas,
    Library,
    Picture,
    Statistic,
    Value,
    first_picture,
    pictures_in,
    whole_number,
)


def array(call: Call) -> Value:
    """An array of an image, of a list of images, or of numbers."""
    held = call.get(0, "object", UNKNOWN)
    picture = first_picture(held)
    if picture is None:
        return _numbers(held)
    made = picture.changed(pil=False, batch=picture.batch + (not isinstance(held, Picture)))
    dtype = call.get(1, "dtype")
    return made if dtype is None else cast(made, dtype, call.line)


def _numbers(held: Value) -> Value:
    if isinstance(held, list | tuple) and constant(held) and len(held) <= 64:
        try:
            return np.asarray(held)
        except ValueError:
            return UNKNOWN
    return held if constant(held) or isinstance(held, Canvas) else UNKNOWN


def stack(call: Call) -> Value:
    """Images along a new axis; a grey image stacked three times along the last axis has three channels."""
    held = call.get(0, "arrays", call.get(0, "values", UNKNOWN))
    found = list(pictures_in(held))
    if not found:
        return _numbers(held)
    axis = 2 if call.name.endswith("dstack") else call.get(1, "axis", 0)
    if found[0].channels == 1 and len(found) == 3 and axis in (-1, 2, 3):
        return to_colour(found[0].changed(pil=False), call.line)
    joined = call.name.rpartition(".")[2] in ("concatenate", "vstack", "concat", "row_stack") and found[0].batch
    return found[0].changed(pil=False, batch=found[0].batch + (not joined))


def repeat(call: Call) -> Value:
    """A grey image repeated along its channel axis."""
    picture = first_picture(call.get(0, "a", UNKNOWN))
    if picture is None:
        return UNKNOWN
    return to_colour(picture, call.line) if call.get(1, "repeats") == 3 else picture.changed()


def expand_dims(call: Call) -> Value:
    """One more axis: in front a batch, at the end the channel of a grey image."""
    picture = first_picture(call.get(0, "a", call.get(0, "input", UNKNOWN)))
    if picture is None:
        return UNKNOWN
    front = call.get(1, "axis", 0) == 0
    return picture.changed(pil=False, batch=picture.batch + front)


def _filled(call: Call) -> Value:
    """A frame of one colour, or an array for several images."""
    shape = call.get(0, "shape", UNKNOWN)
    if isinstance(shape, Picture):
        sides: list[Any] = list(shape.size)
    elif isinstance(shape, tuple | list):
        sides = [whole_number(s) or 0 for s in (shape[-3:-1] if len(shape) > 2 else shape)]
    else:
        return UNKNOWN
    value = {"zeros": 0.0, "zeros_like": 0.0, "ones": 1.0, "ones_like": 1.0}.get(call.name.rpartition(".")[2])
    colour = (value,) if value is not None else numbers_of(call.get(1, "fill_value", 0)) or (0.0,)
    return Canvas(sides[0], sides[1], colour, _holds_levels(call)) if len(sides) == 2 else UNKNOWN


def _holds_levels(call: Call) -> bool:
    """Whether an array is created as uint8."""
    dtype = call.get(1, "dtype", "float64")
    return str(getattr(dtype, "name", dtype)).endswith("uint8")


def _inverted(call: Call) -> Value:
    """`np.invert` of uint8 pixel values: 255 minus each of them."""
    picture = first_picture(call.get(0, "x", UNKNOWN))
    if picture is None:
        return UNKNOWN
    return picture.did("value", call.line, "multiply", (-1.0,)).did("value", call.line, "subtract", (-255.0,))


def reshape(call: Call) -> Value:
    """The same image with other axes; a flattened image still counts as an image."""
    picture = first_picture(call.args[0]) if call.args else None
    if picture is None:
        return UNKNOWN
    given = call.args[1:] or [call.keywords.get("newshape", call.keywords.get("shape", ()))]
    shape = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    if len(shape) < 2 or (len(shape) == 2 and picture.batch == 1):
        return picture.did("note", call.line, "The image is flattened here: the model takes its values in one row.")
    axes = len(shape) - 2 - (shape[-1] in (1, 3, 4))
    return picture.changed(pil=False, batch=max(axes, 0))


def _mean(call: Call) -> Value:
    return statistic(call, first_picture(call.get(0, "a", UNKNOWN)), call.get(1, "axis"))


def statistic(call: Call, picture: Picture | None, axis: Value) -> Value:
    """The mean or deviation of an image, or of all images if one of their axes is included."""
    name = call.name.rpartition(".")[2]
    if picture is None or name not in ("mean", "std"):
        return UNKNOWN
    if picture.batch == 0 and axis is not None:
        return UNKNOWN
    return Statistic("mean" if name == "mean" else "std", whole=picture.batch > 0)


def _flip(call: Call) -> Value:
    picture = first_picture(call.get(0, "m", UNKNOWN))
    if picture is None:
        return UNKNOWN
    if call.get(1, "axis") in (-1, 2 + picture.batch, [-1], (-1,)):
        return reversed_channels(picture, call.line)
    return picture.did("note", call.line, "The image is mirrored: taken as augmentation, left out.")


def axes_moved(call: Call) -> Value:
    """Axes in another order, such as for a channels-first model."""
    picture = first_picture(call.args[0]) if call.args else None
    if picture is None:
        return UNKNOWN
    return picture.did("note", call.line, "The axes are moved here: taken as channels first, which the model knows.")


def _pad(call: Call) -> Value:
    picture, widths = first_picture(call.get(0, "array", UNKNOWN)), call.get(1, "pad_width", UNKNOWN)
    if picture is None:
        return UNKNOWN
    try:
        (top, bottom), (left, right) = ([int(n) for n in side] for side in widths[:2])
    except (TypeError, ValueError):
        return picture.did("doubt", call.line, "A border of a width that is not in the text.")
    if call.get(2, "mode", "constant") != "constant":
        return picture.did("doubt", call.line, "A border that is no single colour.")
    frame = (picture.height + top + bottom, picture.width + left + right)
    colour = numbers_of(call.get(3, "constant_values", 0)) or (0.0,)
    return padded(picture, top, left, frame, colour, call.line)


def operator(kind: type) -> Handler:
    """A handler for `np.divide(x, 255)` and similar functions."""

    def handler(call: Call) -> Value:
        left, right = (call.get(n, name, UNKNOWN) for n, name in ((0, "x"), (1, "y")))
        return arithmetic(left, kind, right, call.line)

    return handler


def clipped(call: Call) -> Value:
    """Values clipped to bounds."""
    picture = first_picture(call.get(0, "a", UNKNOWN))
    if picture is None:
        return UNKNOWN
    return picture.did("note", call.line, "Values are clipped here: only a kernel that overshoots gives any to clip.")


def dtype_named(call: Call) -> Value:
    """`np.float32(x)`: a cast of an image, or a number."""
    held = call.get(0, "x", UNKNOWN)
    picture = first_picture(held)
    return cast(picture, Library(call.name), call.line) if picture else held if constant(held) else UNKNOWN


def _operators() -> dict[str, Handler]:
    kinds = {"divide": ast.Div, "true_divide": ast.Div, "multiply": ast.Mult, "subtract": ast.Sub, "add": ast.Add}
    return {f"{root}.{name}": operator(k) for root in ("np", "tf", "tf.math", "cv2") for name, k in kinds.items()}


FUNCTIONS: Final[dict[str, Handler]] = {
    **_operators(),
    **{f"np.{name}": array for name in ("array", "asarray", "asanyarray", "uint8.array")},
    **{f"np.{name}": stack for name in ("stack", "vstack", "dstack", "concatenate")},
    **{
        f"np.{name}": _filled
        for name in ("zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "empty", "ndarray")
    },
    **{f"np.{name}": axes_moved for name in ("transpose", "moveaxis", "rollaxis", "swapaxes")},
    **{f"np.{name}": dtype_named for name in ("float32", "float64", "uint8", "float16", "float_")},
    **{f"np.{name}": _flip for name in ("flip", "fliplr", "flipud")},
    "np.repeat": repeat,
    "np.tile": repeat,
    "np.expand_dims": expand_dims,
    "np.mean": _mean,
    "np.std": _mean,
    "np.pad": _pad,
    "np.invert": _inverted,
    "np.bitwise_not": _inverted,
    "cv2.bitwise_not": _inverted,
    **{f"{root}.reshape": reshape for root in ("np", "tf", "tf1", "keras.backend")},
    "np.clip": clipped,
}
"""Handlers by function name in numpy; those that only work on constants are in `code_builtins`."""
