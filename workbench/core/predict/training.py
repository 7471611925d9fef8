"""The picture that training saw, made by the functions that training called: Keras', Pillow's and TensorFlow's own."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess, parse_reader, parse_scale

Array = npt.NDArray[Any]

_MODES: Final = {1: "grayscale", 3: "rgb", 4: "rgba"}
"""Channels as `load_img` calls them."""

_APPLICATIONS: Final = {"-1..1": "tf", "caffe": "caffe", "torch": "torch"}
"""Scales as `keras.applications.imagenet_utils.preprocess_input` calls them."""


def training_pixels(data: bytes, preprocess: Preprocess, channels: int) -> Array:
    """One encoded picture as the network got it in training: float32 `(height, width, channels)`.

    Raises `WorkbenchError` NOT_READ for what training could not have read, or could not have fitted.
    """
    family, kernel = parse_reader(preprocess.reader)
    try:
        ready = _prepared(data, preprocess)
        read = _load_img if family == "load_img" else _tf_image
        pixels = np.asarray(read(ready, preprocess, kernel, channels), "float32")
    except (OSError, ValueError, SyntaxError, tensorflow().errors.OpError) as err:
        raise WorkbenchError("NOT_READ", f"Training could not have read it: {str(err)[:200]}") from err
    if preprocess.colour == "bgr" and channels == 3:
        pixels = pixels[..., ::-1]
    return scaled(pixels, preprocess.scale)


def _prepared(data: bytes, preprocess: Preprocess) -> bytes:
    """Upright and without transparency where the project asks for it; Keras' readers have no option for either."""
    from PIL import Image, ImageOps

    picture = Image.open(io.BytesIO(data))
    turned = ImageOps.exif_transpose(picture) if preprocess.exif == "turn" and picture.format == "JPEG" else picture
    if preprocess.alpha != "drop" and turned.has_transparency_data:
        clear = turned.convert("RGBA")
        turned = Image.new("RGB", clear.size, preprocess.alpha)
        turned.paste(clear, mask=clear.getchannel("A"))
    if turned is picture:
        return data
    out = io.BytesIO()
    turned.save(out, "PNG")
    return out.getvalue()


def _load_img(data: bytes, preprocess: Preprocess, kernel: str, channels: int) -> Array:
    from keras.utils import img_to_array, load_img
    from PIL import Image, ImageOps

    options: dict[str, Any] = {"color_mode": _MODES[channels]}
    if preprocess.fit == "pad":
        whole = load_img(io.BytesIO(data), **options)
        size = preprocess.size[1], preprocess.size[0]
        picture = ImageOps.pad(whole, size, Image.Resampling[kernel.upper()])
    else:
        options |= {"target_size": preprocess.size, "interpolation": kernel}
        picture = load_img(io.BytesIO(data), keep_aspect_ratio=preprocess.fit == "crop", **options)
    found: Array = img_to_array(picture, data_format="channels_last")
    return found


def _tf_image(data: bytes, preprocess: Preprocess, kernel: str, channels: int) -> Array:
    tf = tensorflow()
    image = tf.io.decode_image(data, channels=channels, expand_animations=False)
    if preprocess.reader == "tf1":
        if preprocess.fit != "stretch":
            raise ValueError("a graph of TensorFlow 1 has its own way of fitting pictures")
        return np.asarray(tf.compat.v1.image.resize_bilinear(image[tf.newaxis], preprocess.size)[0])
    if preprocess.fit == "stretch":
        return np.asarray(tf.image.resize(image, preprocess.size, method="bilinear"))
    if preprocess.fit == "pad":
        return np.asarray(tf.image.resize_with_pad(image, *preprocess.size, method="bilinear"))
    from keras.preprocessing.image import smart_resize

    return np.asarray(smart_resize(image, preprocess.size, data_format="channels_last"))


def scaled(pixels: Array, scale: str) -> Array:
    """Grey levels as the network gets them, by Keras' own function where the scale is one of its."""
    named = parse_scale(scale)
    if named.name in _APPLICATIONS:
        from keras.applications.imagenet_utils import preprocess_input

        found: Array = preprocess_input(pixels.copy(), data_format="channels_last", mode=_APPLICATIONS[named.name])
        return found
    if named.name == "mean/std":
        mean, deviation = (np.asarray(numbers, "float32") for numbers in (named.mean, named.std))
        return np.asarray((pixels - mean) / deviation, "float32")
    return pixels / np.float32(255) if named.name == "0..1" else pixels
