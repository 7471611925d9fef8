"""`skimage.transform.resize` in the graph, against scikit-image itself, on sizes of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pictures import noise, photo
from skimage.transform import resize

from workbench.core.export.pixels.spline_zoom import Zoom, zoomed
from workbench.core.lazy import tensorflow

SIZES = [(1, 1), (1, 5), (6, 1), (2, 3), (7, 5), (16, 16), (33, 61), (97, 64), (301, 200)]
"""Heights and widths, of the images and of what they become: every pair is tried."""


def traced(how: Zoom) -> Any:
    tf = tensorflow()
    specs = [tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([2], tf.int32)]
    return tf.function(lambda image, size: zoomed(image, (size[0], size[1]), how), specs, autograph=False)


@pytest.mark.parametrize(("order", "smoothed"), [(0, False), (1, True), (1, False), (3, True), (3, False)])
def test_every_order_is_scikit_images_within_a_hundred_thousandth(order: int, smoothed: bool) -> None:
    act = traced(Zoom(order, smoothed))
    for number, before in enumerate(SIZES):
        image = np.asarray(photo(*before, seed=number)) if number % 2 else noise(*before, 3, seed=number)
        for after in SIZES:
            wanted = resize(image, after, order=order, anti_aliasing=None if smoothed else False)
            wanted = wanted / 255 if wanted.dtype == np.uint8 else wanted
            got = act(image, np.array(after, "int32")).numpy() / 255
            np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5)


def test_an_image_of_several_strips_is_met() -> None:
    image = np.asarray(photo(901, 1203))
    for order in (1, 3):
        got = traced(Zoom(order, True))(image, np.array([224, 224], "int32")).numpy() / 255
        np.testing.assert_allclose(got, resize(image, (224, 224), order=order), rtol=0, atol=1e-5)
