"""A way to read images, split into parts that a search can replace independently."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import msgspec

from workbench.core.training.opencv_reading import installed_release
from workbench.spec.image_size import size_words
from workbench.spec.opencv_differences import asked_of
from workbench.spec.preprocess import AS_READ, Colour, Dct, Exif, Grey, Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Fit, Order, Reader
from workbench.spec.step_forms import parse_step
from workbench.spec.step_rules import SHORT_DEFAULTS, is_geometry
from workbench.spec.steps import GreyToRgb, ReverseChannels

SCALE: Final = "scale "
GREY: Final = "grey_to_rgb"
REVERSED: Final = "reverse_channels"


class Way(msgspec.Struct, frozen=True, dict=True):
    """How images are read: `geometry` steps, then the order of channels, then steps that compute with the `values`.

    `base` has the settings that are not searched. `settings` says it as a project does, in the short form where there
    is one, and leaves out what the reader does by itself: equal ways have equal settings.
    """

    base: Preprocess
    reader: str
    geometry: tuple[str, ...]
    order: Order = "rgb"
    values: tuple[str, ...] = ()
    turns: bool = False
    grey: Grey = "imread"
    dct: Dct = "default"

    @cached_property
    def library(self) -> Reader:
        """The reader's row in the table."""
        return parse_reader(self.reader)

    @cached_property
    def settings(self) -> Preprocess:
        """The way as `[preprocess]`."""
        reader = self.library
        exif: Exif = AS_READ if self.turns == reader.turns else "turn" if self.turns else "ignore"
        made = msgspec.structs.replace(
            self.base,
            reader=self.reader,
            exif=exif,
            grey=self.grey if reader.family == "cv2" else "imread",
            dct=self.dct if "dct" in reader.options else "default",
            **SHORT_DEFAULTS,
            steps=(),
        )
        return self._in_values(_with_release(made))

    def _in_values(self, made: Preprocess) -> Preprocess:
        fit = self._fit()
        colour: Colour = AS_READ if self.order == self.library.order else self.order
        scale = _scale(self.values)
        if fit is not None and scale:
            return msgspec.structs.replace(made, fit=fit, colour=colour, scale=scale)
        turned = (REVERSED,) if self.order == "bgr" else ()
        values = () if scale == "0..255" else self.values
        return msgspec.structs.replace(made, steps=(*self.geometry, *turned, *values))

    def _fit(self) -> Fit | None:
        """The `fit` equal to the geometry; `None` if only steps describe it."""
        size = self.base.size
        if isinstance(size, str):
            return None if self.geometry else "stretch"
        found = {fit: tuple(f"{word} {size_words(size)}" for word in self.library.words_of(fit)) for fit in _FITS}
        return next((fit for fit, texts in found.items() if texts and texts == self.geometry), None)

    @property
    def plain(self) -> Way:
        """The same way without channel order and value steps."""
        return msgspec.structs.replace(self, order="rgb", values=())


_FITS: Final[tuple[Fit, ...]] = ("stretch", "crop", "pad")


def _scale(values: Sequence[str]) -> str:
    """The scale that these value steps are a long form of; empty if there is none."""
    if not values:
        return "0..255"
    return values[0].removeprefix(SCALE) if len(values) == 1 and values[0].startswith(SCALE) else ""


def _with_release(made: Preprocess) -> Preprocess:
    """With the installed release of OpenCV, which a search runs, if that release reads differently."""
    release = installed_release() if parse_reader(made.reader).family == "cv2" else None
    if release is None or asked_of(release, made) == asked_of(made.opencv, made):
        return made
    return msgspec.structs.replace(made, opencv=release)


def way_of(settings: Preprocess) -> Way:
    """Split settings into a `Way`. Raises `WorkbenchError` as `Preprocess.expanded` does."""
    texts = list(settings.step_texts())
    geometry = []
    while texts and (is_geometry(parse_step(texts[0])) or isinstance(parse_step(texts[0]), GreyToRgb)):
        geometry.append(texts.pop(0))
    turned = bool(texts) and isinstance(parse_step(texts[0]), ReverseChannels)
    values = tuple(texts[1:] if turned else texts)
    return Way(
        base=settings,
        reader=parse_reader(settings.reader).name,
        geometry=tuple(geometry),
        order="bgr" if turned else "rgb",
        values=() if values == (f"{SCALE}0..255",) else values,
        turns=settings.turns,
        grey=settings.grey,
        dct=settings.dct,
    )
