"""Training path: arrays that training's own code made of its images, recorded by file name."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.spec.errors import WorkbenchError

Array = npt.NDArray[Any]

_UNREADABLE: Final = (
    *(OSError, ValueError, EOFError, KeyError, AttributeError, TypeError, SyntaxError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""What numpy and zipfile raise for a file that is no archive of arrays, or a damaged one."""


def seen_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an `.npz` by file name. Raises `WorkbenchError` BAD_SEEN; pickles are not read."""
    try:
        # Opened here: numpy leaves the file of a cut archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name], "float32") for name in archive.files}
    except _UNREADABLE as err:
        text = f"It is not an .npz file of arrays by file name: {' '.join(str(err).split())[:200]}."
        hint = "np.savez(path, **{'a.jpg': pixels, ...}) in the training code writes one."
        raise WorkbenchError("BAD_SEEN", text, where=str(path), hint=hint) from err
