"""Preview of the network's input: path of the PNG and statistics of its values."""

from __future__ import annotations

import msgspec


class InputPreview(msgspec.Struct, frozen=True):
    """One picture input: a PNG at `path`, and statistics of the numbers the network gets.

    `shape` is (height, width, channels), `mean` one number a channel.
    """

    alias: str
    path: str
    shape: tuple[int, ...]
    low: float
    high: float
    mean: tuple[float, ...]
