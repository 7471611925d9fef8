"""Resizes of every family on sizes of every kind, up, down and odd, to the last bit; one trace for each reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pictures import Array, noise, photo
from PIL import Image

from workbench.core.export.resizes import resizer
from workbench.core.lazy import keras3, tensorflow
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS, parse_reader

SIZES = [(1, 1), (1, 5), (6, 1), (2, 3), (7, 5), (16, 16), (33, 61), (97, 64), (40, 56)]
"""Heights and widths, of the images and of what they become: every pair is tried."""

TENSORFLOW = [name for name, reader in READERS.items() if reader.family == "tf"]


def images() -> Iterator[Array]:
    for number, size in enumerate(SIZES):
        yield np.asarray(photo(*size, seed=number)) if number % 2 else noise(*size, 3, seed=number)


def traced(name: str) -> Callable[[Array, tuple[int, int]], Array]:
    """The resize of a reader in a graph that knows no size."""
    tf = tensorflow()
    by = resizer(Preprocess(size=(1, 1), reader=name), parse_reader(name))
    specs = [tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([2], tf.int32)]
    made = tf.function(lambda image, size: by.resize(image, (size[0], size[1])), specs, autograph=False)
    return lambda image, size: np.asarray(made(image, np.array(size, "int32")), "float32")


@pytest.mark.parametrize("name", TENSORFLOW)
def test_a_method_of_tf_image_gives_what_a_tf_data_pipeline_gives(name: str) -> None:
    tf, resized = tensorflow(), traced(name)
    options = {"method": parse_reader(name).kernel, "antialias": name.endswith("+antialias")}
    given, spec = list(images()), tf.TensorSpec([None, None, 3], "uint8")
    dataset = tf.data.Dataset.from_generator(lambda: iter(given), output_signature=spec)
    for size in SIZES:
        made = dataset.map(lambda x, s=size: tf.image.resize(x, s, **options))
        for image, wanted in zip(given, made, strict=True):
            np.testing.assert_array_equal(resized(image, size), np.asarray(wanted, "float32"))


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.family == "keras_resizing"])
def test_keras_resizing_of_whole_numbers_is_met(name: str) -> None:
    resized, kernel = traced(name), parse_reader(name).kernel
    for size in SIZES[::2]:
        layer = keras3().layers.Resizing(*size, interpolation=kernel, antialias=name.endswith("+antialias"))
        for image in images():
            wanted = layer(image)
            assert wanted.dtype == "uint8"
            np.testing.assert_array_equal(resized(image, size), np.asarray(wanted, "float32"))


def as_scipy(image: Array, size: tuple[int, int], kernel: str) -> Array:
    """`scipy.misc.imresize` of SciPy 1.1 as its documentation has it: `bytescale` where it is no uint8, then Pillow."""
    if image.dtype != np.uint8:
        low, high = image.min(), image.max()
        scale = np.float32(255.0 / np.float64(high - low if high > low else 1))
        image = (((image - low) * scale).clip(0, 255) + np.float32(0.5)).astype("uint8")
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling[kernel.upper()]), "float32")


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.family == "imresize"])
def test_imresize_stretches_floats_and_leaves_whole_numbers(name: str) -> None:
    resized, reader = traced(name), parse_reader(name)
    dim = [np.clip(image // 3 + 40, 0, 255).astype("uint8") for image in images()]
    for image in (*dim, np.full((5, 4, 3), 77, "uint8")):
        given = image.astype("float32") if reader.variant == "float" else image
        for size in SIZES[1::2]:
            np.testing.assert_array_equal(resized(image, size), as_scipy(given, size, reader.kernel))
