"""Images that keep their own size. A batch is one array, so all images of a request must have the same size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import MIXED_SIZES, WRONG_SIZE

Tensor = Any

Sides = tuple[int | None, int | None]
"""Height and width that the model requires; `None` for a side of any length."""


def stacked(read: Callable[[Tensor], Tensor], encoded: Tensor, channels: int, parallel: int) -> Tensor:
    """The results of `read` for each of `encoded` `(n,)`, float32 `(n, h, w, channels)`; `parallel` images at once.

    Fails (`InvalidArgumentError`) with `MIXED_SIZES: ...` if they differ in size. `tf.map_fn` alone would fail with
    TensorFlow's message on list shapes, which does not help a caller.
    """
    tf = tensorflow()
    count = tf.shape(encoded)[0]
    images = tf.TensorArray(tf.float32, count, element_shape=(None, None, channels), infer_shape=False)
    sizes = tf.TensorArray(tf.int32, count, element_shape=(2,))

    def step(place: Tensor, images: Any, sizes: Any) -> tuple[Tensor, Any, Any]:
        pixels = read(encoded[place])
        return place + 1, images.write(place, pixels), sizes.write(place, tf.shape(pixels)[:2])

    _, images, sizes = tf.while_loop(
        lambda place, *_: place < count, step, (0, images, sizes), parallel_iterations=parallel
    )
    found = sizes.stack()
    text = f"{MIXED_SIZES}: all images of one request must have the same size, for they are taken as sent."
    same = tf.debugging.Assert(tf.reduce_all(tf.equal(found, found[:1])), [text])
    with tf.control_dependencies([same]):
        # The images depend on the check, so that freezing keeps it.
        return tf.ensure_shape(tf.identity(images.stack()), (None, None, None, channels))


def of_size(pixels: Tensor, taken: Sides) -> Tensor:
    """One image `(h, w, channels)`, unchanged. Fails with `WRONG_SIZE: ...` if the model requires another size."""
    tf = tensorflow()
    wanted = [(side, n) for n, side in enumerate(taken) if side is not None]
    for side, n in wanted:
        what = f"{side} pixels {('high', 'wide')[n]}"
        text = f"{WRONG_SIZE}: this export takes images {what} only, for they are taken as sent."
        with tf.control_dependencies([tf.debugging.Assert(tf.equal(tf.shape(pixels)[n], side), [text])]):
            pixels = tf.identity(pixels)
    return tf.ensure_shape(pixels, (*taken, pixels.shape[-1]))
