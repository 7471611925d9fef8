"""Training path of the skimage readers: scikit-image itself resizes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Reader

Array = npt.NDArray[Any]

INSTALL: Final = 'pip install "keras-export-workbench[skimage]"'


def check_skimage(settings: Preprocess) -> None:
    """Check that scikit-image is installed for a skimage reader. Raises `WorkbenchError` NO_SKIMAGE."""
    if parse_reader(settings.reader).family != "skimage":
        return
    try:
        import skimage.transform  # noqa: F401 - only whether it can be imported counts
    except ImportError as err:
        text = "Not proved: only scikit-image itself can show what training saw, and it is not installed."
        raise WorkbenchError("NO_SKIMAGE", text, hint=f"Install it: {INSTALL}") from err


def resize_by_skimage(image: Array, size: tuple[int, int], reader: Reader) -> Array:
    """Pixels `(h, w, channels)` at (height, width): float32 pixel values (0-255).

    scikit-image's own range is 0..1; with `preserve_range` it returns the same numbers times 255.
    """
    from skimage.transform import resize

    smoothed = False if reader.variant == "aliased" else None  # None: smoothed if it shrinks, unless the order is 0.
    made = resize(image, size, order=int(reader.kernel), anti_aliasing=smoothed, preserve_range=True)
    return np.asarray(made, "float32")
