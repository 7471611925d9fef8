"""Each reader against the thing it names: Keras' load_img, tf.data's reading, TF 1's resize."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from pictures import read
from PIL import Image

from workbench.core.export.pixels.decoders import DECODERS
from workbench.core.export.pixels.values import scaled
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Formats
from workbench.spec.reader_family import KERNELS, Library
from workbench.spec.scale import parse_scale

SIZES = [(64, 64), pytest.param((224, 200), marks=pytest.mark.heavy), (17, 301)]


def test_every_library_has_a_decoder() -> None:
    assert set(DECODERS) == set(get_args(Library))


@pytest.fixture(scope="module")
def keras() -> Any:
    tensorflow()
    import tf_keras

    return tf_keras


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_load_img_is_met_to_the_last_bit(keras: Any, reference_images: list[Path], kernel: str, size: Any) -> None:
    expected = [
        keras.utils.img_to_array(keras.utils.load_img(p, target_size=size, interpolation=kernel))
        for p in reference_images
    ]
    got = read([p.read_bytes() for p in reference_images], size=size, reader=f"load_img:{kernel}")
    np.testing.assert_array_equal(got, np.stack(expected))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_fast_stays_within_what_is_said_of_it(reference_images: list[Path], kernel: str, size: Any) -> None:
    data = [p.read_bytes() for p in reference_images]
    exact = read(data, size=size, reader=f"load_img:{kernel}")
    difference = np.abs(exact - read(data, size=size, reader=f"load_img:{kernel}", exact=False))
    assert difference.max() <= 1
    assert difference.mean() < 0.003


@pytest.mark.parametrize("kernel", ["nearest", "bilinear"])
def test_load_img_in_grey_is_met_to_the_last_bit(keras: Any, reference_images: list[Path], kernel: str) -> None:
    expected = [
        keras.utils.img_to_array(
            keras.utils.load_img(p, target_size=(48, 48), interpolation=kernel, color_mode="grayscale")
        )
        for p in reference_images
    ]
    got = read([p.read_bytes() for p in reference_images], 1, size=(48, 48), reader=f"load_img:{kernel}")
    np.testing.assert_array_equal(got, np.stack(expected))


def test_image_dataset_is_met_exactly(keras: Any, reference_images: list[Path], tmp_path: Path) -> None:
    for path in reference_images:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    dataset = keras.utils.image_dataset_from_directory(
        tmp_path, labels=None, image_size=(96, 80), shuffle=False, batch_size=99
    )
    expected = next(iter(dataset)).numpy()
    ordered = sorted(reference_images, key=lambda p: p.name)
    got = read([p.read_bytes() for p in ordered], size=(96, 80), reader="image_dataset")
    np.testing.assert_array_equal(got, expected)


def test_tf1_is_met_exactly(reference_images: list[Path]) -> None:
    tf = tensorflow()
    expected = [
        tf.compat.v1.image.resize_bilinear(tf.io.decode_jpeg(p.read_bytes(), channels=3)[None], (64, 48)).numpy()[0]
        for p in reference_images
    ]
    got = read([p.read_bytes() for p in reference_images], size=(64, 48), reader="tf1")
    np.testing.assert_array_equal(got, np.stack(expected))


@pytest.mark.parametrize("formats", ["jpeg+png", "any"])
def test_a_png_is_read_as_load_img_reads_it(keras: Any, tmp_path: Path, formats: Formats) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (50, 70, 3)).astype("uint8")
    Image.fromarray(picture).save(tmp_path / "p.png")
    expected = keras.utils.img_to_array(
        keras.utils.load_img(tmp_path / "p.png", target_size=(32, 32), interpolation="bilinear")
    )
    got = read([(tmp_path / "p.png").read_bytes()], size=(32, 32), reader="load_img:bilinear", formats=formats)
    np.testing.assert_array_equal(got[0], expected)


def test_a_batch_may_mix_the_declared_formats() -> None:
    data = []
    for form in ("PNG", "JPEG"):
        out = io.BytesIO()
        Image.new("RGB", (40, 30), (10, 200, 90)).save(out, form)
        data.append(out.getvalue())
    got = read(data, size=(8, 8), reader="load_img:box", formats="jpeg+png")
    assert np.abs(got[0] - got[1]).max() <= 2


@pytest.mark.parametrize(
    ("scale", "mode"), [("-1..1", "tf"), ("caffe", "caffe"), ("torch", "torch")], ids=["tf", "caffe", "torch"]
)
def test_scales_are_those_of_keras_applications(keras: Any, scale: str, mode: str) -> None:
    picture = np.random.default_rng(4).integers(0, 256, (2, 9, 9, 3)).astype("float32")
    expected = keras.applications.imagenet_utils.preprocess_input(picture.copy(), mode=mode)
    got = scaled(tensorflow().constant(picture), parse_scale(scale)).numpy()
    np.testing.assert_allclose(got, expected, atol=2e-6, rtol=1e-6)


def test_rescale_and_featurewise_scales_are_those_of_image_data_generator(keras: Any) -> None:
    picture = np.random.default_rng(5).integers(0, 256, (1, 9, 9, 3)).astype("float32")
    generator = keras.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255, featurewise_center=False, featurewise_std_normalization=False
    )
    expected = generator.standardize(picture[0].copy())
    np.testing.assert_array_equal(scaled(tensorflow().constant(picture), parse_scale("0..1")).numpy()[0], expected)
    featurewise = keras.preprocessing.image.ImageDataGenerator(
        featurewise_center=True, featurewise_std_normalization=True
    )
    featurewise.mean, featurewise.std = np.array([120.0, 110.0, 100.0]), np.array([60.0, 50.0, 40.0])
    got = scaled(tensorflow().constant(picture), parse_scale("mean/std:120,110,100/60,50,40")).numpy()[0]
    np.testing.assert_allclose(got, featurewise.standardize(picture[0].copy()), atol=1e-5)
