"""Training path: channel orders and arithmetic, by Keras and TensorFlow themselves, and back to an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, assert_never

import numpy as np
import numpy.typing as npt

from workbench.core.feature_statistics import statistics_of
from workbench.core.lazy import either_keras, legacy_keras, tensorflow
from workbench.spec.preprocess import Preprocess
from workbench.spec.scale import Arithmetic, Operation, Scale
from workbench.spec.step_rules import channel_and_value_steps
from workbench.spec.steps import (
    KERAS_EPSILON,
    Featurewise,
    PerImageStandardization,
    ReverseChannels,
    Samplewise,
    Scaled,
    Values,
)

Array = npt.NDArray[Any]

USUAL_MEAN: Final = 116.0
USUAL_DEVIATION: Final = 57.0
"""Typical standard deviation in pixel values: that of ImageNet's photographs, averaged over their channels
(`keras.applications`, mode 'torch')."""


def as_input(pixels: Array, settings: Preprocess) -> Array:
    """RGB pixel values (0-255) `(n, height, width, channels)` as model input, by the steps of the settings.

    Raises `WorkbenchError` BAD_STEP for a file of numbers that does not fit the images.
    """
    for step in channel_and_value_steps(settings):
        pixels = _computed(pixels, step)
    return pixels


def _computed(pixels: Array, step: ReverseChannels | Values) -> Array:
    match step:
        case ReverseChannels():
            return _swapped(pixels)
        case Scaled():
            return scaled_by_keras(pixels, step.scale)
        case Arithmetic():
            return _arithmetic(pixels, step)
        case PerImageStandardization():
            return np.asarray(tensorflow().image.per_image_standardization(pixels))
        case Samplewise():
            names = {"mean": "samplewise_center", "std": "samplewise_std_normalization"}
            return _standardized(pixels, {names[step.moment]: True})
        case Featurewise():
            names = {"mean": "featurewise_center", "std": "featurewise_std_normalization"}
            height, width, channels = pixels.shape[-3:]
            numbers = statistics_of(step, (height, width, channels))
            return _standardized(pixels, {names[step.moment]: True, step.moment: numbers})
    assert_never(step)


def _arithmetic(pixels: Array, step: Arithmetic) -> Array:
    """The results of `x * F`, `x / F` and `x - A` for a float32 array."""
    numbers = np.asarray(step.numbers, "float32")
    found: Array = getattr(np, step.operation)(pixels, numbers)
    return found


def _standardized(pixels: Array, attributes: dict[str, Any]) -> Array:
    """`ImageDataGenerator.standardize` of each image, with these attributes of the generator.

    They are set afterwards, since its constructor would enable centering with either deviation.
    """
    generator = legacy_keras().preprocessing.image.ImageDataGenerator()
    for name, value in attributes.items():
        setattr(generator, name, value)
    flat = pixels.reshape(-1, *pixels.shape[-3:])
    # It modifies its argument.
    return np.stack([generator.standardize(one.copy()) for one in flat]).reshape(pixels.shape)


def _swapped(pixels: Array) -> Array:
    """RGB as BGR, and back; alpha stays last, and a single channel is unchanged."""
    channels = pixels.shape[-1]
    found: Array = pixels[..., [2, 1, 0, 3][:channels]] if channels >= 3 else pixels
    return found


def scaled_by_keras(pixels: Array, scale: Scale) -> Array:
    """Pixel values (0-255) scaled by Keras' own arithmetic; `pixels` is not modified.

    Only the scale's name is used. The operations in the table of scales are what the graph runs and what is judged
    here, so they are not used. Only the numbers of a custom scale are read from the project's text, here as in the
    graph.
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
    return either_keras().applications.imagenet_utils.preprocess_input


def levels_per_unit(scale: Scale, channels: int = 3) -> Array:
    """Pixel values (0-255) per unit of the model input: one number, or one per channel.

    From the table of scales: this converts a measured difference to pixel values and does not affect any pixels.
    """
    return _fitted(scale.std, channels)


def _fitted(numbers: Sequence[float], channels: int) -> Array:
    """One number per channel; their mean for a single channel."""
    exact = np.asarray(numbers, "float64")
    return exact if len(exact) in (1, channels) else exact.mean(keepdims=True)


class Straight(NamedTuple):
    """By channel: pixel values (0-255) per unit of the model input, and the pixel value that becomes 0."""

    unit: Array
    zero: Array


def straight(settings: Preprocess, channels: int) -> Straight:
    """The linear map from pixel values to the model input, in the channel order of the model input.

    A per-image mean or deviation is replaced by that of the typical photograph. From the tables: this converts a
    measured difference to pixel values and does not affect any pixels.
    """
    found = Straight(np.ones(channels), np.zeros(channels))
    for step in channel_and_value_steps(settings):
        found = _followed(found, step, channels)
    return found


def _followed(line: Straight, step: ReverseChannels | Values, channels: int) -> Straight:
    match step:
        case ReverseChannels():
            return Straight(_swapped(line.unit), _swapped(line.zero))
        case Scaled():
            turned = _followed(line, ReverseChannels(), channels) if step.scale.bgr else line
            for one in step.scale.arithmetic:
                turned = _followed(turned, one, channels)
            return turned
        case Arithmetic():
            return _straightened(line, step.operation, _fitted(step.numbers, channels))
        case PerImageStandardization():
            return Straight(np.full(channels, USUAL_DEVIATION), np.full(channels, USUAL_MEAN))
        case Samplewise(moment="mean"):
            return Straight(line.unit, np.full(channels, USUAL_MEAN))
        case Samplewise():
            return Straight(np.full(channels, USUAL_DEVIATION), line.zero)
        case Featurewise():
            numbers = statistics_of(step, (None, None, channels)).astype("float64")
            if step.moment == "mean":
                return _straightened(line, "subtract", numbers)
            return _straightened(line, "divide", numbers + KERAS_EPSILON)
    assert_never(step)


def _straightened(line: Straight, operation: Operation, numbers: Array) -> Straight:
    match operation:
        case "multiply":
            return Straight(line.unit / np.where(numbers == 0, 1.0, numbers), line.zero)
        case "divide":
            return Straight(line.unit * numbers, line.zero)
        case "subtract":
            return Straight(line.unit, line.zero + numbers * line.unit)
    assert_never(operation)


def as_picture(pixels: Array, settings: Preprocess) -> Array:
    """A model input `(height, width, channels)` converted back to RGB pixel values (0-255), uint8, for display."""
    line = straight(settings, pixels.shape[-1])
    shown = pixels * line.unit + line.zero
    turns = [step for step in channel_and_value_steps(settings) if _turns(step)]
    if len(turns) % 2:
        shown = _swapped(shown)
    found: Array = np.nan_to_num(np.rint(shown)).clip(0, 255).astype("uint8")
    return found


def _turns(step: ReverseChannels | Values) -> bool:
    return isinstance(step, ReverseChannels) or (isinstance(step, Scaled) and step.scale.bgr)
