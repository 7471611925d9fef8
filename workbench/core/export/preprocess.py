"""The preprocessing graph: a batch of encoded image bytes to the model's input tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.export.pillow_resize import resize as pillow_resize
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Preprocess, Scale, parse_reader, parse_scale

Tensor = Any

CAFFE_MEANS: Final = (103.939, 116.779, 123.68)
"""ImageNet means in BGR grey levels (`keras.applications.imagenet_utils`, mode 'caffe')."""

TORCH_MEANS: Final = (0.485, 0.456, 0.406)
TORCH_DEVIATIONS: Final = (0.229, 0.224, 0.225)
"""ImageNet means and deviations of RGB in 0..1 (`keras.applications.imagenet_utils`, mode 'torch')."""

LUMA: Final = (19595, 38470, 7471)
"""Pillow's RGB to L weights in 1/65536 (ITU-R 601-2; `L24` in Convert.c)."""

PARALLEL_IMAGES: Final = 4
"""Images decoded at once within one batch; more only costs memory on the machines measured."""


def preprocess_function(settings: Preprocess, channels: int) -> Callable[[Tensor], Tensor]:
    """A traceable function from strings `(n,)` to float32 `(n, height, width, channels)`."""
    family, kernel = parse_reader(settings.reader)
    scale = parse_scale(settings.scale)
    tf = tensorflow()

    def one(encoded: Tensor) -> Tensor:
        pixels = _decode(encoded, settings.formats, accurate=family == "load_img", channels=channels)
        pixels = _resize(pixels, settings.size, family, kernel)
        return tf.ensure_shape(pixels, (*settings.size, channels))

    def many(encoded: Tensor) -> Tensor:
        # Strings live on the CPU only; pinned here, a GPU runtime does not try to move them.
        with tf.device("/CPU:0"):
            spec = tf.TensorSpec((*settings.size, channels), tf.float32)
            pixels = tf.map_fn(one, encoded, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES)
        return scaled(pixels, scale)

    return many


def _decode(encoded: Tensor, formats: str, *, accurate: bool, channels: int) -> Tensor:
    """One image as uint8 `(h, w, channels)`.

    INTEGER_ACCURATE is bit-identical to Pillow's decoder; TensorFlow's default (INTEGER_FAST) is what
    tf.data and the article read. Grey from a Pillow reader is Pillow's own luma of the RGB picture.
    """
    tf = tensorflow()
    luma = accurate and channels == 1
    wanted = 3 if luma else channels

    def jpeg() -> Tensor:
        return tf.io.decode_jpeg(encoded, channels=wanted, dct_method="INTEGER_ACCURATE" if accurate else "")

    if formats == "jpeg":
        pixels = jpeg()
    else:
        other = tf.io.decode_png if formats == "jpeg+png" else _decode_any
        pixels = tf.cond(tf.io.is_jpeg(encoded), jpeg, lambda: other(encoded, channels=wanted))
        pixels = tf.ensure_shape(pixels, (None, None, wanted))
    return _to_luma(pixels) if luma else pixels


def _decode_any(encoded: Tensor, channels: int) -> Tensor:
    return tensorflow().io.decode_image(encoded, channels=channels, expand_animations=False)


def _to_luma(pixels: Tensor) -> Tensor:
    tf = tensorflow()
    total = tf.reduce_sum(tf.cast(pixels, tf.int32) * tf.constant(LUMA), axis=-1, keepdims=True)
    return tf.cast(tf.bitwise.right_shift(total + 0x8000, 16), tf.uint8)


def _resize(pixels: Tensor, size: tuple[int, int], family: str, kernel: str) -> Tensor:
    """One uint8 image as float32 grey levels at `size`, by the reader's own rule."""
    tf = tensorflow()
    if family == "load_img":
        return tf.cast(pillow_resize(pixels, size, kernel), tf.float32)
    # image_dataset_from_directory: tf.image.resize without antialias; TF 1: corners not aligned, pixel
    # centres not halved. One op does both.
    half = family == "image_dataset"
    return tf.raw_ops.ResizeBilinear(
        images=tf.expand_dims(pixels, 0), size=list(size), align_corners=False, half_pixel_centers=half
    )[0]


def scaled(pixels: Tensor, scale: Scale) -> Tensor:
    """Grey levels 0..255 `(..., channels)` as the network wants them, by the same float32 steps as Keras."""
    tf = tensorflow()
    match scale.name:
        case "0..255":
            return pixels
        case "0..1":
            return pixels * (1.0 / 255.0)
        case "-1..1":
            return pixels / 127.5 - 1.0
        case "caffe":
            return pixels[..., ::-1] - tf.constant(CAFFE_MEANS)
        case "torch":
            return (pixels / 255.0 - tf.constant(TORCH_MEANS)) / tf.constant(TORCH_DEVIATIONS)
        case _:
            return (pixels - tf.constant(scale.mean)) / tf.constant(scale.std)
