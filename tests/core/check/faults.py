"""Faults put into a project, a model or an export on purpose: each is for one check to find."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np

from workbench.core.lazy import tensorflow
from workbench.spec.project import Project


def set_in(project: Project, table: str, **changes: Any) -> Project:
    """The project with other settings in one of its tables."""
    return msgspec.structs.replace(project, **{table: msgspec.structs.replace(getattr(project, table), **changes)})


def doctored(export: Path, into: Path, change: Callable[[Any], None]) -> Path:
    """A copy of an export with its saved_model.pb changed by TensorFlow's own messages."""
    tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    shutil.copytree(export, into)
    message = saved_model_pb2.SavedModel.FromString((into / "saved_model.pb").read_bytes())
    change(message.meta_graphs[0])
    (into / "saved_model.pb").write_bytes(message.SerializeToString(deterministic=True))
    return into


def with_node(op: str, name: str) -> Callable[[Any], None]:
    """A change that adds a node."""

    def change(meta: Any) -> None:
        meta.graph_def.node.add(op=op, name=name)

    return change


def reweighted(model: Path, into: Path, change: Callable[[Any], Any]) -> Path:
    """A copy of an .h5 with every weight that has a shape changed."""
    shutil.copy(model, into)

    def visit(_: str, found: Any) -> None:
        if isinstance(found, h5py.Dataset) and found.shape and found.dtype.kind == "f":
            found[...] = change(np.asarray(found))

    with h5py.File(into, "r+") as file:
        file["model_weights" if "model_weights" in file else "/"].visititems(visit)
    return into
