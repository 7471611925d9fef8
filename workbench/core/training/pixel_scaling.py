"""Training path: channel order and scale of the pixels, by Keras' own arithmetic, and the way back to a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from workbench.core.lazy import keras3
from workbench.spec.preprocess import Preprocess
from workbench.spec.scale import Scale, parse_scale

Array = npt.NDArray[Any]


def as_input(pixels: Array, settings: Preprocess) -> Array:
    """RGB pixel values (0-255) `(..., channels)` in the channel order and the scale of the settings."""
    ordered = _swapped(pixels) if settings.order == "bgr" else pixels
    return scaled_by_keras(ordered, parse_scale(settings.scale))


def _swapped(pixels: Array) -> Array:
    """RGB as BGR, and back; transparency stays the last, and one channel alone has no order."""
    channels = pixels.shape[-1]
    found: Array = pixels[..., [2, 1, 0, 3][:channels]] if channels >= 3 else pixels
    return found


def scaled_by_keras(pixels: Array, scale: Scale) -> Array:
    """Pixel values (0-255) scaled by Keras' own arithmetic; `pixels` is not modified.

    It goes by the scale's name alone. What the table says of the operations is what the graph runs and what is judged
    here: it is not looked at. Only the numbers of a scale by hand come from the project's text, here as there.
    """
    match scale.name:
        case "0..255":
            return pixels
        case "0..1":
            return pixels * np.float32(1 / 255.0)
        case "-1..1":
            return np.asarray(_preprocess_input()(pixels.copy(), data_format="channels_last", mode="tf"))
        case "caffe" | "torch":
            return np.asarray(_preprocess_input()(pixels.copy(), data_format="channels_last", mode=scale.name))
        case "mean/std":
            mean, std = np.asarray(scale.mean, "float32"), np.asarray(scale.std, "float32")
            return np.asarray((pixels - mean) / std, "float32")
    assert_never(scale.name)


def _preprocess_input() -> Any:
    return keras3().applications.imagenet_utils.preprocess_input


def levels_per_unit(scale: Scale, channels: int = 3) -> Array:
    """Pixel values (0-255) per unit of the model input: one number, or one per channel.

    From the table: it turns a difference that was found into pixel values and decides nothing about the pixels.
    """
    return _fitted(scale.std, channels)


def _fitted(numbers: Sequence[float], channels: int) -> Array:
    """One number a channel; their mean where there is one channel alone."""
    exact = np.asarray(numbers, "float64")
    return exact if len(exact) in (1, channels) else exact.mean(keepdims=True)


def as_picture(pixels: Array, settings: Preprocess) -> Array:
    """A network's input `(height, width, channels)` back as RGB pixel values (0-255), uint8, for people to look at."""
    scale, channels = parse_scale(settings.scale), pixels.shape[-1]
    shown = pixels * levels_per_unit(scale, channels) + _fitted(scale.mean, channels)
    if scale.bgr != (settings.order == "bgr"):
        shown = _swapped(shown)
    found: Array = np.nan_to_num(np.rint(shown)).clip(0, 255).astype("uint8")
    return found
