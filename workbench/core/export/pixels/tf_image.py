"""The methods of `tf.image.resize` by the ops that it calls, all of them in TensorFlow 1.15.

`tf.image.resize` itself skips a resize to the size an image already has, if that is known while the graph is built; in
a `tf.data` pipeline before the first resize it is not, and `gaussian` and `mitchellcubic` then smooth the image. So do
the methods here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from workbench.core.lazy import tensorflow
from workbench.spec.reader_family import Kernel

Tensor = Any
Method = Callable[[Tensor, tuple[Tensor, Tensor]], Tensor]
"""Maps an image `(h, w, c)`, uint8 or float32, and (height, width) to the image at that size: float32, or its dtype."""


def bilinear(*, half_pixel_centers: bool) -> Method:
    """float32. `half_pixel_centers` is TF 2's convention; TF 1 has neither that nor `align_corners=True`."""
    return _op("ResizeBilinear", half_pixel_centers=half_pixel_centers)


def rounded(method: Method) -> Method:
    """uint8, rounded half to even and clipped to 0..255, as `keras.layers.Resizing` for integers."""

    def act(image: Tensor, size: tuple[Tensor, Tensor]) -> Tensor:
        tf = tensorflow()
        levels = tf.round(tf.cast(method(image, size), tf.float32))
        return tf.cast(tf.clip_by_value(levels, 0.0, 255.0), tf.uint8)

    return act


def _op(name: str, **options: bool) -> Method:
    """One of the ops `Resize...`, which take a batch."""

    def act(image: Tensor, size: tuple[Tensor, Tensor]) -> Tensor:
        tf = tensorflow()
        return getattr(tf.raw_ops, name)(images=image[None], size=tf.stack(size), align_corners=False, **options)[0]

    return act


def _translated(kernel: str, *, antialias: bool) -> Method:
    """The op `ScaleAndTranslate`, float32; the scale is a float32 quotient, as in `tf.image.resize`."""

    def act(image: Tensor, size: tuple[Tensor, Tensor]) -> Tensor:
        tf = tensorflow()
        sides = tf.stack(size)
        scale = tf.cast(sides, tf.float32) / tf.cast(tf.shape(image)[:2], tf.float32)
        options = {"translation": tf.zeros([2]), "kernel_type": kernel, "antialias": antialias}
        return tf.raw_ops.ScaleAndTranslate(images=image[None], size=sides, scale=scale, **options)[0]

    return act


METHODS: Final[Mapping[tuple[Kernel, bool], Method]] = {
    # The first two take no notice of antialias.
    **dict.fromkeys((("nearest", False), ("nearest", True)), _op("ResizeNearestNeighbor", half_pixel_centers=True)),
    **dict.fromkeys((("area", False), ("area", True)), _op("ResizeArea")),
    ("bilinear", False): bilinear(half_pixel_centers=True),
    ("bilinear", True): _translated("triangle", antialias=True),
    ("bicubic", False): _op("ResizeBicubic", half_pixel_centers=True),
    ("bicubic", True): _translated("keyscubic", antialias=True),
    ("lanczos3", False): _translated("lanczos3", antialias=False),
    ("lanczos3", True): _translated("lanczos3", antialias=True),
    ("lanczos5", False): _translated("lanczos5", antialias=False),
    ("lanczos5", True): _translated("lanczos5", antialias=True),
    ("gaussian", False): _translated("gaussian", antialias=False),
    ("gaussian", True): _translated("gaussian", antialias=True),
    ("mitchellcubic", False): _translated("mitchellcubic", antialias=False),
    ("mitchellcubic", True): _translated("mitchellcubic", antialias=True),
}
"""Methods by name and by `antialias`."""
