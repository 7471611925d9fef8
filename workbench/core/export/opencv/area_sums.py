"""Single means of INTER_AREA by the sums of OpenCV's `resize.cpp`, pixel by pixel in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from workbench.core.export.opencv.axis import Axis
from workbench.core.export.opencv.cells import Cells, touched
from workbench.core.lazy import tensorflow

Tensor = Any


class CellSums(NamedTuple):
    """The cells of a uint8 image `(h, w, c)` that shrinks to `tall.size` by `wide.size`."""

    image: Tensor
    tall: Axis
    wide: Axis

    def means(self, where: Tensor) -> Tensor:
        """The means of the samples `where`, int32 `(n, 3)` (row, column, channel): float32 `(n,)`, not yet rounded."""
        high, broad = self.tall.exact_factor(), self.wide.exact_factor()
        return tensorflow().cond(
            high * broad > 0, lambda: self._whole_pixels(where, high, broad), lambda: self._parts_of_pixels(where)
        )

    def _whole_pixels(self, where: Tensor, high: Tensor, broad: Tensor) -> Tensor:
        """Cells that consist of whole pixels only: an integer sum times a float32 reciprocal."""
        tf = tensorflow()
        weights = tf.ones([tf.shape(where)[0], broad], tf.int32)
        sums = self._across(where[:, 2], where[:, 0] * high, where[:, 1] * broad, high, weights)
        factor = tf.cast(1.0 / tf.cast(high * broad, tf.float64), tf.float32)
        return tf.cast(tf.reduce_sum(sums, 1), tf.float32) * factor

    def _parts_of_pixels(self, where: Tensor) -> Tensor:
        """Cells with fractions of pixels at their edges: float32 sums across each row, then down."""
        tf = tensorflow()
        (top, down), (left, across) = _table(self.tall), _table(self.wide)
        row, column = where[:, 0], where[:, 1]
        rows = tf.gather(down, row)
        high = tf.shape(rows)[1]
        sums = self._across(where[:, 2], tf.gather(top, row), tf.gather(left, column), high, tf.gather(across, column))
        return _in_order(lambda k: sums[:, k] * rows[:, k], sums[:, 0] * 0.0, high)

    def _across(self, channel: Tensor, top: Tensor, left: Tensor, high: Tensor, weights: Tensor) -> Tensor:
        """Sums of `high` rows starting at row `top` `(n,)` and column `left` `(n,)`: `(n, high)`.

        `weights` `(n, columns)` determine the dtype. They are 0 for pixels outside a cell, so it does not matter that
        such a pixel may be one of the next row, or the last pixel instead of one after it.
        """
        tf = tensorflow()
        channels = self.image.shape[2]
        samples = tf.reshape(self.image, [-1])
        line = self.wide.length * channels
        starts = (top * line + left * channels + channel)[:, None] + tf.range(high) * line

        def column(k: Tensor) -> Tensor:
            taken = tf.gather(samples, tf.minimum(starts + k * channels, tf.size(samples) - 1))
            return tf.cast(taken, weights.dtype) * weights[:, k, None]

        return _in_order(column, tf.zeros(tf.shape(starts), weights.dtype), tf.shape(weights)[1])


def _table(axis: Axis) -> tuple[Tensor, Tensor]:
    """The first source pixel of each cell, int32 `(size,)`, and the weights from there on, float32 `(size, pixels)`."""
    tf = tensorflow()
    cells = Cells.of(axis, tf.range(axis.size))
    return cells.first, cells.weights(cells.first[:, None] + tf.range(touched(axis)))


def _in_order(term: Callable[[Tensor], Tensor], start: Tensor, count: Tensor) -> Tensor:
    """`start` plus every `term(k)`, in a loop: a tree of additions may be rewritten to one AddN with another order."""
    tf = tensorflow()
    _, total = tf.while_loop(
        lambda k, _: k < count,
        lambda k, now: (k + 1, now + term(k)),
        (tf.constant(0), start),
        (tf.TensorShape([]), start.shape),
    )
    return total
