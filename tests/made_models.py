"""Small models made for tests, exported: what they answer can be told by looking at what they are sent."""

from __future__ import annotations

from pathlib import Path

from workbench.core.export import export
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.spec.defaults import default_project


def pair_export(folder: Path) -> Path:
    """Two pictures, `left` (alias `input`) and `right`; the answer is the mean of each, so that a mix-up shows."""
    tensorflow()
    import keras

    inputs = [keras.Input((8, 8, 3), name="left"), keras.Input((4, 6, 3), name="right")]
    means = [keras.layers.GlobalAveragePooling2D()(x) for x in inputs]
    keras.Model(inputs, keras.layers.Concatenate()(means)).save(folder / "pair.keras")
    project = default_project(inspect(folder / "pair.keras"), "pair.keras", reader="tf1")
    return Path(export(project, folder).path)


def sum_export(folder: Path) -> Path:
    """No picture: the sum of three `numbers`, and an id."""
    tensorflow()
    import keras

    inputs = keras.Input((3,), name="numbers")
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(inputs))
    model.save(folder / "sum.keras")
    return Path(export(default_project(inspect(folder / "sum.keras"), "sum.keras"), folder).path)
