"""Writes the .h5 and .keras of this folder with an earlier Keras 3, and beside each the model's own answers.

Run with Keras 3.3.3 and 3.10.0 on TensorFlow 2.21 (`pip install --no-deps --target DIR keras==3.3.3 dm-tree`,
`PYTHONPATH=DIR python record.py`); the recordings were made on 2026-11-30.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

ops, layers = keras.ops, keras.layers
HERE = Path(__file__).parent


def moved_arguments() -> Any:
    """Operations whose arguments later releases give to the constructor."""
    x = keras.Input((6,), name="numbers")
    close = ops.isclose(x, ops.zeros_like(x), 1e-3, 0.5) if RECENT else ops.isclose(x, ops.zeros_like(x))
    near = ops.cast(close, "float32")
    part = ops.slice(x, (0, 1), (2, 3))
    y = ops.ones_like(x) * 2 + near + ops.full_like(x, 0.25) + ops.sum(part)
    return keras.Model(x, layers.Dense(2, kernel_initializer="ones")(y - x))


def model_in_a_sequence() -> Any:
    """A functional model that a Sequential calls: its single tensors were written as lists of one."""
    inner = keras.Input((4,))
    block = keras.Model(inner, ops.relu(layers.Dense(4)(inner)) * 0.5 + inner)
    return keras.Sequential([keras.Input((4,), name="numbers"), block, layers.BatchNormalization(), layers.Dense(2)])


RECENT = tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 5)

if __name__ == "__main__":
    for build in (moved_arguments, model_in_a_sequence):
        dice = np.random.default_rng(0)
        model = build()
        for weight in model.weights:
            weight.assign(np.abs(dice.normal(size=weight.shape)) + 0.2)
        given = dice.normal(size=(3, *model.inputs[0].shape[1:])).astype("float32")
        path = HERE / f"{build.__name__}_{keras.__version__}.h5"
        model.save(path)
        model.save(path.with_suffix(".keras"))
        np.savez(path.with_suffix(".npz"), x=given, y=model.predict(given, verbose=0))
    sys.exit(0)
