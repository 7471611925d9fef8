"""What the network sees of a picture, as data: where it can be looked at, and its numbers."""

from __future__ import annotations

import msgspec


class Seen(msgspec.Struct, frozen=True):
    """One picture input: a PNG at `path`, and statistics of the numbers the network gets.

    `shape` is (height, width, channels), `mean` one number a channel.
    """

    alias: str
    path: str
    shape: tuple[int, ...]
    low: float
    high: float
    mean: tuple[float, ...]
