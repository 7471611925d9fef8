"""Training path: channel order and scale of the pixels, by Keras' own arithmetic, and the way back to a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.spec.preprocess import Preprocess
from workbench.spec.scale import CAFFE_MEANS, TORCH_DEVIATIONS, TORCH_MEANS, Scale, parse_scale

Array = npt.NDArray[Any]


def as_input(grey: Array, settings: Preprocess) -> Array:
    """Grey levels 0..255 in RGB `(..., channels)` in the order of colours and the scale of the settings."""
    ordered = _swapped(grey) if settings.colour == "bgr" else grey
    return scaled_by_keras(ordered, parse_scale(settings.scale))


def _swapped(grey: Array) -> Array:
    """RGB as BGR, and back; transparency stays the last."""
    found: Array = grey[..., [2, 1, 0, 3][: grey.shape[-1]]]
    return found


def scaled_by_keras(grey: Array, scale: Scale) -> Array:
    """Pixel values (0-255) scaled by Keras' own arithmetic; `grey` is not modified."""
    from keras.applications.imagenet_utils import preprocess_input

    match scale.name:
        case "0..255":
            return grey
        case "0..1":
            return grey * np.float32(1 / 255.0)
        case "-1..1" | "caffe" | "torch":
            mode = {"-1..1": "tf"}.get(scale.name, scale.name)
            return np.asarray(preprocess_input(grey.copy(), data_format="channels_last", mode=mode))
        case _:
            mean, std = np.asarray(scale.mean, "float32"), np.asarray(scale.std, "float32")
            return np.asarray((grey - mean) / std, "float32")


def levels_per_unit(scale: Scale, channels: int = 3) -> Array:
    """Pixel values (0-255) per unit of the model input: one number, or one per channel."""
    match scale.name:
        case "0..1":
            return np.array([255.0])
        case "-1..1":
            return np.array([127.5])
        case "torch":
            return 255.0 * _fitted(TORCH_DEVIATIONS, channels)
        case "mean/std":
            return _fitted(scale.std, channels)
        case _:
            return np.array([1.0])


def _fitted(numbers: Sequence[float], channels: int) -> Array:
    """One number a channel; their mean where there is one channel alone."""
    exact = np.asarray(numbers, "float64")
    return exact if len(exact) in (1, channels) else exact.mean(keepdims=True)


def as_picture(pixels: Array, settings: Preprocess) -> Array:
    """A network's input `(height, width, channels)` back as RGB grey levels 0..255, uint8, for people to look at."""
    scale, channels = parse_scale(settings.scale), pixels.shape[-1]
    torch = [255.0 * mean for mean in TORCH_MEANS]
    means: dict[str, Sequence[float]] = {"-1..1": [127.5], "caffe": CAFFE_MEANS, "torch": torch, "mean/std": scale.mean}
    grey = pixels * levels_per_unit(scale, channels) + _fitted(means.get(scale.name, [0.0]), channels)
    if (scale.name == "caffe") != (settings.colour == "bgr"):
        grey = _swapped(grey)
    found: Array = np.nan_to_num(np.rint(grey)).clip(0, 255).astype("uint8")
    return found
