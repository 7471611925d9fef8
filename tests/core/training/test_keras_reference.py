"""The Keras model by its own structure: its names are those of the file's facts, its answers those of `predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_models import LIBRARIES, library

from workbench.core.model import load
from workbench.core.training.keras_reference import KerasReference

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(
    ("structure", "names"),
    [
        (lambda state, cell, other: [state, other, cell], ["lstm", "lstm_1", "lstm_2"]),
        (lambda state, cell, other: [state, cell, other], ["lstm", "lstm_2", "lstm_1"]),
        (lambda state, cell, other: [state, {"lstm": other}, cell], ["lstm_1", "lstm", "lstm_2"]),
        (lambda state, cell, other: [other, {"a": state}, {"lstm_1": cell}], ["lstm_1_1", "a", "lstm_1"]),
    ],
)
def test_tensors_whose_layers_names_fall_together_are_named_as_in_the_facts(
    name: str, structure: Any, names: list[str], tmp_path: Path
) -> None:
    """Layers of Keras' own names, `lstm` with two outputs and `lstm_1`: each library numbers them in its own way."""
    keras = library(name)
    steps = keras.Input((4, 3), name="steps")
    _, state, cell = keras.layers.LSTM(2, return_state=True, name="lstm")(steps)
    other = keras.layers.GRU(2, name="lstm_1")(steps)
    model = keras.Model(steps, structure(state, cell, other))
    model.save(tmp_path / ("m.keras" if name == "keras" else "m.h5"))
    x = np.random.default_rng(0).normal(size=(3, 4, 3)).astype("float32")
    expected = keras.Model(steps, [tensor for _, tensor in _flat(structure(state, cell, other))]).predict(x, verbose=0)
    loaded = load(next(tmp_path.iterdir()))
    reference = KerasReference(loaded.keras_model)
    assert [t.name for t in loaded.facts.outputs] == reference.outputs == names
    answers = reference.predict({"steps": x})
    for own, given, name in zip(expected, loaded.predict([x]), names, strict=True):
        np.testing.assert_allclose(given, own, atol=1e-6)
        np.testing.assert_allclose(answers[name], own, atol=1e-6)


def _flat(structure: list[Any]) -> list[tuple[str, Any]]:
    """The tensors in the author's order; a dict here has one."""
    return [next(iter(part.items())) if isinstance(part, dict) else ("", part) for part in structure]
