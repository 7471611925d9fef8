"""The releases of OpenCV whose `imread`, `cvtColor` and `resize` give other pixels, and in what they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Release = Literal["5", "4", "4.5", "4.2", "3.4"]
NearestExact = Literal["walk", "odd", "always", "none"]
AnimatedGrey = Literal["as others", "cvtColor", "unknown"]
"""How an animated PNG is read in grey: as one that is not, or by cvtColor's weights of the colours."""


class OpenCV(msgspec.Struct, frozen=True, kw_only=True):
    """What sets the wheels of some releases (x86-64) apart from those of others.

    `nearest_exact` is the rule of INTER_NEAREST_EXACT: a running sum in double ("walk"), or 16 fractional bits, less
    one where the source's side is odd ("odd") or always; "none" where it did not exist. `ipp` says whether Intel's IPP
    resizes for INTER_CUBIC, `grey_bits` are the fractional bits of cvtColor's weights, `png_exif` says whether `imread`
    turns a PNG by its EXIF, `gif` whether it reads GIFs, `bmp_grey` whether all wheels of the release read BMPs in grey
    alike; `animated_grey` is how they read animated PNGs in grey, unknown where they differ.
    """

    words: str
    nearest_exact: NearestExact
    ipp: bool = True
    grey_bits: int = 15
    png_exif: bool = True
    gif: bool = False
    bmp_grey: bool = True
    animated_grey: AnimatedGrey = "as others"


RELEASES: Final[Mapping[Release, OpenCV]] = {
    "5": OpenCV(words="5.0", nearest_exact="walk", gif=True, animated_grey="cvtColor"),
    "4": OpenCV(words="4.8 to 4.14", nearest_exact="odd", gif=True, animated_grey="unknown"),
    "4.5": OpenCV(words="4.5 to 4.7", nearest_exact="always"),
    "4.2": OpenCV(words="4.0 to 4.2", nearest_exact="none", ipp=False, png_exif=False, bmp_grey=False),
    "3.4": OpenCV(words="3.4.13 to 3.4.18", nearest_exact="always", grey_bits=14),
}
"""Tried: 3.4.9, 3.4.13, 3.4.18, 4.0.0, 4.1.2, 4.2.0, 4.3.0, 4.4.0, 4.5.3, 4.5.5, every minor release from there on.

4.3 and 4.4 are as 4.5, without INTER_NEAREST_EXACT. Before 4.13 a JPEG was turned only where its EXIF stands in the
first APP1 segment; it does in the pictures of cameras. Before 4.5.5 and 3.4.18 no PNG was turned, and grey of a PNG
with an sRGB chunk was made of other levels. Up to 4.2, JPEGs of the sampling 4:4:0 are at most 2 levels off.
GIFs are read since 4.12, animated PNGs in grey otherwise since 4.11. docs/image-files.md has a table.
"""

DEFAULT_RELEASE: Final[Release] = "5"

CUBIC_RESIDUAL: Final = "at most 1 pixel value (0-255), in at most 0.01 % of the values"
"""How far INTER_CUBIC of the graph is from wheels with IPP, which rounds by processor: no single answer exists."""


def release_of(version: str) -> Release | None:
    """The release that an OpenCV such as "4.10.0" belongs to; none for one older or newer than those known."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if len(numbers) < 2 or numbers >= (6, 0):
        return None
    starts: tuple[tuple[tuple[int, int], Release], ...] = (
        ((5, 0), "5"),
        ((4, 8), "4"),
        ((4, 3), "4.5"),
        ((4, 0), "4.2"),
        ((3, 4), "3.4"),
    )
    return next((release for start, release in starts if numbers >= start), None)
