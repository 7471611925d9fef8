"""Pillow's functions and methods in training code; `Image.resize` takes (width, height)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from workbench.core.match.code_attributes import cropped
from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_pixels import numbers_of, to_grey
from workbench.core.match.code_place import padded
from workbench.core.match.code_values import (
    UNKNOWN,
    Canvas,
    Library,
    Picture,
    Value,
    first_picture,
    pair_of,
)

_BY_NUMBER: Final = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
_OLD_NAMES: Final = {"antialias": "lanczos", "linear": "bilinear", "cubic": "bicubic", "none": "nearest"}

_DEFAULT_CHANGED: Final = "Pillow's own default: bicubic from 7.0 on, nearest before. Name the one training used."


def kernel_of(value: Value) -> str | None:
    """The kernel of a `resample` argument."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _BY_NUMBER[value] if 0 <= value < len(_BY_NUMBER) else None
    name = value.name.rpartition(".")[2].lower() if isinstance(value, Library) else ""
    name = _OLD_NAMES.get(name, name)
    return name if name in _BY_NUMBER else None


def _open(call: Call) -> Value:
    return call.opened("pillow", pil=True)


def _from_array(call: Call) -> Value:
    held = call.get(0, "obj", UNKNOWN)
    picture = first_picture(held)
    return picture.changed(pil=True) if picture else held if isinstance(held, Canvas) else UNKNOWN


def _new(call: Call) -> Value:
    size, colour = pair_of(call.get(1, "size", None)), call.get(2, "color", 0)
    named = {"black": (0.0,), "white": (255.0,)}.get(colour) if isinstance(colour, str) else numbers_of(colour)
    return Canvas(size[1], size[0], named or (0.0,)) if size else UNKNOWN


def _exif(call: Call) -> Value:
    picture = call.picture("pillow", name="image")
    return picture.did("setting", call.line, "exif = turn")


def _fit(call: Call) -> Value:
    """`ImageOps.fit`: cropped to the aspect ratio at fractions of pixels, then resized."""
    picture, size = call.picture("pillow", name="image"), pair_of(call.get(1, "size", None))
    kernel = kernel_of(call.get(2, "method", 3))
    if size is None or kernel is None:
        return picture.did("doubt", call.line, "ImageOps.fit with a size or kernel that is not in the text.")
    text = "ImageOps.fit cuts at fractions of pixels, keep_aspect_ratio at whole ones."
    picture = picture.did("doubt", call.line, text)
    picture = picture.did("step", call.line, f"keep_aspect_ratio {size[1]}x{size[0]}")
    return resized(picture, (size[1], size[0]), kernel, call.line)


def _pad(call: Call) -> Value:
    """`ImageOps.pad`: resized to fit, then placed in the middle of a frame."""
    picture, size = call.picture("pillow", name="image"), pair_of(call.get(1, "size", None))
    kernel, colour = kernel_of(call.get(2, "method", 3)), call.get(3, "color")
    if size is None or kernel is None:
        return picture.did("doubt", call.line, "ImageOps.pad with a size or kernel that is not in the text.")
    if colour not in (None, 0, "black", (0, 0, 0)):
        picture = picture.did("doubt", call.line, "ImageOps.pad with another colour than black.")
    picture = picture.did("step", call.line, f"image_ops_pad {size[1]}x{size[0]}")
    return resized(picture, (size[1], size[0]), kernel, call.line)


def _expand(call: Call) -> Value:
    picture, border = call.picture("pillow", name="image"), call.get(1, "border", 0)
    sides = (border,) * 4 if isinstance(border, int) else tuple(border) if isinstance(border, tuple | list) else ()
    if len(sides) == 2:
        sides = (*sides, *sides)
    if len(sides) != 4 or not all(isinstance(side, int) for side in sides):
        return picture.did("doubt", call.line, "A border of a width that is not in the text.")
    left, top, right, bottom = sides
    frame = (picture.height + top + bottom, picture.width + left + right)
    return padded(picture, top, left, frame, numbers_of(call.get(2, "fill", 0)) or (0.0,), call.line)


def resized(picture: Picture, size: tuple[int, int], kernel: str, line: int) -> Picture:
    """An image resized by Pillow to (height, width)."""
    return picture.did("resize", line, f"pillow:{kernel}", size, height=size[0], width=size[1])


def resize(call: Call) -> Value:
    """The method `resize`."""
    picture, size = call.receiver, pair_of(call.get(0, "size", None))
    given = call.get(1, "resample")
    kernel = "bicubic" if given is None else kernel_of(given)
    if given is None:
        picture = picture.did("note", call.line, _DEFAULT_CHANGED)
    if call.get(2, "box") is not None:
        picture = picture.did("doubt", call.line, "The box of a resize has no step.")
    gap = _gap(call.get(3, "reducing_gap"))
    if kernel is None:
        picture, kernel = picture.did("doubt", call.line, "A kernel that is not in the text."), "bicubic"
    if size is None:
        found: Picture = picture.did("doubt", call.line, "The size of this resize is not in the text.")
        return found.did("resize", call.line, f"pillow:{kernel}", height=0, width=0)
    if gap is None:
        picture, gap = picture.did("doubt", call.line, "A reducing_gap that is not in the text."), ""
    if gap:
        picture = picture.did("step", call.line, f"resize {size[1]}x{size[0]}{gap}")
    return resized(picture, (size[1], size[0]), kernel, call.line)


def _gap(value: Value) -> str | None:
    """A `reducing_gap` as a step has it; none where it is not in the text."""
    if value is None:
        return ""
    return f" reducing_gap {value:g}" if isinstance(value, int | float) and value >= 1 else None


def thumbnail(call: Call) -> Value:
    """The method `thumbnail`: in place, to fit into a box, never enlarged."""
    picture, box = call.receiver, pair_of(call.get(0, "size", None))
    kernel = kernel_of(call.get(1, "resample", 3)) or "bicubic"
    if box is None or not all(picture.size):
        return picture.did("doubt", call.line, "The size of this thumbnail is not in the text.")
    gap = call.get(2, "reducing_gap", 2.0)
    words = " reducing_gap none" if gap is None else "" if gap == 2 else _gap(gap)
    if words is None:
        picture, words = picture.did("doubt", call.line, "A reducing_gap that is not in the text."), ""
    text = "Of a JPEG just opened, and not converted before, the step is 'thumbnail ... draft'."
    found: Picture = picture.did("note", call.line, text)
    found = found.did("step", call.line, f"thumbnail {box[1]}x{box[0]}{words}")
    width, height = _within(picture.width, picture.height, *box)
    return resized(found, (height, width), kernel, call.line)


def _within(width: int, height: int, most_wide: int, most_high: int) -> tuple[int, int]:
    """The (width, height) of a thumbnail: one side by the box, the other as close to the aspect ratio as whole
    pixels allow."""
    if width <= most_wide and height <= most_high:
        return width, height
    aspect = width / height
    if most_wide / most_high >= aspect:
        return _nearest(most_high * aspect, lambda n: abs(aspect - n / most_high)), most_high
    return most_wide, _nearest(most_wide / aspect, lambda n: 0 if n == 0 else abs(aspect - most_wide / n))


def _nearest(number: float, distance: Callable[[int], float]) -> int:
    return max(min(int(number), int(number) + 1, key=distance), 1)


def convert(call: Call) -> Value:
    """The method `convert`."""
    picture, mode = call.receiver, call.get(0, "mode", "RGB")
    if mode == "L":
        return to_grey(picture, call.line, "pillow")
    if mode in ("RGB", "RGBA"):
        return picture.changed(channels=len(mode))
    return picture.did("doubt", call.line, f"The mode {mode} is none that a model takes.")


def crop(call: Call) -> Value:
    """The method `crop`, of (left, top, right, bottom)."""
    picture, box = call.receiver, call.get(0, "box", None)
    if not isinstance(box, tuple | list) or not all(isinstance(v, int | float) for v in box) or len(box) != 4:
        return picture.did("doubt", call.line, "A part is cut out at a place that is not in the text.")
    left, top, right, bottom = (round(v) for v in box)
    if left < 0 or top < 0 or right > picture.width or bottom > picture.height:
        return picture.did("doubt", call.line, "A part that reaches beyond the image.")
    return cropped(picture, top, left, bottom - top, right - left, call.line)


def paste(call: Call) -> Value:
    """The method `paste` on a frame of one colour."""
    canvas, picture = call.receiver, first_picture(call.get(0, "im", UNKNOWN))
    place = call.get(1, "box", (0, 0))
    if picture is None:
        return canvas
    left, top = place[:2] if isinstance(place, tuple | list) and len(place) >= 2 else (UNKNOWN, UNKNOWN)
    return padded(picture, top, left, (canvas.height, canvas.width), canvas.colour, call.line)


FUNCTIONS: Final[dict[str, Handler]] = {
    "PIL.Image.open": _open,
    "PIL.Image.fromarray": _from_array,
    "keras.array_to_img": _from_array,
    "PIL.Image.new": _new,
    "PIL.ImageOps.exif_transpose": _exif,
    "PIL.ImageOps.fit": _fit,
    "PIL.ImageOps.pad": _pad,
    "PIL.ImageOps.expand": _expand,
    "PIL.ImageOps.grayscale": lambda call: to_grey(call.picture("pillow"), call.line, "pillow"),
}
"""Handlers by function name."""

METHODS: Final[dict[str, Handler]] = {"convert": convert, "thumbnail": thumbnail, "crop": crop}
"""Handlers by method name of Pillow images; `resize` also exists for arrays and is handled elsewhere."""
