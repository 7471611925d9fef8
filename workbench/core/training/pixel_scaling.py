"""Training path: channel orders and arithmetic, by Keras and TensorFlow themselves, and the way back to a picture."""

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
"""Pixel values: ImageNet's photographs in the mean over their channels (`keras.applications`, mode 'torch')."""


def as_input(pixels: Array, settings: Preprocess) -> Array:
    """RGB pixel values (0-255) `(n, height, width, channels)` as the network gets them, by the steps of the settings.

    Raises `WorkbenchError` BAD_STEP for a file of numbers that does not go with the pictures.
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
    """What `x * F`, `x / F` and `x - A` of a float32 array give."""
    numbers = np.asarray(step.numbers, "float32")
    found: Array = getattr(np, step.operation)(pixels, numbers)
    return found


def _standardized(pixels: Array, attributes: dict[str, Any]) -> Array:
    """`ImageDataGenerator.standardize` of each picture, with these attributes of the generator.

    They are set afterwards: its constructor would switch the centre on with either deviation.
    """
    generator = legacy_keras().preprocessing.image.ImageDataGenerator()
    for name, value in attributes.items():
        setattr(generator, name, value)
    flat = pixels.reshape(-1, *pixels.shape[-3:])
    # It changes what it is given.
    return np.stack([generator.standardize(one.copy()) for one in flat]).reshape(pixels.shape)


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
    return either_keras().applications.imagenet_utils.preprocess_input


def levels_per_unit(scale: Scale, channels: int = 3) -> Array:
    """Pixel values (0-255) per unit of the model input: one number, or one per channel.

    From the table: it turns a difference that was found into pixel values and decides nothing about the pixels.
    """
    return _fitted(scale.std, channels)


def _fitted(numbers: Sequence[float], channels: int) -> Array:
    """One number a channel; their mean where there is one channel alone."""
    exact = np.asarray(numbers, "float64")
    return exact if len(exact) in (1, channels) else exact.mean(keepdims=True)


class Straight(NamedTuple):
    """Channel by channel: pixel values (0-255) for one unit of the network's input, and the one that becomes 0."""

    unit: Array
    zero: Array


def straight(settings: Preprocess, channels: int) -> Straight:
    """The straight line from pixel values to the network's input, in the order of channels that the network gets.

    Where a picture's own mean and deviation are taken off, those of the usual photograph stand for them. From the
    tables: it turns a difference that was found into pixel values and decides nothing about the pixels.
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
    """A network's input `(height, width, channels)` back as RGB pixel values (0-255), uint8, for people to look at."""
    line = straight(settings, pixels.shape[-1])
    shown = pixels * line.unit + line.zero
    turns = [step for step in channel_and_value_steps(settings) if _turns(step)]
    if len(turns) % 2:
        shown = _swapped(shown)
    found: Array = np.nan_to_num(np.rint(shown)).clip(0, 255).astype("uint8")
    return found


def _turns(step: ReverseChannels | Values) -> bool:
    return isinstance(step, ReverseChannels) or (isinstance(step, Scaled) and step.scale.bgr)
