"""TensorFlow's functions on images in training code."""

from __future__ import annotations

from typing import Final

import numpy as np

from workbench.core.match.code_attributes import cropped, shape_of
from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_constants import constant, tried
from workbench.core.match.code_numpy import axes_moved, clipped, expand_dims, stack
from workbench.core.match.code_pixels import cast, changed_by, reversed_channels, to_colour, to_grey
from workbench.core.match.code_place import padded
from workbench.core.match.code_values import (
    UNKNOWN,
    Library,
    Picture,
    Value,
    first_picture,
    pair_of,
    replaced,
)

_BY_NUMBER: Final = ("bilinear", "nearest", "bicubic", "area")
_NAMES: Final = {"nearest_neighbor": "nearest"}
METHODS: Final = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


def _decode(call: Call) -> Value:
    channels = call.get(1, "channels", 0)
    found = call.opened("tf", channels=channels if channels in (1, 3, 4) else 3)
    dct = call.text(-1, "dct_method", "")
    return found.did("setting", call.line, "dct = accurate") if dct == "INTEGER_ACCURATE" else found


def method_of(value: Value) -> str | None:
    """The name of a resize's `method` argument."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _BY_NUMBER[value] if 0 <= value < len(_BY_NUMBER) else None
    name = value.name.rpartition(".")[2] if isinstance(value, Library) else value if isinstance(value, str) else ""
    name = _NAMES.get(name.lower(), name.lower())
    return name if name in METHODS else None


def _resize(call: Call) -> Value:
    picture, size = call.picture("tf", name="images"), pair_of(call.get(1, "size", None))
    method = method_of(call.get(2, "method", "bilinear"))
    if method is None:
        picture, method = picture.did("doubt", call.line, "A method that is not in the text."), "bilinear"
    antialias = "+antialias" if call.get(4, "antialias", False) is True else ""
    reader = f"tf:{method}{antialias}"
    if size is None or not all(picture.size):
        found = picture.did("doubt", call.line, "The size of this resize is not in the text.")
        return found.did("resize", call.line, reader, height=0, width=0)
    if call.get(3, "preserve_aspect_ratio", False) is True:
        factor = min(size[0] / picture.height, size[1] / picture.width)
        size = (round(picture.height * factor), round(picture.width * factor))
    return _done(picture, reader, size, call.line, keeps=method == "nearest")


def _done(picture: Picture, reader: str, size: tuple[int, int], line: int, *, keeps: bool = False) -> Picture:
    uint8 = picture.uint8 and keeps
    return picture.did("resize", line, reader, size, height=size[0], width=size[1], uint8=uint8)


def _first_resize(call: Call) -> Value:
    """TensorFlow 1's resizes: `align_corners=False` unless given."""
    picture, size = call.picture("tf", name="images"), pair_of(call.get(1, "size", None))
    named = call.name.rpartition(".")[2].removeprefix("resize_")
    by_name = named not in ("resize", "images")
    method = method_of(named) if by_name else method_of(call.get(2, "method", "bilinear"))
    if call.get(2 if by_name else 3, "align_corners", False) is True:
        picture = picture.did("doubt", call.line, "align_corners=True samples otherwise than the reader tf1.")
    if method != "bilinear":
        picture = picture.did("doubt", call.line, f"The reader tf1 is bilinear, this is {method or 'not known'}.")
    if size is None:
        found = picture.did("doubt", call.line, "The size of this resize is not in the text.")
        return found.did("resize", call.line, "tf1", height=0, width=0)
    return _done(picture, "tf1", size, call.line)


def _with_pad(call: Call) -> Value:
    picture = call.picture("tf")
    size = pair_of((call.get(1, "target_height", UNKNOWN), call.get(2, "target_width", UNKNOWN)))
    method = method_of(call.get(3, "method", "bilinear")) or "bilinear"
    antialias = "+antialias" if call.get(4, "antialias", False) is True else ""
    if size is None:
        return picture.did("doubt", call.line, "The size of this resize is not in the text.")
    reader = "tf1" if call.name.startswith("tf1.") else f"tf:{method}{antialias}"
    found = picture.did("step", call.line, f"resize_with_pad {size[0]}x{size[1]}")
    return _done(found, reader, size, call.line)


def _crop_or_pad(call: Call) -> Value:
    picture = call.picture("tf")
    size = pair_of((call.get(1, "target_height", UNKNOWN), call.get(2, "target_width", UNKNOWN)))
    if size is None:
        return picture.did("doubt", call.line, "The size of this is not in the text.")
    step = f"resize_with_crop_or_pad {size[0]}x{size[1]}"
    return picture.did("step", call.line, step, height=size[0], width=size[1])


def _central_crop(call: Call) -> Value:
    picture, fraction = call.picture("tf"), call.get(1, "central_fraction", UNKNOWN)
    if not isinstance(fraction, float | int) or not 0 < fraction <= 1:
        return picture.did("doubt", call.line, "A part that is not in the text.")
    sides = [side - 2 * int((side - side * fraction) / 2) for side in picture.size]
    step = f"central_fraction {fraction:g}"
    return picture.did("step", call.line, step, height=sides[0], width=sides[1])


def _bounding_box(call: Call) -> Value:
    picture = call.picture("tf")
    names = ("offset_height", "offset_width", "target_height", "target_width")
    numbers = [call.get(n, name, UNKNOWN) for n, name in enumerate(names, 1)]
    if not all(isinstance(v, int) for v in numbers):
        return picture.did("doubt", call.line, "A part is cut out at a place that is not in the text.")
    top, left, height, width = numbers
    if call.name.endswith("pad_to_bounding_box"):
        return padded(picture, top, left, (height, width), (0.0,), call.line)
    return cropped(picture, top, left, height, width, call.line)


def _standardized(call: Call) -> Value:
    return call.picture("tf").did("value", call.line, "per_image_standardization", uint8=False)


def _converted(call: Call) -> Value:
    """`convert_image_dtype`: uint8 becomes 0..1; floats are unchanged."""
    picture = call.picture("tf")
    if "int" in call.text(1, "dtype", "float32"):
        return picture.did("doubt", call.line, "Floats become whole levels here.")
    if not picture.uint8:
        return picture.did("note", call.line, "convert_image_dtype scales whole levels only: these are floats already.")
    return changed_by(picture, "multiply", (1 / 255,), call.line)


def _cast(call: Call) -> Value:
    held, dtype = call.get(0, "x", UNKNOWN), call.get(1, "dtype", Library("tf.float32"))
    if call.name.rpartition(".")[2] in ("to_float", "to_int32"):
        dtype = Library("tf.float32")
    if first_picture(held):
        return replaced(held, lambda p: cast(p, dtype, call.line))
    if not constant(held) or not isinstance(dtype, Library):
        return held
    return tried(lambda: np.asarray(held).astype("int64" if "int" in dtype.name.rpartition(".")[2] else "float64")[()])


def _reversed(call: Call) -> Value:
    picture, axis = call.picture("tf", name="tensor"), call.get(1, "axis", UNKNOWN)
    if axis in ([-1], (-1,), -1, [2], [2 + picture.batch]):
        return reversed_channels(picture, call.line)
    return picture.did("note", call.line, "The image is mirrored: taken as augmentation, left out.")


def _shape(call: Call) -> Value:
    picture = first_picture(call.get(0, "input", UNKNOWN))
    return np.asarray(shape_of(picture)) if picture and all(picture.size) and not picture.batch else UNKNOWN


def _called(call: Call) -> Value:
    """`tf.py_function(f, [x], ...)`, `tf.map_fn(f, xs)`."""
    given = call.get(1, "inp", call.get(1, "elems", []))
    args = list(given) if isinstance(given, list | tuple) else [given]
    return call.run.called(call.get(0, "func", call.get(0, "fn", UNKNOWN)), args, {}, call.line)


_DECODERS: Final = ("decode_jpeg", "decode_png", "decode_image", "decode_bmp", "decode_gif", "decode_and_crop_jpeg")
_OLD: Final = ("resize_images", "resize_bilinear", "resize_nearest_neighbor", "resize_bicubic", "resize_area")


def both(names: dict[str, Handler]) -> dict[str, Handler]:
    """The same functions, also under their TensorFlow 1 names."""
    return {f"{root}.{name}": handler for root in ("tf", "tf1") for name, handler in names.items()}


FUNCTIONS: Final[dict[str, Handler]] = {
    **both({f"{part}.{name}": _decode for part in ("io", "image") for name in _DECODERS}),
    **both({f"image.{name}": _first_resize for name in _OLD}),
    **both({f"image.{name}": _with_pad for name in ("resize_with_pad", "resize_image_with_pad")}),
    **both({f"image.{name}": _crop_or_pad for name in ("resize_with_crop_or_pad", "resize_image_with_crop_or_pad")}),
    "tf.image.resize": _resize,
    "tf1.image.resize": _first_resize,
    **both(
        {
            "image.central_crop": _central_crop,
            "image.crop_to_bounding_box": _bounding_box,
            "image.pad_to_bounding_box": _bounding_box,
            "image.per_image_standardization": _standardized,
            "image.convert_image_dtype": _converted,
            "image.rgb_to_grayscale": lambda call: to_grey(call.picture("tf"), call.line, "tf"),
            "image.grayscale_to_rgb": lambda call: to_colour(call.picture("tf"), call.line),
            "cast": _cast,
            "to_float": _cast,
            "dtypes.cast": _cast,
            "reverse": _reversed,
            "expand_dims": expand_dims,
            "stack": stack,
            "concat": stack,
            "shape": _shape,
            "transpose": axes_moved,
            "clip_by_value": clipped,
            "py_function": _called,
            "numpy_function": _called,
            "py_func": _called,
            "map_fn": _called,
        }
    ),
}
"""Handlers by function name; `tf1` is `tensorflow.compat.v1`."""
