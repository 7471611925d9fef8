"""Pictures for tests of how an export reads them: made, encoded, and read as a serving graph would."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Preprocess

Array = npt.NDArray[Any]


def read(data: list[bytes], channels: int = 3, **settings: Any) -> Array:
    """What a serving graph makes of encoded images, in pixel values (0-255) unless a scale is named."""
    return np.asarray(reader(channels, **settings)(data))


@functools.cache
def reader(channels: int = 3, **settings: Any) -> Any:
    """The graph of these settings as a function of a list of encoded images, traced once a run."""
    tf = tensorflow()
    function = preprocess_function(Preprocess(**{"scale": "0..255", **settings}), channels)
    traced = tf.function(function, autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    return lambda data: traced(tf.constant(data)).numpy()


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The picture as a file's bytes."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def photo(height: int, width: int, seed: int = 0) -> Image.Image:
    """A picture with smooth parts, edges and noise, so that a kernel's every weight shows."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (max(height // 8, 1), max(width // 8, 1), 3)).astype("uint8")
    grown = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), "int32")
    noisy = grown + random.integers(-20, 21, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype("uint8"))


def noise(*shape: int, seed: int = 0) -> Array:
    """Random uint8 numbers."""
    return np.random.default_rng(seed).integers(0, 256, shape).astype("uint8")
