"""Assignments to parts of arrays in training code: an image in the middle of a frame, one channel changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.match.code_pixels import as_uint8, channel_changed, numbers_of, word_of
from workbench.core.match.code_values import Canvas, Picture, Value, first_picture


def placed(held: Value, index: Value, value: Value, line: int, kind: type | None = None) -> Value:
    """The value of `held` after `held[index] = value`; with the operator `kind`, after `held[index] -= value` and
    the like."""
    picture = first_picture(value)
    parts = list(index) if isinstance(index, tuple) else [index]
    if isinstance(held, Canvas) and picture is not None:
        return _on_canvas(held, parts, picture, line)
    if isinstance(held, list) and picture is not None:
        held.append(value)
        return held
    if isinstance(held, Picture):
        return _changed(held, parts, value, line, kind)
    return held


def _on_canvas(canvas: Canvas, index: list[Value], picture: Picture, line: int) -> Picture:
    """An image placed in a frame of one colour, or in an array of several images."""
    picture = as_uint8(picture, line) if canvas.uint8 else picture
    if not isinstance(index[0], slice) or index[0] == slice(None):
        return picture.changed(batch=picture.batch + 1)
    starts = [part.start if isinstance(part, slice) else None for part in index[:2]]
    top, left = (0 if start is None else start for start in (*starts, 0)[:2])
    return padded(picture, top, left, (canvas.height, canvas.width), canvas.colour, line)


def padded(
    picture: Picture, top: Any, left: Any, frame: tuple[int, int], colour: tuple[float, ...], line: int
) -> Picture:
    """An image at a position (in pixels from the top left) of a frame of size (height, width)."""
    if not all(isinstance(v, int | np.integer) for v in (top, left)) or not all(frame) or not all(picture.size):
        return picture.did("doubt", line, "The image is put into a frame at a place that is not in the text.")
    if frame == picture.size:
        return picture
    rgb = colour[:3][::-1] if picture.bgr and len(colour) >= 3 else colour[:3]
    numbers = (int(top), int(left), *frame, *rgb)
    return picture.did("pad", line, numbers=numbers, height=frame[0], width=frame[1])


def _changed(held: Picture, index: list[Value], value: Value, line: int, kind: type | None) -> Picture:
    """One channel, or all of an image, changed in place."""
    numbers, word = numbers_of(value), word_of(kind) if kind else None
    place = index[-1]
    if word and numbers and len(numbers) == 1 and isinstance(place, int | np.integer):
        return channel_changed(held, int(place), word, numbers[0], line)
    if isinstance(value, Picture):
        return value
    return held.did("doubt", line, "Some of the image's values are set here.")
