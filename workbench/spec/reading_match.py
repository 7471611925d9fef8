"""Ways to read images, ranked by how near they come to what training saw or by how well a model answers."""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.image_size import size_words
from workbench.spec.preprocess import Preprocess

ROUNDING: Final = 0.01
"""Pixel values (0-255) up to which a difference is that of float32 arithmetic: a way found, if not exact."""


class ArrayReading(msgspec.Struct, frozen=True):
    """One way to read the images beside the arrays that training's own code made of them.

    `mean` and `largest` are differences in pixel values (0-255), `differing` is the share of numbers (0..1) that are
    not the same float32. `exact` is true only where none differs. `alike` are ways, in words, that make the very same
    numbers of these images: nothing here tells them apart.
    """

    preprocess: Preprocess
    mean: float
    largest: float
    differing: float
    alike: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every number is the same to its last bit."""
        return self.differing == 0


class ArrayMatch(msgspec.Struct, frozen=True):
    """The best ways first, of `tried` ways on `images` images; `unread` could not be tried, with the reason.

    `notes` are worth knowing about the whole search.
    """

    found: tuple[ArrayReading, ...]
    images: int
    tried: int
    unread: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether the first way is that of training but for rounding."""
        return self.found[0].largest <= ROUNDING


class LabelReading(msgspec.Struct, frozen=True):
    """One way to read labelled images: how many are right, and the mean of -log of the right class's share."""

    preprocess: Preprocess
    right: int
    loss: float


class LabelMatch(msgspec.Struct, frozen=True):
    """The best ways first, all on the same `images` images, of `tried` ways; `chosen` is the project's own way.

    `clear` says that the best is clearly better: by at least 3 images and a tenth of them more than `chosen`.
    """

    found: tuple[LabelReading, ...]
    chosen: LabelReading
    images: int
    tried: int
    clear: bool
    unread: dict[str, str] = {}
    notes: tuple[str, ...] = ()


def reading_words(preprocess: Preprocess) -> str:
    """A way to read images in one line: `load_img:bilinear 224x224, crop, bgr, 0..1`; or with its steps."""
    names = [name for name in ("fit", "colour", "grey") if _unusual(preprocess, name)]
    told = [str(getattr(preprocess, name)) for name in names]
    told += [f"{name} {getattr(preprocess, name)}" for name in ("exif", "dct") if _unusual(preprocess, name)]
    return ", ".join(
        [f"{preprocess.reader} {size_words(preprocess.size)}", *told, *(preprocess.steps or (preprocess.scale,))]
    )


def _unusual(preprocess: Preprocess, name: str) -> bool:
    return bool(getattr(preprocess, name) != getattr(Preprocess(size=preprocess.size), name))
