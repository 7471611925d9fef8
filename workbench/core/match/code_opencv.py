"""OpenCV's functions in training code. `cv2.resize` takes (width, height); `cv2.imread` returns BGR, EXIF applied."""

from __future__ import annotations

from typing import Final

from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_names import FLAGS, tail
from workbench.core.match.code_pixels import numbers_of, reversed_channels, to_colour, to_grey, value_op
from workbench.core.match.code_place import padded
from workbench.core.match.code_values import UNKNOWN, Library, Picture, Value, first_picture, pair_of, pictures_in

KERNELS: Final = ("nearest", "linear", "cubic", "area", "lanczos4", "linear_exact", "nearest_exact")
"""`cv2.INTER_*` by their numbers 0 to 6."""

_UNCHANGED, _GREY, _COLOUR, _IGNORE_ORIENTATION, _COLOUR_RGB = -1, 0, 1, 128, 256
_SWAPS: Final = frozenset({"COLOR_BGR2RGB", "COLOR_RGB2BGR", "4"})
_TO_GREY: Final = frozenset({"COLOR_BGR2GRAY", "COLOR_RGB2GRAY", "6", "7"})
_TO_COLOUR: Final = frozenset({"COLOR_GRAY2BGR", "COLOR_GRAY2RGB", "8"})
_DROPS_ALPHA: Final = frozenset({"COLOR_BGRA2BGR", "COLOR_RGBA2RGB", "1"})


def _imread(call: Call) -> Value:
    number = call.get(1, "flags", _COLOUR)
    number = FLAGS.get(f"cv2.{tail(number.name)}") if isinstance(number, Library) else number
    found = call.opened("cv2", bgr=True)
    if not isinstance(number, int):
        return found.did("doubt", call.line, "A way to decode that is not in the text.")
    if number == _UNCHANGED or number & _IGNORE_ORIENTATION:
        found = found.did("note", call.line, "This flag does not turn the image by its EXIF orientation.")
    else:
        found = found.did("setting", call.line, "exif = turn")
    if number in (_GREY, 2, _IGNORE_ORIENTATION):
        return found.did("setting", call.line, "grey = imread", channels=1, bgr=False)
    if number != _UNCHANGED and number & ~(7 | _IGNORE_ORIENTATION | _COLOUR_RGB):
        found = found.did("doubt", call.line, "A decoding mode that no reader supports.")
    return reversed_channels(found, call.line) if number > 0 and number & _COLOUR_RGB else found


def _resize(call: Call) -> Value:
    picture = call.picture("cv2", name="src")
    size = pair_of(call.get(1, "dsize", None))
    kernel = kernel_of(call.get(5, "interpolation", 1))
    if len(call.args) == 3 and kernel_of(call.args[2]):
        text = "The third argument of cv2.resize is dst: this resizes with INTER_LINEAR whatever is named here."
        picture = picture.did("note", call.line, text)
    if size is None:
        by_factor = call.get(3, "fx") is not None or call.get(4, "fy") is not None
        why = "fx and fy sample other pixels than a size does" if by_factor else "the size is not in the text"
        found = picture.did("doubt", call.line, f"This resize has no step: {why}.")
        return found.did("resize", call.line, f"cv2:{kernel or 'linear'}", height=0, width=0)
    if kernel is None:
        picture, kernel = picture.did("doubt", call.line, "An interpolation that no reader supports."), "linear"
    if not picture.uint8:
        text = "OpenCV resizes floats here, without rounding: a reader resizes whole levels."
        picture = picture.did("doubt", call.line, text)
    width, height = size
    return picture.did("resize", call.line, f"cv2:{kernel}", (height, width), height=height, width=width)


def kernel_of(value: Value) -> str | None:
    """The kernel of an `interpolation` argument."""
    if isinstance(value, int) and not isinstance(value, bool):
        return KERNELS[value] if 0 <= value < len(KERNELS) else None
    name = value.name.rpartition(".")[2] if isinstance(value, Library) else ""
    kernel = name.removeprefix("INTER_").removeprefix("CV_INTER_").lower()
    return kernel if kernel in KERNELS else None


def _cvt_color(call: Call) -> Value:
    picture, code = call.picture("cv2", name="src"), call.text(1, "code", "")
    if code in _SWAPS:
        return reversed_channels(picture, call.line)
    if code in _TO_GREY:
        return to_grey(picture, call.line, "cvtColor")
    if code in _TO_COLOUR:
        return to_colour(picture, call.line)
    if code in _DROPS_ALPHA:
        return picture.changed(channels=min(picture.channels, 3))
    return picture.did("doubt", call.line, f"The colour space of {code or 'this conversion'} has no step.")


def _border(call: Call) -> Value:
    picture = call.picture("cv2", name="src")
    sides = [call.get(n, name, None) for n, name in enumerate(("top", "bottom", "left", "right"), 1)]
    if call.text(5, "borderType", "BORDER_CONSTANT") not in ("BORDER_CONSTANT", "0"):
        return picture.did("doubt", call.line, "A border that is no single colour.")
    if not all(isinstance(side, int) for side in sides):
        return picture.did("doubt", call.line, "A border of a width that is not in the text.")
    top, bottom, left, right = sides
    frame = (picture.height + top + bottom, picture.width + left + right)
    return padded(picture, top, left, frame, numbers_of(call.get(6, "value", 0)) or (0.0,), call.line)


def _blob(call: Call) -> Value:
    """`cv2.dnn.blobFromImage`: resized (optionally cropped to the aspect ratio), minus the mean, times the factor."""
    picture, size = call.picture("cv2", name="image"), pair_of(call.get(2, "size", None))
    mean = numbers_of(call.get(3, "mean", (0.0,))) or (0.0,)
    if call.get(5, "crop", False):
        picture = picture.did("doubt", call.line, "blobFromImage resizes before it crops, which no step expresses.")
    if size:
        numbers = (size[1], size[0])
        picture = picture.did("resize", call.line, "cv2:linear", numbers, height=size[1], width=size[0])
    if call.get(4, "swapRB", False):
        picture = reversed_channels(picture, call.line)
    factor = numbers_of(call.get(1, "scalefactor", 1.0)) or (1.0,)
    found = value_op(value_op(picture, "subtract", mean[:3], call.line), "multiply", factor, call.line)
    return found.changed(batch=picture.batch + 1)


def _merge(call: Call) -> Value:
    found = list(pictures_in(call.get(0, "mv", UNKNOWN)))
    if not found:
        return UNKNOWN
    same = all(p == found[0] for p in found)
    return to_colour(found[0], call.line) if same else found[0].did("doubt", call.line, "Channels are joined here.")


def _flip(call: Call) -> Value:
    picture: Picture | None = first_picture(call.get(0, "src", UNKNOWN))
    text = "The image is mirrored: taken as augmentation, left out."
    return picture.did("note", call.line, text) if picture else UNKNOWN


FUNCTIONS: Final[dict[str, Handler]] = {
    "cv2.imread": _imread,
    "cv2.imdecode": _imread,
    "cv2.resize": _resize,
    "cv2.cvtColor": _cvt_color,
    "cv2.copyMakeBorder": _border,
    "cv2.dnn.blobFromImage": _blob,
    "cv2.merge": _merge,
    "cv2.flip": _flip,
}
"""Handlers by function name."""
