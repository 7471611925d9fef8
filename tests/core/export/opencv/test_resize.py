"""Every kernel against `cv2.resize` itself, and against what other releases of OpenCV gave."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from data.record_opencv import FILE, SIDES
from pictures import Array, noise, photo

from workbench.core.export.opencv.resize import resize
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import Release

FLAGS = {
    "nearest": cv2.INTER_NEAREST,
    "nearest_exact": cv2.INTER_NEAREST_EXACT,
    "linear": cv2.INTER_LINEAR,
    "linear_exact": cv2.INTER_LINEAR_EXACT,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
    "lanczos4": cv2.INTER_LANCZOS4,
}
EXACT = [kernel for kernel in FLAGS if kernel != "cubic"]

NAMED = [
    ((480, 640), (224, 224)),
    ((300, 201), (100, 67)),
    ((97, 211), (64, 64)),  # Sides of which neither divides the other.
    ((448, 448), (224, 224)),  # Halved: AREA, LINEAR and LINEAR_EXACT are the same.
    ((301, 300), (150, 150)),
    ((90, 60), (30, 20)),
    ((100, 100), (50, 25)),
    ((100, 50), (100, 25)),
    ((4, 512), (4, 224)),  # One side stays.
    ((64, 64), (96, 32)),  # One side grows.
    ((40, 30), (224, 224)),
    ((5, 5), (5, 5)),
    ((1, 1), (7, 5)),
    ((1, 50), (7, 5)),
    ((50, 1), (7, 5)),
    ((3, 3), (9, 9)),
    ((2, 3), (5, 7)),
    ((7, 900), (3, 2)),
    ((900, 7), (2, 3)),
    ((600, 600), (1, 1)),
    ((513, 257), (2, 1)),
]
"""Sizes (height, width) and what they become."""


def sizes(count: int, seed: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    random = np.random.default_rng(seed)
    for high, broad in zip(random.integers(1, 300, (count, 2)), random.integers(1, 260, (count, 2)), strict=True):
        yield (int(high[0]), int(high[1])), (int(broad[0]), int(broad[1]))


@functools.cache
def graph(kernel: str, release: Release = "5", channels: int = 3) -> Callable[[Array, tuple[int, int]], Array]:
    """The kernel traced once for images of any size, run as TensorFlow's optimisers leave it."""
    tf = tensorflow()
    signature = [tf.TensorSpec([None, None, channels], tf.uint8), tf.TensorSpec([2], tf.int32)]
    made = tf.function(lambda x, s: resize(x, (s[0], s[1]), kernel, release), signature, autograph=False)
    return lambda image, size: np.asarray(made(image, np.array(size, "int32")))


def image(shape: tuple[int, int], channels: int, seed: int) -> Array:
    """Every other one smooth as a photograph, every other one noise; both reach 0 and 255."""
    pixels = noise(*shape, 3, seed=seed) if seed % 2 else np.asarray(photo(*shape, seed=seed))
    return np.ascontiguousarray(pixels[..., [0, 1, 2, 0][:channels]])


def resized_by_opencv(pixels: Array, size: tuple[int, int], kernel: str) -> Array:
    made = cv2.resize(pixels, size[::-1], interpolation=FLAGS[kernel])
    return np.asarray(made).reshape(*size, pixels.shape[2])


@pytest.mark.parametrize("kernel", EXACT)
def test_a_kernel_is_met_to_the_last_bit(kernel: str) -> None:
    for seed, (shape, size) in enumerate([*NAMED, *sizes(40, seed=1)]):
        pixels = image(shape, 3, seed)
        got = graph(kernel)(pixels, size)
        np.testing.assert_array_equal(got, resized_by_opencv(pixels, size, kernel), err_msg=f"{shape} {size}")


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("kernel", ["linear", "area", "lanczos4"])
def test_grey_and_four_channels_are_met_to_the_last_bit(kernel: str, channels: int) -> None:
    for seed, (shape, size) in enumerate([*NAMED[:12], *sizes(8, seed=2)]):
        pixels = image(shape, channels, seed)
        got = graph(kernel, channels=channels)(pixels, size)
        np.testing.assert_array_equal(got, resized_by_opencv(pixels, size, kernel), err_msg=f"{shape} {size}")


def differences(kernel: str, release: Release) -> Array:
    """Of all values of all pictures, in levels; for cubic, sizes of several vectors and of none."""
    found = []
    for seed, (shape, size) in enumerate([*NAMED, *sizes(60, seed=3)]):
        pixels = image(shape, 3, seed)
        apart = graph(kernel, release)(pixels, size).astype(int) - resized_by_opencv(pixels, size, kernel)
        found.append(np.abs(apart).ravel())
    return np.concatenate(found)


def test_cubic_stays_within_what_is_said_of_it() -> None:
    found = differences("cubic", "5")
    assert found.max() <= 1
    assert np.mean(found > 0) <= 1e-4


def test_cubic_without_ipp_is_met_to_the_last_bit() -> None:
    cv2.setUseOptimized(False)
    try:
        assert differences("cubic", "4.2").max() == 0
    finally:
        cv2.setUseOptimized(True)


@pytest.mark.parametrize("release", ["5", "4", "4.5", "3.4"])
def test_nearest_exact_is_that_of_the_release(release: Release) -> None:
    recorded = np.load(FILE)[f"{release}|nearest_exact"]
    got = []
    for length, size in SIDES:
        numbers = np.arange(length)
        columns = np.stack([numbers % 256, numbers // 256, numbers * 0], -1).astype("uint8")[None]
        taken = graph("nearest_exact", release)(columns, (1, size))[0].astype(int)
        got.append(taken[:, 0] + taken[:, 1] * 256)
    np.testing.assert_array_equal(np.concatenate(got), recorded)


def test_the_releases_take_different_pixels_so_that_the_choice_is_tested() -> None:
    held = np.load(FILE)
    five, four, older = (held[f"{release}|nearest_exact"] for release in ("5", "4", "4.5"))
    assert (five != four).any()
    assert (four != older).any()
    np.testing.assert_array_equal(older, held["3.4|nearest_exact"])


def test_means_that_lie_on_a_half_are_rounded_as_opencv_rounds_them() -> None:
    """Pictures of two levels, where many sums are halves and the order of adding shows."""
    for shape, size in [((96, 128), (72, 96)), ((120, 120), (48, 48)), ((128, 96), (32, 12)), ((256, 256), (1, 1))]:
        for low, high in (0, 255), (100, 101):
            pixels = np.where(noise(*shape, 3) > 127, high, low).astype("uint8")
            got = graph("area")(pixels, size)
            np.testing.assert_array_equal(got, resized_by_opencv(pixels, size, "area"), err_msg=f"{shape} {size}")


RECORDED = Path(__file__).parents[5] / "shared" / "reference" / "cv2"


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "release"), [("5.0", "5"), ("4.14", "4")])
def test_recorded_results_of_a_release_are_met(name: str, release: Release, reference_images: list[Path]) -> None:
    path = RECORDED / f"expected_{name}.npz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    held, off, count = np.load(path), 0, 0
    sources = {p.name: np.asarray(cv2.imread(str(p)))[..., ::-1] for p in reference_images}
    for key in held.files:
        if "|" not in key:
            continue
        kernel, size, file = key.split("|")
        height, width = (int(side) for side in size.split("x"))
        made = graph(kernel, release if kernel == "nearest_exact" else "5")
        apart = made(np.ascontiguousarray(sources[file]), (height, width)) != held[key]
        assert kernel == "cubic" or not apart.any(), key
        off, count = off + int(apart.sum()), count + apart.size
    assert off <= 1e-4 * count
