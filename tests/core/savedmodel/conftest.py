"""SavedModels of every kind, written by TensorFlow's Python; and the exports of the reference models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from native_models import write_identities, write_lookup
from support import REFERENCE

from workbench.core.export import export
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.native_tensors import live_tensors
from workbench.spec.project import Project


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """No test of this folder leaves a tensor behind."""
    before = live_tensors()
    yield
    assert live_tensors() == before


@pytest.fixture(scope="session")
def export_in(reference_project: Callable[[str], Project]) -> Callable[[str, str], Path]:
    """The export of a reference model in a layout (the cache makes it once)."""

    def made(name: str, layout: Any) -> Path:
        project = reference_project(name)
        settings = msgspec.structs.replace(project.export, layout=layout)
        return Path(export(msgspec.structs.replace(project, export=settings), REFERENCE).path)

    return made


@pytest.fixture(scope="session")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signature of every dtype, whose output is its input; and constants, a variable and a resource within."""
    return write_identities(tmp_path_factory.mktemp("identities") / "model")


@pytest.fixture(scope="session")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TF 2 export with a variable and a table that its loader fills from an asset."""
    return write_lookup(tmp_path_factory.mktemp("lookup"))


@pytest.fixture
def native(identities: Path) -> Iterator[NativeSession]:
    """The identities in a session of the C API."""
    session = NativeSession(identities)
    yield session
    session.close()
