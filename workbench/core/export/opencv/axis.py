"""One axis of a `cv2.resize`: its two lengths, the scale as OpenCV computes it, and the positions of output pixels.

OpenCV computes `dst / src` in double and then its reciprocal: the last bit of that decides between two pixels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from workbench.core.lazy import tensorflow

Tensor = Any


class Axis(NamedTuple):
    """`length` source pixels become `size`; each is an int or an int32 scalar, at least 1."""

    length: Tensor
    size: Tensor

    def inverse(self) -> Tensor:
        """`inv_scale` of resize.cpp, float64: output pixels per source pixel."""
        tf = tensorflow()
        return tf.cast(self.size, tf.float64) / tf.cast(self._at_run_time(self.length), tf.float64)

    def scale(self) -> Tensor:
        """`scale` of resize.cpp, float64: source pixels per output pixel."""
        tf = tensorflow()
        return tf.cast(self._at_run_time(1), tf.float64) / self.inverse()

    def ratio(self, dtype: Any) -> Tensor:
        """Source pixels per output pixel, computed by one division."""
        tf = tensorflow()
        return tf.cast(self.length, dtype) / tf.cast(self._at_run_time(self.size), dtype)

    def steps(self) -> Tensor:
        """The indices of the output pixels, float64 `(size,)`."""
        tf = tensorflow()
        return tf.cast(tf.range(self.size), tf.float64)

    def exact_factor(self) -> Tensor:
        """The scale if it is an integer, int32, else 0 (`DBL_EPSILON` as in resize.cpp)."""
        tf = tensorflow()
        scale = self.scale()
        whole = tf.round(scale)
        return tf.cast(tf.where(tf.abs(scale - whole) < 2.0**-52, whole, tf.zeros_like(whole)), tf.int32)

    def _at_run_time(self, number: Tensor) -> Tensor:
        # Grappler turns a division by a constant, and of 1 by something, into a product with a reciprocal, which is
        # rounded differently. No length is negative, but the optimiser does not know that.
        tf = tensorflow()
        return number + tf.minimum(tf.convert_to_tensor(self.length), 0)


def halved(tall: Axis, wide: Axis) -> Tensor:
    """Whether both sides are halved: LINEAR and LINEAR_EXACT then compute what AREA does."""
    tf = tensorflow()
    return tf.logical_and(tf.equal(tall.exact_factor(), 2), tf.equal(wide.exact_factor(), 2))
