"""Opens a SavedModel with the fastest runtime available: TensorFlow's C API, else its Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from workbench.core.savedmodel.c_api import c_api
from workbench.core.tensor_values import Array, Columns
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec


class Session(Protocol):
    """A loaded SavedModel, whichever runtime it is in."""

    signatures: dict[str, SignatureSpec]

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch; one array an output alias, the batch first."""

    def fetch(self, tensors: Sequence[str], signature: str, columns: Columns) -> list[Array]:
        """The values of any tensors of the graph, by name, for one batch of a signature."""

    def close(self) -> None:
        """Free the session and its memory."""


def why_python() -> str:
    """Why the C API of the installed TensorFlow cannot be used, in one sentence; empty where it can.

    The first call loads the library.
    """
    try:
        c_api()
    except WorkbenchError as err:
        return str(err)
    return ""


def open_session(directory: Path, tags: tuple[str, ...] = ("serve",), *, optimise: bool = True) -> Session:
    """Load a SavedModel: by the C API, else in TensorFlow's Python. Raises `WorkbenchError` as either of them does."""
    if why_python():
        from workbench.core.savedmodel.session import ServingSession

        return ServingSession(directory, tags, optimise=optimise)
    from workbench.core.savedmodel.native_session import NativeSession

    return NativeSession(directory, tags, optimise=optimise)
