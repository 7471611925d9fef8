"""Attributes and indices of values in training code: sizes, channel orders, crops."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from workbench.core.match.code_constants import plain
from workbench.core.match.code_names import FLAGS, canonical
from workbench.core.match.code_pixels import reversed_channels
from workbench.core.match.code_values import UNKNOWN, Canvas, Dataset, Library, Method, Picture, Value

_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}


def attribute(of: Value, name: str) -> Value:
    """An attribute of a value; an unknown attribute is taken for a method of the value."""
    if isinstance(of, Library):
        return FLAGS.get(dotted := canonical(f"{of.name}.{name}"), Library(dotted))
    if isinstance(of, Picture):
        return _of_picture(of, name)
    if isinstance(of, Canvas) and name in ("shape", "size", "width", "height"):
        return {"shape": (of.height, of.width, 3), "size": (of.width, of.height)}.get(name, getattr(of, name, UNKNOWN))
    if isinstance(of, np.ndarray) and name in ("shape", "size", "ndim"):
        return getattr(of, name)
    return Method(of, name)


def shape_of(picture: Picture) -> tuple[Value, ...]:
    """The shape of an array of the image; axes before the height are unknown."""
    sides = tuple(side or UNKNOWN for side in picture.size)
    return (UNKNOWN,) * picture.batch + sides + ((picture.channels,) if picture.channels > 1 else ())


def _of_picture(picture: Picture, name: str) -> Value:
    known: dict[str, Value] = {
        "shape": shape_of(picture),
        "ndim": len(shape_of(picture)),
        "dtype": "uint8" if picture.uint8 else "float32",
        "size": picture.size[::-1] if picture.pil else UNKNOWN,
        "width": picture.width,
        "height": picture.height,
        "mode": _MODES.get(picture.channels, UNKNOWN),
    }
    return known[name] if name in known else Method(picture, name)


def element_of(value: Value) -> Value:
    """The element of a loop over a value: its only element, or the first one that holds an image."""
    match value:
        case Dataset():
            return value.element
        case Picture():
            return value.changed(batch=max(value.batch - 1, 0))
        case list() | tuple() if value:
            return next((one for one in value if isinstance(one, Picture | tuple)), value[0])
        case np.ndarray() if value.ndim and len(value):
            return value[0]
        case _:
            return UNKNOWN


def indexed(held: Value, index: Value, line: int) -> Value:
    """A part of a value: `img[..., ::-1]`, `img[top:bottom, left:right]`, `shape[:2]`, `config["size"]`."""
    if isinstance(held, Picture):
        return _part(held, list(index) if isinstance(index, tuple) else [index], line)
    if isinstance(held, Dataset):
        return held.element
    if isinstance(held, dict):
        return held.get(index, UNKNOWN) if isinstance(index, str | int) else UNKNOWN
    if isinstance(held, list | tuple | str | np.ndarray):
        try:
            return plain(held[index])
        except (TypeError, IndexError, ValueError):
            return element_of(held)
    return UNKNOWN


def _part(picture: Picture, index: list[Value], line: int) -> Picture:
    """The part of an image that an index with one entry per axis selects."""
    axes = picture.batch + 2 + (picture.channels > 1)
    named = sum(not _is_new(i) for i in index if i is not Ellipsis)
    while any(i is Ellipsis for i in index):
        place = next(n for n, i in enumerate(index) if i is Ellipsis)
        index = [*index[:place], *[slice(None)] * max(axes - named, 0), *index[place + 1 :]]
        named = axes
    while index and _is_new(index[0]):
        picture, index = picture.changed(batch=picture.batch + 1), index[1:]
        index = [*[slice(None)], *index] if index else index
    batch, rest = index[: picture.batch], [i for i in index[picture.batch :] if not _is_new(i)]
    dropped = sum(not isinstance(i, slice) for i in batch)
    picture = picture.changed(batch=picture.batch - dropped)
    picture = _cut(picture, rest[:2], line)
    return _channels(picture, rest[2], line) if len(rest) > 2 else picture


def _is_new(index: Value) -> bool:
    return index is None or (isinstance(index, Library) and index.name.endswith("newaxis"))


def _cut(picture: Picture, index: list[Value], line: int) -> Picture:
    """Rows and columns: a crop, or a mirrored image, which is augmentation."""
    if all(isinstance(i, slice) and i == slice(None) for i in index):
        return picture
    if any(isinstance(i, slice) and i == slice(None, None, -1) for i in index):
        return picture.did("note", line, "The image is mirrored: taken as augmentation, left out.")
    spans = [_span(i, side) for i, side in zip(index, picture.size, strict=False)]
    if None in spans or not all(picture.size):
        return picture.did("doubt", line, "A part is cut out at a place that is not in the text.")
    (top, bottom), (left, right) = [*(s for s in spans if s), (0, picture.width)][:2]
    return cropped(picture, top, left, bottom - top, right - left, line)


def cropped(picture: Picture, top: int, left: int, height: int, width: int, line: int) -> Picture:
    """A part of an image; the whole image is returned unchanged."""
    if (top, left, height, width) == (0, 0, *picture.size):
        return picture
    if height <= 0 or width <= 0:
        return picture.did("doubt", line, "Nothing would be left of a part cut out here.")
    return picture.did("crop", line, numbers=(top, left, height, width), height=height, width=width)


def _span(index: Value, side: int) -> tuple[int, int] | None:
    """Start and stop of a slice within a side of `side` pixels; `None` if they are unknown."""
    if not isinstance(index, slice) or index.step not in (None, 1):
        return None
    ends = (index.start, index.stop)
    if not all(end is None or isinstance(end, int | np.integer) for end in ends):
        return None
    start, stop, _ = index.indices(side)
    return start, stop


def _channels(picture: Picture, index: Value, line: int) -> Picture:
    """Channels reversed, or the alpha channel dropped."""
    if isinstance(index, slice) and index.step == -1 and index.start in (None, 2):
        return reversed_channels(picture, line)
    if isinstance(index, list | tuple | np.ndarray) and _whole(index) == [2, 1, 0]:
        return reversed_channels(picture, line)
    if isinstance(index, slice) and index.step in (None, 1) and index.start in (None, 0):
        stop = index.stop if isinstance(index.stop, int) else picture.channels
        return picture.changed(channels=min(stop % (picture.channels + 1), picture.channels) or picture.channels)
    return picture.did("doubt", line, "Some channels are taken alone.")


def _whole(index: Any) -> list[int]:
    return [int(i) for i in index if isinstance(i, int | np.integer)]
