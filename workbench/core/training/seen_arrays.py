"""Training path: arrays that training's own code made of its images, recorded by file name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.spec.errors import WorkbenchError

Array = npt.NDArray[Any]


def seen_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an `.npz` by file name. Raises `WorkbenchError` BAD_SEEN; pickles are not read."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name], "float32") for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError) as err:
        text = f"It is not an .npz file of arrays by file name: {' '.join(str(err).split())[:200]}."
        hint = "np.savez(path, **{'a.jpg': pixels, ...}) in the training code writes one."
        raise WorkbenchError("BAD_SEEN", text, where=str(path), hint=hint) from err
