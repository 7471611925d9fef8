"""Channel orders and arithmetic on a batch of images, in the order of their steps, as float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import numpy as np

from workbench.core.feature_statistics import statistics_of
from workbench.core.lazy import tensorflow
from workbench.spec.scale import Arithmetic, Scale
from workbench.spec.steps import (
    KERAS_EPSILON,
    Featurewise,
    Moment,
    PerImageStandardization,
    ReverseChannels,
    Samplewise,
    Scaled,
    Values,
)

Tensor = Any

IMAGE_AXES: tuple[int, ...] = (1, 2, 3)
"""The axes of one image in a batch."""


def computed(pixels: Tensor, steps: Sequence[ReverseChannels | Values]) -> Tensor:
    """Pixel values 0-255 `(n, h, w, channels)`, float32, after the steps.

    Raises `WorkbenchError` BAD_STEP for a file of numbers that does not fit the images.
    """
    for step in steps:
        pixels = _step(pixels, step)
    return pixels


def _step(pixels: Tensor, step: ReverseChannels | Values) -> Tensor:
    match step:
        case ReverseChannels():
            return _reversed(pixels)
        case Scaled():
            return scaled(pixels, step.scale)
        case Arithmetic():
            return _arithmetic(pixels, step)
        case PerImageStandardization():
            return _standardized(pixels)
        case Samplewise():
            return _samplewise(pixels, step.moment)
        case Featurewise():
            return _featurewise(pixels, step)
    assert_never(step)


def _reversed(pixels: Tensor) -> Tensor:
    """RGB as BGR and back; alpha stays last (`cv2.IMREAD_UNCHANGED`)."""
    tf = tensorflow()
    return tf.gather(pixels, [2, 1, 0, 3], axis=-1) if pixels.shape[-1] == 4 else tf.reverse(pixels, [-1])


def scaled(pixels: Tensor, scale: Scale) -> Tensor:
    """Pixel values 0-255 `(..., channels)` scaled for the model, by the same float32 operations as Keras."""
    found = tensorflow().reverse(pixels, [-1]) if scale.bgr else pixels
    for step in scale.arithmetic:
        found = _arithmetic(found, step)
    return found


def _arithmetic(pixels: Tensor, step: Arithmetic) -> Tensor:
    numbers = step.numbers[0] if len(step.numbers) == 1 else tensorflow().constant(step.numbers)
    match step.operation:
        case "multiply":
            return pixels * numbers
        case "divide":
            return pixels / numbers
        case "subtract":
            return pixels - numbers
    assert_never(step.operation)


def _standardized(pixels: Tensor) -> Tensor:
    """Mean 0 and deviation 1 per image, with a lower bound on the deviation.

    As `tf.image.per_image_standardization`: the lower bound is 1 / sqrt(number of values in the image).
    """
    tf = tensorflow()
    count = tf.cast(tf.reduce_prod(tf.shape(pixels)[1:]), tf.float32)
    centred = pixels - tf.reduce_mean(pixels, IMAGE_AXES, keepdims=True)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(centred), IMAGE_AXES, keepdims=True))
    return centred / tf.maximum(deviation, 1.0 / tf.sqrt(count))


def _samplewise(pixels: Tensor, moment: Moment) -> Tensor:
    """Keras' arithmetic; the sums in double, since numpy adds pairwise and TensorFlow in sequence.

    For an image of one colour, Keras divides its own rounding error by 1e-6: the result differs between machines.
    """
    tf = tensorflow()
    exact = tf.cast(pixels, tf.float64)
    mean = tf.reduce_mean(exact, IMAGE_AXES, keepdims=True)
    if moment == "mean":
        return pixels - tf.cast(mean, tf.float32)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(exact - mean), IMAGE_AXES, keepdims=True))
    return pixels / (tf.cast(deviation, tf.float32) + KERAS_EPSILON)


def _featurewise(pixels: Tensor, step: Featurewise) -> Tensor:
    """As numpy's `x -= mean` and `x /= std + 1e-6`: in double and then rounded if the numbers are doubles."""
    tf = tensorflow()
    shape = pixels.shape
    numbers = statistics_of(step, (shape[1], shape[2], shape[3]))
    if numbers.dtype not in (np.dtype("float16"), np.dtype("float32")):
        numbers = numbers.astype("float64")
    added = numbers if step.moment == "mean" else numbers + numbers.dtype.type(KERAS_EPSILON)
    wide = tf.float64 if added.dtype == np.float64 else tf.float32
    constant = tf.constant(added, wide)
    found = tf.cast(pixels, wide)
    return tf.cast(found - constant if step.moment == "mean" else found / constant, tf.float32)
