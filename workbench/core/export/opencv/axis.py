"""One axis of a `cv2.resize`: its two lengths, the scale as OpenCV computes it, and where its output pixels lie.

OpenCV keeps `dst / src` in double and divides 1 by it again: the last bit of that decides between two pixels.
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
        """`inv_scale` of resize.cpp, float64: output pixels for one of the source."""
        tf = tensorflow()
        return tf.cast(self.size, tf.float64) / tf.cast(self._at_run_time(self.length), tf.float64)

    def scale(self) -> Tensor:
        """`scale` of resize.cpp, float64: source pixels for one of the output."""
        tf = tensorflow()
        return tf.cast(self._at_run_time(1), tf.float64) / self.inverse()

    def ratio(self, dtype: Any) -> Tensor:
        """Source pixels for one of the output by one division."""
        tf = tensorflow()
        return tf.cast(self.length, dtype) / tf.cast(self._at_run_time(self.size), dtype)

    def steps(self) -> Tensor:
        """The output pixels' numbers, float64 `(size,)`."""
        tf = tensorflow()
        return tf.cast(tf.range(self.size), tf.float64)

    def exact_factor(self) -> Tensor:
        """The whole number that the scale is, int32; 0 where it is none (`DBL_EPSILON` as in resize.cpp)."""
        tf = tensorflow()
        scale = self.scale()
        whole = tf.round(scale)
        return tf.cast(tf.where(tf.abs(scale - whole) < 2.0**-52, whole, tf.zeros_like(whole)), tf.int32)

    def _at_run_time(self, number: Tensor) -> Tensor:
        # Grappler turns a division by a constant, and one of 1 by something, into products with reciprocals that
        # are not rounded as a division is. No length is below 0, but the optimiser cannot know.
        tf = tensorflow()
        return number + tf.minimum(tf.convert_to_tensor(self.length), 0)


def halved(tall: Axis, wide: Axis) -> Tensor:
    """Whether both sides become half as long: LINEAR and LINEAR_EXACT then do what AREA does."""
    tf = tensorflow()
    return tf.logical_and(tf.equal(tall.exact_factor(), 2), tf.equal(wide.exact_factor(), 2))
