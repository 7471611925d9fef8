"""What the import of TensorFlow brings with it, and what it leaves for later."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.core.lazy import keras3, legacy_keras

FRESH = """
import gc, sys
from workbench.core.check import tensorflow_fork
from workbench.core.lazy import either_keras, import_tensorflow, keras3, legacy_keras, tensorflow
tf = import_tensorflow()
assert tensorflow_fork.has_one_thread() or sys.platform != "linux"
ours = {name for name in sys.modules if name.startswith("workbench.")} - {"workbench.core", "workbench.core.check"}
assert ours == {"workbench.core.lazy", "workbench.core.check.tensorflow_fork", "workbench.core.check.load_worker"}
assert tensorflow() is tf
assert "keras" not in sys.modules and "keras.src.optimizers" not in sys.modules
assert gc.isenabled()
import tf_keras
assert either_keras() is legacy_keras() is tf_keras and "keras" not in sys.modules
from tensorflow.keras.layers import Dense
import keras
assert Dense is tf.keras.layers.Dense is keras.layers.Dense
assert issubclass(tf.optimizers.Adam, keras.optimizers.Optimizer)
assert either_keras() is keras3() is keras and gc.isenabled()
"""


def test_tensorflow_comes_alone_and_keras_3_when_it_is_needed() -> None:
    """In a process that can be forked until then, and that TensorFlow knows Keras 3 in afterwards."""
    subprocess.run([sys.executable, "-c", FRESH], check=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})


@pytest.mark.parametrize("mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"])
@pytest.mark.parametrize("keep_aspect_ratio", [False, True])
def test_images_are_loaded_alike_by_both_libraries(mode: str, kernel: str, keep_aspect_ratio: bool) -> None:
    data = io.BytesIO()
    levels = np.random.default_rng(0).integers(0, 256, (37, 53, 4), "uint8")
    Image.fromarray(levels).save(data, "PNG")
    options: dict[str, Any] = {"color_mode": mode, "interpolation": kernel, "keep_aspect_ratio": keep_aspect_ratio}
    ours, theirs = (
        keras.utils.img_to_array(keras.utils.load_img(data, target_size=(24, 20), **options), dtype="float32")
        for keras in (keras3(), legacy_keras())
    )
    assert ours.shape == (24, 20, {"grayscale": 1, "rgb": 3, "rgba": 4}[mode])
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("mode", ["tf", "caffe", "torch"])
def test_pixels_are_scaled_alike_by_both_libraries(mode: str) -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 5, 4, 3)).astype("float32")
    ours, theirs = (
        keras.applications.imagenet_utils.preprocess_input(pixels.copy(), data_format="channels_last", mode=mode)
        for keras in (keras3(), legacy_keras())
    )
    assert not np.array_equal(ours, pixels)
    np.testing.assert_array_equal(ours, theirs)
