"""Candidate image-loading settings, tried when the configured ones do not match training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.pixel_skew import WorstPixels, channels_of
from workbench.core.training.image_reading import read_levels, together
from workbench.core.training.pixel_scaling import as_input, straight
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess, check_alpha, check_channels, check_fit, check_opencv
from workbench.spec.reader import SEARCHED
from workbench.spec.reader_family import Order
from workbench.spec.scale import SCALES, parse_scale
from workbench.spec.step_forms import parse_step
from workbench.spec.step_rules import check_steps
from workbench.spec.steps import ReverseChannels, Values

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

COLOURS: Final[tuple[Order, ...]] = ("rgb", "bgr")


class ReaderDistance(msgspec.Struct, frozen=True):
    """Candidate settings and their mean pixel difference (0-255) from training; `words` names what they change."""

    settings: Preprocess
    words: str
    mean: float


def nearest_reading(subject: GateSubject, kept: Sequence[WorstPixels]) -> ReaderDistance | None:
    """The image loading, scaling and channel order whose pixels are nearest to training's."""
    if not kept:
        return None
    picture = subject.pictures[0]
    chosen, channels = picture.preprocess, channels_of(picture)
    levels = straight(subject.trained(picture), channels).unit
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
    """Every reader with every scale and channel order, and the resulting pixels `(n, height, width, c)`.

    Candidates that do not apply to the image input (channel orders of a grey one) or fail on an image are omitted.
    """
    for reader in SEARCHED:
        settings = msgspec.structs.replace(chosen, reader=reader)
        pixels = _levels(images, settings, channels)
        if pixels is not None:
            yield from _varieties(pixels, settings, channels)


def _levels(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array | None:
    try:
        for check in (check_fit, check_alpha, check_opencv, check_steps):
            check(settings)
        return read_levels(images, settings, channels)
    except Exception:  # noqa: BLE001 - what one of these libraries cannot read is no alternative
        return None


def _varieties(pixels: Array, settings: Preprocess, channels: int) -> Iterator[tuple[Preprocess, Array]]:
    """Pixel values in each scaling and each channel order; those of the configured steps first, if there are any."""
    if settings.steps:
        yield settings, as_input(pixels, settings)
    for colour in COLOURS:
        for scale in dict.fromkeys([settings.scale, *SCALES]):
            tried = rescaled(settings, colour, scale)
            if not parse_scale(scale).fits(channels):
                continue
            try:
                check_channels(tried, channels)
            except WorkbenchError:
                continue
            yield tried, as_input(pixels, tried)


def rescaled(settings: Preprocess, order: Order, scale: str) -> Preprocess:
    """The settings with another channel order and another scale, in place of everything that the steps compute."""
    if not settings.steps:
        colour = settings.colour if order == settings.order else order  # "as read" is kept if that is the order.
        return msgspec.structs.replace(settings, colour=colour, scale=scale)
    kept = [text for text in settings.steps if not isinstance(parse_step(text), ReverseChannels | Values)]
    turned = ["reverse_channels"] if order == "bgr" else []
    return msgspec.structs.replace(settings, steps=(*kept, *turned, f"scale {scale}"))


def in_words(settings: Preprocess, chosen: Preprocess) -> str:
    """The settings that differ, such as "reader tf1 and scale -1..1"."""
    short = () if settings.steps else ("scale", "colour", "fit")
    names = [n for n in ("reader", *short, "exif", "grey", "dct") if getattr(settings, n) != getattr(chosen, n)]
    changed = [f"{name} {getattr(settings, name)}" for name in names]
    changed += [f"the steps {', '.join(settings.steps)}"] if settings.steps not in ((), chosen.steps) else []
    return " and ".join(changed) or "the same settings"
