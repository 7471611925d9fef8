"""`fit`: the middle cut out, or black bars, each against the function it names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import Array, encoded, photo, read
from PIL import Image, ImageOps

from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError

SIZES = [(64, 64), (17, 301), pytest.param((400, 500), marks=pytest.mark.heavy)]

ODD = [(1, 1), (1, 7), (7, 1), (1, 300), (300, 1), (2, 3), (16, 16), (97, 600), (600, 30), (225, 224), (64, 64)]
"""Heights and widths: single pixels, slivers, a size that fits already, one pixel too many."""


@pytest.fixture(scope="module")
def data(reference_images: list[Path]) -> list[bytes]:
    odd = [encoded(photo(*shape, seed=i)) for i, shape in enumerate(ODD)]
    return [p.read_bytes() for p in reference_images] + odd


@pytest.fixture(scope="module")
def both() -> list[Any]:
    tensorflow()
    import keras
    import tf_keras

    return [tf_keras, keras]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel", ["nearest", "bicubic"])
def test_crop_is_load_imgs_keep_aspect_ratio(both: list[Any], data: list[bytes], kernel: str, size: Any) -> None:
    got = read(data, size=size, reader=f"load_img:{kernel}", fit="crop", formats="jpeg+png")
    for keras in both:
        options = {"target_size": size, "interpolation": kernel, "keep_aspect_ratio": True}
        expected = [np.asarray(keras.utils.load_img(io.BytesIO(d), **options), "float32") for d in data]
        np.testing.assert_array_equal(got, np.stack(expected))


@pytest.mark.parametrize("kernel", ["bilinear", "lanczos", "box", "hamming"])
def test_crop_of_every_other_kernel_reaches_over_the_box_as_pillow_does(
    both: list[Any], data: list[bytes], kernel: str
) -> None:
    got = read(data, size=(64, 48), reader=f"load_img:{kernel}", fit="crop", formats="jpeg+png")
    options = {"target_size": (64, 48), "interpolation": kernel, "keep_aspect_ratio": True}
    expected = [np.asarray(both[1].utils.load_img(io.BytesIO(d), **options), "float32") for d in data]
    np.testing.assert_array_equal(got, np.stack(expected))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "lanczos"])
def test_pad_is_image_ops_pad(data: list[bytes], kernel: str, size: tuple[int, int]) -> None:
    got = read(data, size=size, reader=f"load_img:{kernel}", fit="pad", formats="jpeg+png")
    for d, pixels in zip(data, got, strict=True):
        picture = opened(d)
        if min(picture.size) / max(picture.size) < 0.01:
            # So thin that it rounds to no pixels: Pillow 12 fails, Pillow 13 gives black.
            continue
        expected = ImageOps.pad(picture, size[::-1], Image.Resampling[kernel.upper()])
        np.testing.assert_array_equal(pixels, np.asarray(expected, "float32"))


def test_a_picture_too_thin_for_a_pixel_becomes_black_as_in_pillow_13() -> None:
    got = read([encoded(photo(1, 300))], size=(20, 20), reader="load_img:bilinear", fit="pad", formats="jpeg+png")
    assert got.shape == (1, 20, 20, 3)
    assert not got.any()


def readings(data: list[bytes], folder: Path, size: tuple[int, int], **options: bool) -> Iterator[Array | None]:
    """What `image_dataset_from_directory` itself reads of each image; `None` where it fails."""
    tf = tensorflow()
    from keras.src.utils.image_dataset_utils import paths_and_labels_to_dataset

    paths = [folder / f"{number:02}" for number in range(len(data))]
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)
    dataset = paths_and_labels_to_dataset(
        image_paths=[str(path) for path in paths],
        labels=[0] * len(paths),
        label_mode=None,
        num_classes=0,
        interpolation="bilinear",
        image_size=size,
        num_channels=3,
        data_format="channels_last",
        **options,
    )
    images = iter(dataset)
    for _ in paths:  # One that fails ends no iterator of tf.data: the next one follows.
        try:
            yield next(images).numpy()
        except tf.errors.InvalidArgumentError:
            yield None
    assert next(images, None) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_image_datasets_fits_are_met_exactly(data: list[bytes], tmp_path: Path, fit: str, size: Any) -> None:
    # Sides at random as well: a float32 quotient decides over a row of pixels.
    sides = np.random.default_rng(7).integers(3, 400, (12, 2)).tolist()
    many = data + [encoded(photo(h, w)) for h, w in sides]
    got = read(many, size=size, reader="image_dataset", fit=fit, formats="jpeg+png")
    failed = 0
    for pixels, expected in zip(got, readings(many, tmp_path, size, **{f"{fit}_to_aspect_ratio": True}), strict=True):
        failed += expected is None
        if expected is not None:
            np.testing.assert_array_equal(pixels, expected)
    assert failed <= 4  # Slivers that round to no pixels at all.


@pytest.mark.parametrize("size", SIZES)
def test_tf1s_pad_is_met_exactly(data: list[bytes], size: tuple[int, int]) -> None:
    tf = tensorflow()
    usable = [d for d in data if min(opened(d).size) / max(opened(d).size) > 0.1]
    got = read(usable, size=size, reader="tf1", fit="pad", formats="jpeg+png")
    for d, pixels in zip(usable, got, strict=True):
        decoded = tf.io.decode_image(d, channels=3, expand_animations=False)
        expected = tf.compat.v1.image.resize_image_with_pad(decoded, *size)
        np.testing.assert_array_equal(pixels, expected.numpy())


def test_a_fit_that_nothing_names_is_refused() -> None:
    with pytest.raises(WorkbenchError) as caught:
        read([], size=(8, 8), reader="tf1", fit="crop")
    assert caught.value.code == "BAD_FIT"
