"""Exports with pictures, features and keys of many kinds, made once for all tests of predicting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from made_models import pair_export, sum_export
from support import REFERENCE

from workbench.core.export import export
from workbench.core.predict import Predictor
from workbench.spec.project import Project
from workbench.spec.settings import Passthrough


@pytest.fixture(scope="session")
def features() -> dict[str, dict[str, object]]:
    """The reference images' features by file name."""
    with np.load(REFERENCE / "image_and_features_expected.npz") as file:
        pairs = zip(file["names"], file["features"], strict=True)
        return {str(name): {"Features": values.tolist()} for name, values in pairs}


@pytest.fixture(scope="package")
def with_features(exported: Callable[[str], Path]) -> Iterator[Predictor]:
    """The reference model with an image and eight features."""
    found = Predictor(exported("image_and_features"))
    yield found
    found.close()


@pytest.fixture(scope="package")
def with_keys(reference_project: Callable[[str], Project]) -> Path:
    """An export that passes a number, a flag, a box (renamed) and a list of words through."""
    project = reference_project("tiny_cnn")
    keys = (
        "metadata",
        Passthrough("shop", dtype="int64"),
        Passthrough("flag", dtype="bool"),
        Passthrough("box", "crop", "float32", (2, 2)),
        Passthrough("words", "", "string", (2,)),
    )
    signature = msgspec.structs.replace(project.signature, passthrough=keys)
    made = export(msgspec.structs.replace(project, signature=signature), REFERENCE)
    return Path(made.path)


@pytest.fixture(scope="package")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with two pictures."""
    return pair_export(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="package")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export without any picture."""
    return sum_export(tmp_path_factory.mktemp("sum"))


@pytest.fixture
def opened() -> Iterator[Callable[..., Predictor]]:
    """Opens exports; closed when the test ends."""
    found: list[Predictor] = []

    def make(path: Path, **options: Any) -> Predictor:
        found.append(Predictor(path, **options))
        return found[-1]

    yield make
    for predictor in found:
        predictor.close()
