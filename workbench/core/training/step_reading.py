"""Training path: the steps that move pixels, each by the library it stands for, one image after the other.

An image is a numpy array `(height, width, channels)`, uint8, or float32 after a resize by TensorFlow.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from workbench.core.lazy import either_keras, keras3, tensorflow
from workbench.core.training.opencv_reading import resize_by_opencv
from workbench.core.training.skimage_reading import resize_by_skimage
from workbench.spec.reader_family import Reader
from workbench.spec.step_rules import size_after
from workbench.spec.steps import (
    CenterCrop,
    CentralFraction,
    CropOrPad,
    CropToRatio,
    Draft,
    Framed,
    Geometry,
    KeepAspectRatio,
    Pixels,
    Resize,
    ResizeSide,
    ResizeWithPad,
    Thumbnail,
)

Array = npt.NDArray[Any]


def moved(image: Array, steps: Sequence[Geometry], reader: Reader) -> Array:
    """A decoded image after the steps.

    Raises `ValueError` for an image that is too small or too large for one of them, and what the libraries raise.
    """
    for place, step in enumerate(steps):
        image = _moved(image, step, reader, known=size_after(steps[:place]) is not None)
    return image


def _moved(image: Array, step: Geometry, reader: Reader, *, known: bool) -> Array:
    height, width = image.shape[:2]
    match step:
        case Draft():
            return image  # It was decoded like that.
        case Thumbnail():
            return _thumbnail(image, step, reader)
        case Resize():
            return _by_gap(image, step, reader) if step.reducing_gap else resized(image, step.size, reader)
        case ResizeSide():
            return resized(image, _by_side(step, height, width), reader)
        case CenterCrop():
            return _center_crop(image, step.size)
        case CentralFraction():
            return _central_crop(image, step.fraction, known=known)
        case CropToRatio():
            return _ratio_cut(image, step.size, reader)
        case KeepAspectRatio():
            return _keep_aspect_ratio(image, step.size, reader)
        case Framed():
            return _framed(image, step, reader)
        case ResizeWithPad():
            return _resize_with_pad(image, step.size, reader)
        case CropOrPad():
            return np.asarray(tensorflow().image.resize_with_crop_or_pad(image, *step.size))
    assert_never(step)


def _by_gap(image: Array, step: Resize, reader: Reader) -> Array:
    size = step.size[::-1]
    return as_array(as_image(image).resize(size, resampling(reader), reducing_gap=step.reducing_gap))


def _thumbnail(image: Array, step: Thumbnail, reader: Reader) -> Array:
    made = as_image(image)
    made.thumbnail(step.size[::-1], resampling(reader), reducing_gap=step.reducing_gap or None)
    return as_array(made)


def resized(image: Array, size: Pixels, reader: Reader) -> Array:
    """The image at (height, width), by the function that the reader's code calls."""
    match reader.family:
        case "load_img" | "pillow":
            return as_array(as_image(image).resize(size[::-1], resampling(reader)))
        case "imresize":
            return as_array(as_image(_bytescaled(image, reader)).resize(size[::-1], resampling(reader)))
        case "image_dataset":
            return np.asarray(tensorflow().image.resize(image, size))
        case "tf":
            return np.asarray(_tf_data(str(image.dtype), reader)(image, size))
        case "keras_resizing":
            options = {"interpolation": reader.kernel, "antialias": reader.variant == "antialias"}
            return np.asarray(keras3().layers.Resizing(*size, **options)(image))
        case "tf1":
            return np.asarray(tensorflow().compat.v1.image.resize_bilinear(image[None], size)[0])
        case "cv2":
            return resize_by_opencv(image, size, reader)
        case "skimage":
            return resize_by_skimage(image, size, reader)
    assert_never(reader.family)


@cache
def _tf_data(dtype: str, reader: Reader) -> Any:
    """`tf.image.resize` as in a `tf.data` pipeline, where no size is known while the graph is built."""
    tf = tensorflow()
    specs = [tf.TensorSpec([None, None, None], dtype), tf.TensorSpec([2], "int32")]
    options = {"method": reader.kernel, "antialias": reader.variant == "antialias"}
    return tf.function(lambda image, size: tf.image.resize(image, size, **options), specs, autograph=False)


def _bytescaled(image: Array, reader: Reader) -> Array:
    """The image that `scipy.misc.imresize` passes to Pillow (`bytescale` of SciPy 1.1).

    SciPy removed it in 1.3. Floats are stretched to 0..255; a double scalar acts as float32 beside a float32 array.
    """
    if reader.variant != "float":
        return image
    data = image.astype("float32")
    spread = float(data.max() - data.min()) or 1.0
    scaled = (data - data.min()) * np.float32(255.0 / spread)
    found: Array = (scaled.clip(0, 255) + np.float32(0.5)).astype("uint8")
    return found


def resampling(reader: Reader) -> Any:
    """Pillow's own constant for a reader's kernel."""
    from PIL import Image

    return Image.Resampling[reader.kernel.upper()]


def as_image(image: Array) -> Any:
    """An image as a Pillow image: L, RGB or RGBA."""
    from PIL import Image

    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def as_array(image: Any) -> Array:
    """The inverse; a grey image keeps its one channel."""
    found = np.asarray(image)
    return found[..., None] if found.ndim == 2 else found


def _by_side(step: ResizeSide, height: int, width: int) -> Pixels:
    """Python's own arithmetic: `int(side * N / shorter)` or `round(...)`."""
    own = (min if step.which == "shorter" else max)(height, width)
    rounds: Callable[[float], int] = int if step.rounding == "floor" else round
    return max(rounds(height * step.pixels / own), 1), max(rounds(width * step.pixels / own), 1)


def _center_crop(image: Array, size: Pixels) -> Array:
    top, left = (image.shape[0] - size[0]) // 2, (image.shape[1] - size[1]) // 2
    if min(top, left) < 0:
        raise ValueError(f"An image of {image.shape[0]}x{image.shape[1]} is too small for the crop.")
    return image[top : top + size[0], left : left + size[1]]


def _central_crop(image: Array, fraction: float, *, known: bool) -> Array:
    """As in a `tf.data` pipeline, where TensorFlow computes differently before the size is known."""
    tf = tensorflow()
    act = partial(tf.image.central_crop, central_fraction=fraction)
    if not known:
        act = tf.function(act, [tf.TensorSpec([None, None, image.shape[-1]], image.dtype)], autograph=False)
    return np.asarray(act(image))


def _ratio_cut(image: Array, size: Pixels, reader: Reader) -> Array:
    """The central crop of that aspect ratio: Keras' `smart_resize` for TensorFlow's readers, integers for all
    others."""
    height, width = image.shape[:2]
    if reader.library == "TensorFlow":
        high, broad = _smart_box(height, width, size)
    else:
        high, broad = min(height, width * size[0] // size[1]), min(width, height * size[1] // size[0])
    high, broad = max(high, 1), max(broad, 1)
    top, left = (height - high) // 2, (width - broad) // 2
    return image[top : top + high, left : left + broad]


def _smart_box(height: int, width: int, size: Pixels) -> Pixels:
    """The box of `smart_resize`: its quotients are float32, truncated to whole pixels."""
    high = int(np.float32(width * size[0]) / np.float32(size[1]))
    broad = int(np.float32(height * size[1]) / np.float32(size[0]))
    return min(height, high), min(width, broad)


def _keep_aspect_ratio(image: Array, size: Pixels, reader: Reader) -> Array:
    data, mode = io.BytesIO(), {1: "grayscale", 3: "rgb", 4: "rgba"}[image.shape[-1]]
    as_image(image).save(data, "PNG", compress_level=0)
    options = {"target_size": size, "interpolation": reader.kernel, "keep_aspect_ratio": True}
    return as_array(either_keras().utils.load_img(data, color_mode=mode, **options))


def _resize_with_pad(image: Array, size: Pixels, reader: Reader) -> Array:
    tf = tensorflow()
    if reader.family == "tf1":
        return np.asarray(tf.compat.v1.image.resize_image_with_pad(image, *size))
    if reader.family == "tf":
        options = {"method": reader.kernel, "antialias": reader.variant == "antialias"}
        return np.asarray(tf.image.resize_with_pad(image, *size, **options))
    return np.asarray(tf.image.resize_with_pad(image, *size))


def _framed(image: Array, step: Framed, reader: Reader) -> Array:
    height, width = image.shape[:2]
    match step.frame:
        case "pad":
            return _bordered(image, step.size, step.colour)
        case "pad_to_ratio":
            frame = max(height, width * step.size[0] // step.size[1]), max(width, height * step.size[1] // step.size[0])
            return _bordered(image, frame, step.colour)
        case "letterbox":
            factor = min(step.size[0] / height, step.size[1] / width)
            inner = max(round(height * factor), 1), max(round(width * factor), 1)
            return _bordered(resized(image, inner, reader), step.size, step.colour)
        case "image_ops_pad":
            return _image_ops_pad(image, step, reader)
    assert_never(step.frame)


def _bordered(image: Array, size: Pixels, colour: tuple[int, ...]) -> Array:
    """The image in the middle of a frame of one colour."""
    top, left = (size[0] - image.shape[0]) // 2, (size[1] - image.shape[1]) // 2
    if min(top, left) < 0:
        raise ValueError(f"An image of {image.shape[0]}x{image.shape[1]} is too large for the frame.")
    made = np.empty((*size, image.shape[-1]), image.dtype)
    made[:] = _filling(image, colour)
    made[top : top + image.shape[0], left : left + image.shape[1]] = image
    return made


def _filling(image: Array, colour: tuple[int, ...]) -> Array:
    """One pixel value for all channels; or red, green and blue, with opaque alpha."""
    whole = colour * 4 if len(colour) == 1 else (*colour, 255)
    return np.asarray(whole[: image.shape[-1]], image.dtype)


def _image_ops_pad(image: Array, step: Framed, reader: Reader) -> Array:
    from PIL import ImageOps

    filling = tuple(int(level) for level in _filling(image, step.colour))
    ink = filling if len(filling) > 1 else filling[0]
    return as_array(ImageOps.pad(as_image(image), step.size[::-1], resampling(reader), color=ink))
