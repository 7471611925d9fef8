"""Small .h5 files made by hand, and models as their library saves them: what a scan must say is known."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from saved_models import LIBRARIES, Facts, library

from workbench.core.model import inspect
from workbench.spec.model import ModelFacts

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


@pytest.fixture(params=LIBRARIES)
def keras(request: pytest.FixtureRequest) -> Any:
    """Each library in turn."""
    return library(request.param)


@pytest.fixture
def facts(tmp_path: Path, keras: Any) -> Facts:
    """Saves a model as its library does, and scans the file."""

    def scan(model: Any) -> ModelFacts:
        path = tmp_path / ("m.keras" if keras.__name__ == "keras" else "m.h5")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of HDF5 as a format; that is what is saved here.
            model.save(path)
        return inspect(path)

    return scan
