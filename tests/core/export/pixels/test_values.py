"""Steps that compute with values: the graph against Keras and TensorFlow themselves, in the order they stand in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import Array, photo

from workbench.core.export.pixels.values import computed
from workbench.core.lazy import tensorflow
from workbench.core.training.pixel_scaling import as_input
from workbench.spec.preprocess import Preprocess
from workbench.spec.step_files import located
from workbench.spec.step_rules import channel_and_value_steps


@pytest.fixture(scope="module")
def batch() -> Array:
    return np.stack([np.asarray(photo(20, 24, seed), "float32") for seed in range(3)])


def serving(batch: Array, settings: Preprocess) -> Array:
    """What the graph makes of the batch."""
    steps = channel_and_value_steps(settings)
    spec = [tensorflow().TensorSpec([None, *batch.shape[1:]])]
    return np.asarray(tensorflow().function(lambda x: computed(x, steps), spec, autograph=False)(batch))


def settings_of(*steps: str) -> Preprocess:
    return Preprocess(size=(20, 24), steps=steps)


LISTS: list[tuple[str, ...]] = [
    ("per_image_standardization",),
    ("samplewise_center",),
    ("samplewise_center", "samplewise_std"),
    ("multiply 0.00392156862745098", "samplewise_std"),
    ("featurewise_center 120,110,100", "featurewise_std 60,50,40"),
    ("reverse_channels", "subtract 103.939,116.779,123.68", "divide 57.5", "multiply 1,2,3"),
    ("scale caffe", "reverse_channels", "scale -1..1"),
    ("divide 255", "subtract 0.485,0.456,0.406", "divide 0.229,0.224,0.225"),
]


@pytest.mark.parametrize("steps", LISTS, ids=["+".join(steps) for steps in LISTS])
def test_the_graph_computes_what_the_libraries_compute(batch: Array, steps: tuple[str, ...]) -> None:
    wanted = as_input(batch, settings_of(*steps))
    assert wanted.dtype == np.float32
    np.testing.assert_allclose(serving(batch, settings_of(*steps)), wanted, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (1, 1, 3), (20, 24, 3)])
def test_a_generators_whole_order_is_met_with_its_mean_and_std_from_files(
    batch: Array, tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    """preprocessing_function, rescale, samplewise, featurewise: as `ImageDataGenerator.standardize` has them."""
    random = np.random.default_rng(2)
    # That of Keras 3; the training path runs that of tf_keras.
    generator = tensorflow().keras.preprocessing.image.ImageDataGenerator(
        featurewise_center=True,
        featurewise_std_normalization=True,
        samplewise_center=True,
        samplewise_std_normalization=True,
        rescale=1 / 255,
        preprocessing_function=lambda x: x[..., ::-1] - np.array([1, 2, 3], "float32"),
    )
    generator.mean, generator.std = random.random(shape).astype(dtype), random.random(shape).astype(dtype)
    np.save(tmp_path / "mean.npy", generator.mean)
    np.savez(tmp_path / "stats.npz", std=generator.std, mean=0)
    steps = ("reverse_channels", "subtract 1,2,3", f"multiply {1 / 255!r}", "samplewise_center", "samplewise_std")
    settings = settings_of(*steps, "featurewise_center mean.npy", "featurewise_std stats.npz")
    got = serving(batch, located(settings, tmp_path))
    wanted = np.stack([generator.standardize(one.copy()) for one in batch])
    largest = np.abs(wanted).max()
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6 * largest)


def test_per_image_standardization_is_tensorflows_own(batch: Array) -> None:
    settings = settings_of("per_image_standardization")
    wanted = np.stack([tensorflow().image.per_image_standardization(one) for one in batch])
    np.testing.assert_allclose(serving(batch, settings), wanted, rtol=2e-6, atol=2e-6)
    flat = np.full_like(batch, 200)
    assert not serving(flat, settings).any()  # A flat picture has no deviation to divide by.


def test_numbers_of_double_precision_are_subtracted_in_double(tmp_path: Path, batch: Array) -> None:
    np.save(tmp_path / "mean.npy", np.array([1 / 3, 200 + 1e-6, 0.1]))
    settings = located(settings_of("featurewise_center mean.npy"), tmp_path)
    np.testing.assert_array_equal(serving(batch, settings), as_input(batch, settings))


def test_numbers_written_in_a_step_are_those_of_the_text(batch: Array) -> None:
    wanted = batch - np.array([1, 2, 3], "float32")
    for texts in (("subtract 1,2,3",), ("featurewise_center 1,2,3",)):
        np.testing.assert_array_equal(serving(batch, settings_of(*texts)), wanted)
        np.testing.assert_array_equal(as_input(batch, settings_of(*texts)), wanted)
