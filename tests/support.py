"""What tests of several floors use: paths of the reference data, and facts made by hand."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from workbench.spec.defaults import default_project
from workbench.spec.model import ModelFacts, Shape, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.signature import Composition, compose

REFERENCE = Path(__file__).parent / "data" / "reference"
"""Models, images and recorded outputs of the 2018 stack."""


def facts(*inputs: tuple[str, Shape], outputs: tuple[tuple[str, Shape], ...] = (("scores", (None, 3)),)) -> ModelFacts:
    return ModelFacts(
        path="m.h5",
        sha256="0" * 64,
        bytes=1,
        format="h5",
        keras_version="2.2.4",
        backend="tensorflow",
        class_name="Model",
        layers=2,
        parameters=9,
        inputs=tuple(TensorFacts(n, "float32", s) for n, s in inputs),
        outputs=tuple(TensorFacts(n, "float32", s) for n, s in outputs),
        loads_with="tf_keras",
    )


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reading(project: Project) -> Preprocess:
    """How a project reads its picture, where there is one."""
    assert project.preprocess is not None
    return project.preprocess


def changed(project: Project, **changes: object) -> Project:
    """The project with other `[preprocess]` settings."""
    return msgspec.structs.replace(project, preprocess=msgspec.structs.replace(reading(project), **changes))


IMAGE = ("image", (None, 64, 48, 3))


def composed(given: ModelFacts, **keys: object) -> Composition:
    """The signatures of a model by its default project, with other `keys` in the table of the signature."""
    project = default_project(given, "m.h5")
    signature = msgspec.structs.replace(project.signature, **keys)
    return compose(given, msgspec.structs.replace(project, signature=signature))
