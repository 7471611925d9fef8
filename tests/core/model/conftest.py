"""Small .h5 files made by hand: what a scan must say of them is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

MakeH5 = Callable[..., Path]


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer's configuration in Keras 2's form."""
    return {"class_name": class_name, "config": {"name": name, **config}}


@pytest.fixture
def make_h5(tmp_path: Path) -> MakeH5:
    """Writes a Sequential .h5 with the given layers and attributes; returns its path."""

    def make(layers: list[dict[str, Any]] | None, name: str = "m.h5", **attributes: str) -> Path:
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            weights = file.create_group("model_weights")
            weights.create_dataset("dense/kernel:0", data=np.zeros((4, 3), "float32"))
            if layers is not None:
                config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
                file.attrs["model_config"] = json.dumps(config)
            for key, value in {"keras_version": "2.2.4", "backend": "tensorflow", **attributes}.items():
                file.attrs[key] = value
        return path

    return make
