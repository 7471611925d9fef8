"""Means and deviations of a data set, from the files of numbers that steps name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.spec.errors import WorkbenchError
from workbench.spec.step_forms import BAD_STEP
from workbench.spec.steps import Featurewise, Moment

Array = npt.NDArray[Any]


def statistics_of(step: Featurewise, shape: tuple[int | None, int | None, int]) -> Array:
    """A step's numbers for an image `(height, width, channels)`; sides may be of any length (`None`).

    They have the file's dtype, which determines how numpy computes with them; numbers written in the step are float32.
    Raises `WorkbenchError` BAD_STEP for a file without such numbers for images of that shape.
    """
    if not step.file:
        return np.asarray(step.numbers, "float32")
    path = Path(step.file)
    found = _read(path, step.moment)
    if found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        raise _bad(path, "holds something other than finite numbers")
    if step.moment == "std" and (found < 0).any():
        raise _bad(path, "holds deviations below 0")
    if not _fits(found.shape, shape):
        wanted = f"({shape[-1]},) or {tuple(side or '?' for side in shape)}"
        raise _bad(path, f"has the shape {found.shape}, not {wanted}")
    return found


def _read(path: Path, moment: Moment) -> Array:
    """An .npy file's array; an .npz's only array, or the one named mean or std."""
    try:
        # Opened here: numpy leaves the file of a truncated archive open.
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, np.lib.npyio.NpzFile):
                return np.asarray(found)
            return np.asarray(found[found.files[0] if len(found.files) == 1 else moment])
    except FileNotFoundError:
        raise _bad(path, "does not exist") from None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as err:
        raise _bad(path, f"cannot be read: {' '.join(str(err).split())[:200]}") from err


def _fits(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    """One number for all, one per channel (Keras stores them as `(1, 1, channels)`), or one per pixel and channel."""
    per_pixel = len(found) == len(shape) and all(b in (None, a) for a, b in zip(found, shape, strict=True))
    return found in ((), (1,), (shape[-1],), (1, 1, shape[-1])) or per_pixel


def _bad(path: Path, what: str) -> WorkbenchError:
    hint = "Save the mean or deviation with np.save, one number per channel, or one per pixel and channel."
    return WorkbenchError(BAD_STEP, f"The file of numbers {what}.", where=str(path), hint=hint)
