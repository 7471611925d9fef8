"""The reference models exported, read with the settings of their recording, made once a run; both Keras libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import REFERENCE

from workbench.core.export import export
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import inspect
from workbench.spec.defaults import default_project
from workbench.spec.project import Project


@pytest.fixture(scope="session")
def reference_project() -> Callable[[str], Project]:
    """A reference model's project with the reader and scale of its recording."""
    return lambda name: default_project(inspect(REFERENCE / f"{name}.h5"), f"{name}.h5", reader="tf1", scale="0..1")


@pytest.fixture(scope="session")
def exported(reference_project: Callable[[str], Project]) -> Callable[[str], Path]:
    """The export of a reference model (the cache makes it once)."""
    return lambda name: Path(export(reference_project(name), REFERENCE).path)


@pytest.fixture(params=["tf_keras", "keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    """Both libraries: of the same layers tf_keras makes a FusedBatchNorm, Keras 3 the arithmetic of it."""
    if request.param == "tf_keras":
        return legacy_keras()
    tensorflow()
    import keras

    return keras
