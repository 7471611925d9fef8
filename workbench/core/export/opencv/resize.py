"""`cv2.resize(image, dsize=...)` of 8-bit images as TensorFlow ops.

Bit-identical, except for INTER_CUBIC where Intel's IPP resizes: `CUBIC_RESIDUAL`. A resize to the image's own size
returns the image itself. Every op used is in TF 1.15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.export.opencv import area, passes, taps
from workbench.core.export.opencv.axis import Axis, halved
from workbench.core.export.opencv.nearest import nearest, nearest_exact
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import RELEASES, OpenCV, Release

Tensor = Any

SMALLEST_IPP: Final = 4
"""Length of a side in pixels below which OpenCV does not use Intel's IPP for a cubic resize."""


def resize(image: Tensor, size: tuple[Tensor, Tensor], kernel: str, release: Release) -> Tensor:
    """A uint8 image `(h, w, c)` at `(height, width)` of `size`, as that release's `cv2.resize` makes it.

    `kernel` is the name of an interpolation flag in lower case without INTER_.
    """
    tf = tensorflow()
    shape = tf.shape(image)
    made = _KERNELS[kernel](image, Axis(shape[0], size[0]), Axis(shape[1], size[1]), RELEASES[release])
    return tf.ensure_shape(made, (None, None, image.shape[2]))


def _nearest(image: Tensor, tall: Axis, wide: Axis, _: OpenCV) -> Tensor:
    return _picked(image, nearest(tall), nearest(wide))


def _nearest_exact(image: Tensor, tall: Axis, wide: Axis, release: OpenCV) -> Tensor:
    rule = release.nearest_exact
    return _picked(image, nearest_exact(tall, rule), nearest_exact(wide, rule))


def _picked(image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.gather(tf.gather(image, rows), columns, axis=1)


def _linear(image: Tensor, tall: Axis, wide: Axis, _: OpenCV) -> Tensor:
    def two_taps() -> Tensor:
        return passes.linear(image, taps.linear(tall, rows=True), taps.linear(wide, rows=False))

    return tensorflow().cond(halved(tall, wide), lambda: area.shrunk(image, tall, wide), two_taps)


def _linear_exact(image: Tensor, tall: Axis, wide: Axis, _: OpenCV) -> Tensor:
    def two_taps() -> Tensor:
        return passes.linear_exact(image, taps.linear_exact(tall), taps.linear_exact(wide))

    return tensorflow().cond(halved(tall, wide), lambda: area.shrunk(image, tall, wide), two_taps)


def _area(image: Tensor, tall: Axis, wide: Axis, _: OpenCV) -> Tensor:
    tf = tensorflow()

    def two_taps() -> Tensor:
        enlarged = (taps.area_enlarged(axis, rows=rows) for axis, rows in ((tall, True), (wide, False)))
        return passes.linear(image, *enlarged)

    shrinks = tf.logical_and(tall.scale() >= 1.0, wide.scale() >= 1.0)
    return tf.cond(shrinks, lambda: area.shrunk(image, tall, wide), two_taps)


def _cubic(image: Tensor, tall: Axis, wide: Axis, release: OpenCV) -> Tensor:
    tf = tensorflow()

    def own() -> Tensor:
        return passes.cubic(image, taps.cubic(tall), taps.cubic(wide))

    def ipp() -> Tensor:
        return passes.cubic_float(image, taps.cubic_float(tall), taps.cubic_float(wide))

    if not release.ipp:
        return own()
    return tf.cond(tf.minimum(tall.length, wide.length) >= SMALLEST_IPP, ipp, own)


def _lanczos4(image: Tensor, tall: Axis, wide: Axis, _: OpenCV) -> Tensor:
    return passes.lanczos4(image, taps.lanczos4(tall), taps.lanczos4(wide))


_KERNELS: Final[dict[str, Callable[[Tensor, Axis, Axis, OpenCV], Tensor]]] = {
    "nearest": _nearest,
    "nearest_exact": _nearest_exact,
    "linear": _linear,
    "linear_exact": _linear_exact,
    "area": _area,
    "cubic": _cubic,
    "lanczos4": _lanczos4,
}
