"""The difference of two readings of one image: its numbers in pixel values (0-255), and a PNG to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.predict.input_preview import write_png
from workbench.core.training.pixel_scaling import straight
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_preview import PixelDifference

Array = npt.NDArray[Any]

MOST_GAIN: Final = 64
"""How much brighter the smallest differences are shown."""


def difference(serving: Array, training: Array, settings: Preprocess, folder: Path) -> PixelDifference:
    """How far two arrays `(height, width, channels)` are apart, with a PNG in `folder`.

    `settings` are those by which pixel values became the numbers: they turn a difference into pixel values. Raises
    `WorkbenchError` OTHER_SHAPE for arrays of two shapes.
    """
    if serving.shape != training.shape:
        shapes = f"serving gives {list(serving.shape)} and training {list(training.shape)}"
        raise WorkbenchError("OTHER_SHAPE", f"The two have different shapes: {shapes}.")
    levels = np.abs(serving.astype("float64") - training.astype("float64"))
    levels *= np.abs(straight(settings, levels.shape[-1]).unit)
    largest = float(np.nanmax(levels)) if levels.size else 0.0
    unlike = ~((serving == training) | (np.isnan(serving) & np.isnan(training)))
    share = float(np.mean(unlike)) if levels.size else 0.0
    if not unlike.any():
        return PixelDifference(0.0, 0.0, 0.0)
    gain = _gain(largest)
    # Grey: the largest of the channels, whose order is the network's and not the eye's.
    shown = np.nan_to_num(levels.max(-1, keepdims=True) * gain).clip(0, 255).round().astype("uint8")
    return PixelDifference(largest, float(np.nanmean(levels)), share, write_png(shown, folder), gain)


def _gain(largest: float) -> int:
    """The power of two by which the largest difference is still a pixel value."""
    gain = 1
    while gain < MOST_GAIN and largest * gain * 2 <= 255:
        gain *= 2
    return gain
