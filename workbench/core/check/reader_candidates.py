"""Candidate image-loading settings, tried when the configured ones do not match training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.pixel_skew import WorstPixels, channels_of
from workbench.core.training.image_reading import read_levels, together
from workbench.core.training.pixel_scaling import as_input, levels_per_unit
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import pictures
from workbench.spec.preprocess import Preprocess, check_alpha, check_channels, check_fit, check_formats, check_opencv
from workbench.spec.reader import READERS, Order
from workbench.spec.scale import SCALES, parse_scale
from workbench.spec.settings import training_path

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

COLOURS: Final[tuple[Order, ...]] = ("rgb", "bgr")


class ReaderDistance(msgspec.Struct, frozen=True):
    """Candidate settings and their mean pixel difference (0-255) from training; `words` name what they change."""

    settings: Preprocess
    words: str
    mean: float


def nearest_reading(subject: GateSubject, kept: Sequence[WorstPixels]) -> ReaderDistance | None:
    """The image loading, scaling and channel order whose pixels are nearest to training's."""
    if not kept:
        return None
    picture = pictures(subject.exact, subject.project)[0]
    chosen, channels = picture.preprocess, channels_of(picture)
    levels = levels_per_unit(parse_scale(training_path(chosen, subject.project.check.training).scale))
    sums: dict[Preprocess, list[float]] = {}
    for rows in together(len(kept), chosen):
        wanted = np.stack([kept[n].training for n in rows]).astype("float64")
        for settings, pixels in readings([kept[n].data for n in rows], chosen, channels):
            if pixels.shape == wanted.shape:
                apart = np.abs(pixels - wanted) * levels
                sums.setdefault(settings, []).extend(float(np.mean(one)) for one in apart)
    found = [
        ReaderDistance(settings, in_words(settings, chosen), float(np.mean(means)))
        for settings, means in sums.items()
        if len(means) == len(kept)
    ]
    return min(found, key=lambda r: (r.mean, len(r.words)), default=None)


def readings(images: Sequence[bytes], chosen: Preprocess, channels: int) -> Iterator[tuple[Preprocess, Array]]:
    """Every reader with every scale and order of colours, and what it makes of the images `(n, height, width, c)`.

    A way that does not fit the picture (colours of a grey one) or fails on an image is left out.
    """
    for reader in READERS:
        settings = msgspec.structs.replace(chosen, reader=reader)
        pixels = _levels(images, settings, channels)
        if pixels is not None:
            yield from varieties(pixels, settings, channels)


def reading(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array | None:
    """The images read with one candidate; `None` if it fails on one of them."""
    pixels = _levels(images, settings, channels)
    return None if pixels is None else as_input(pixels, settings)


def _levels(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array | None:
    try:
        for check in (check_fit, check_formats, check_alpha, check_opencv):
            check(settings)
        return read_levels(images, settings, channels)
    except Exception:  # noqa: BLE001 - what one of these libraries cannot read is no alternative
        return None


def varieties(pixels: Array, settings: Preprocess, channels: int) -> Iterator[tuple[Preprocess, Array]]:
    """Pixel values in each scaling and each channel order."""
    for colour in COLOURS:
        for scale in dict.fromkeys([settings.scale, *SCALES]):
            named = settings.colour if colour == settings.order else colour  # "as read" stays so where it is that.
            tried = msgspec.structs.replace(settings, colour=named, scale=scale)
            if not parse_scale(scale).fits(channels):
                continue
            try:
                check_channels(tried, channels)
            except WorkbenchError:
                continue
            yield tried, as_input(pixels, tried)


def in_words(settings: Preprocess, chosen: Preprocess) -> str:
    """The settings that differ, such as "reader tf1 and scale -1..1"."""
    changed = [name for name in ("reader", "scale", "colour") if getattr(settings, name) != getattr(chosen, name)]
    return " and ".join(f"{name} {getattr(settings, name)}" for name in changed) or "the same settings"
