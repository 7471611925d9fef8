"""Across modules. Quantized models of Keras 3: their exports keep the numbers, and the export says which runtimes
take it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import library

from workbench.core.export import export
from workbench.core.model import inspect
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project


@pytest.mark.parametrize("how", ["int8", "int4", "float8"])
def test_an_export_of_a_quantized_model_keeps_its_numbers(how: str, tmp_path: Path) -> None:
    keras = library("keras")
    keras.utils.set_random_seed(2)
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, layers.Dense(5)(layers.Dense(20, activation="relu")(layers.Flatten()(image))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras names the layers that have nothing to quantize.
        model.quantize(how)
    model.save(tmp_path / "m.keras")
    given = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    answers = _run(tmp_path, {"input": given, "metadata": ["a", "b", "c", "d"]})
    np.testing.assert_allclose(answers, model(given).numpy(), rtol=0, atol=1e-6)


def _run(folder: Path, columns: dict[str, Any]) -> Any:
    result = export(default_project(inspect(folder / "m.keras"), "m.keras"), folder)
    assert result.runtime
    session = ServingSession(Path(result.path))
    try:
        return session.run("tensor", columns)["classes"]
    finally:
        session.close()
