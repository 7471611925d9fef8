"""Evidence images: original, training input, serving input, and their difference as a heat map."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.check.result_text import number, pixels
from workbench.core.training.pixel_scaling import as_picture, straight
from workbench.spec.preprocess import Preprocess
from workbench.spec.report import EvidenceImage, EvidenceImages

if TYPE_CHECKING:
    from workbench.core.check.pixel_skew import WorstPixels
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

SIDE: Final = 320
"""Maximum side in pixels; larger images are shrunk for the report."""

FULL: Final = 32.0
"""Difference in pixel values (0-255) at which the heat map is brightest: four times the mean of a wrong kernel."""


def write_side_by_side(subject: GateSubject, kept: Sequence[WorstPixels]) -> EvidenceImages:
    """Write the images of the most skewed inputs into the evidence folder, and return their names."""
    training = subject.trained(subject.pictures[0])
    items = [_one(subject.evidence, place, k, training) for place, k in enumerate(kept, 1)]
    note = f"The heat map is brightest at differences of {FULL:.0f} pixel values (0-255) and more."
    return EvidenceImages("Most skewed images, side by side", tuple(items), note)


def _one(folder: Path, place: int, kept: WorstPixels, training: Preprocess) -> EvidenceImage:
    levels = straight(training, kept.training.shape[-1]).unit
    heat = np.abs(kept.serving.astype("float64") - kept.training.astype("float64")) * levels
    parts = {
        "original": _original(kept.data),
        "training": _image(as_picture(kept.training, training)),
        "serving": _image(as_picture(kept.serving, training)),
        "difference": _heat(heat.mean(-1)),
    }
    names = {part: f"skew-{place:02}-{part}.png" for part in parts}
    for part, picture in parts.items():
        picture.save(folder / names[part], "PNG")
    skew = kept.skew
    apart = f"mean {pixels(skew.mean)}, largest {pixels(skew.largest)} pixel values (0-255)"
    caption = f"{apart}; score differs by {number(skew.shift)}"
    return EvidenceImage(kept.item.source, caption, skew.mean, **names)


def _original(data: bytes) -> Any:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        shown = image.convert("RGB")
        shown.thumbnail((SIDE, SIDE))
        return shown


def _image(levels: Array) -> Any:
    from PIL import Image

    shown = Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)
    shown.thumbnail((SIDE, SIDE))
    return shown.convert("RGB") if shown.mode not in ("L", "RGB", "RGBA") else shown


def _heat(levels: Array) -> Any:
    from PIL import Image, ImageOps

    bright = (np.nan_to_num(levels, nan=FULL) * (255.0 / FULL)).clip(0, 255).astype("uint8")
    shown = ImageOps.colorize(Image.fromarray(bright), black="#000004", mid="#bb3754", white="#fcffa4")
    shown.thumbnail((SIDE, SIDE))
    return shown
