"""Opens a SavedModel with the fastest available runtime: TensorFlow's C API, else its Python package."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.c_api import c_api
from workbench.spec.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array, Columns
    from workbench.spec.tensors import SignatureSpec

_log = logging.getLogger(__name__)


class Session(Protocol):
    """A loaded SavedModel, in either runtime."""

    signatures: dict[str, SignatureSpec]

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch; returns one array per output alias, batch first."""

    def fetch(self, tensors: Sequence[str], signature: str, columns: Columns) -> list[Array]:
        """The values of any tensors of the graph, by name, for one batch of a signature."""

    def close(self) -> None:
        """Free the session and its memory."""


def why_python() -> str:
    """Why the C API of the installed TensorFlow cannot be used, in one sentence; empty if it can.

    The first call loads the library.
    """
    try:
        c_api()
    except WorkbenchError as err:
        return str(err)
    return ""


def warm_up() -> None:
    """Load the runtime that `open_session` uses, so that its first call does not have to wait."""
    if why_python():
        tensorflow()


def open_session(directory: Path, tags: tuple[str, ...] = ("serve",), *, optimise: bool = True) -> Session:
    """Load a SavedModel by the C API, else in TensorFlow's Python package. Raises `WorkbenchError` as either of them
    does."""
    if why := why_python():
        _log.info("Exports are run by TensorFlow's Python package: %s", why)
        from workbench.core.savedmodel.session import ServingSession

        return ServingSession(directory, tags, optimise=optimise)
    _log.info("Exports are run by TensorFlow's C API: %s", c_api().path)
    from workbench.core.savedmodel.native_session import NativeSession

    return NativeSession(directory, tags, optimise=optimise)
