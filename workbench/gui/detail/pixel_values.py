"""The numbers behind a picture's pixels: 0-255 of a picture, or those of the tensor that the network gets."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QImage

from workbench.gui.texts import tr
from workbench.spec.row_summary import InputPreview


class PixelValues(Protocol):
    """Says what a pixel holds."""

    def words(self, column: int, row: int) -> str:
        """The pixel's values for people; empty where they are not known."""


class ImageValues:
    """A picture as it is displayed: red, green and blue, 0-255, and alpha where there is any."""

    def __init__(self, image: QImage) -> None:
        self._image = image

    def words(self, column: int, row: int) -> str:
        if not self._image.valid(column, row):
            return ""
        colour = self._image.pixelColor(column, row)
        rgb = f"RGB {colour.red()}, {colour.green()}, {colour.blue()}"
        alpha = tr("Pixels", ", alpha {value}").format(value=colour.alpha())
        return rgb + (alpha if self._image.hasAlphaChannel() else "")


class TensorValues:
    """The network's own input `(height, width, channels)`, read once: the engine takes its file away later."""

    def __init__(self, seen: InputPreview) -> None:
        self._height, self._width, self._channels = seen.shape
        try:
            found = Path(seen.values).read_bytes() if seen.values else b""
        except OSError:  # Taken away meanwhile: as if it had not been written.
            found = b""
        self._values = found if len(found) == 4 * self._height * self._width * self._channels else b""

    def words(self, column: int, row: int) -> str:
        if not self._values or not (0 <= column < self._width and 0 <= row < self._height):
            return ""
        first = 4 * self._channels * (row * self._width + column)
        numbers = struct.unpack_from(f"<{self._channels}f", self._values, first)
        return tr("Pixels", "Tensor {values}").format(values=", ".join(f"{n:.6g}" for n in numbers))
