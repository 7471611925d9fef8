"""Across modules. A model whose weights no single protobuf message holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.core.export import cache, export
from workbench.core.export.write import MAX_FROZEN
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project


@pytest.mark.heavy
def test_a_model_of_two_gigabytes_is_exported_with_its_weights_beside_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensorflow()
    import keras

    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    width = 23_200
    numbers = keras.Input((width,), name="numbers")
    model = keras.Model(numbers, keras.layers.Dense(width, use_bias=False, kernel_initializer="zeros")(numbers))
    weights = np.zeros((width, width), "float32")
    weights[np.arange(width), np.arange(width)[::-1]] = 2.0
    model.set_weights([weights])
    assert weights.nbytes > 2**31 > MAX_FROZEN
    del weights
    model.save(tmp_path / "m.keras")
    del model
    result = export(default_project(inspect(tmp_path / "m.keras"), "m.keras"), tmp_path)
    assert (result.layout, result.runtime) == ("variables", "1.15")
    assert result.bytes > 2**31
    session = ServingSession(Path(result.path))
    given = np.arange(2 * width, dtype="float32").reshape(2, width)
    answer = session.run("serving_default", {"numbers": given, "metadata": ["a", "b"]})
    session.close()
    np.testing.assert_array_equal(answer["classes"], given[:, ::-1] * 2)
