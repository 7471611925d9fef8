"""Training path of the cv2 readers: OpenCV itself decodes, rotates, converts to grey and resizes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.spec.errors import WorkbenchError
from workbench.spec.opencv import RELEASES, Release, release_of
from workbench.spec.opencv_differences import asked_of
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Reader

Array = npt.NDArray[Any]

INSTALL: Final = 'pip install "keras-export-workbench[opencv]"'


def check_installed(settings: Preprocess) -> None:
    """Check that the installed OpenCV gives what a cv2 reader's release gives; other readers need no check.

    Raises `WorkbenchError` NO_OPENCV if it is not installed, and OTHER_OPENCV if the two differ for the reader.
    """
    reader = parse_reader(settings.reader)
    if reader.family != "cv2":
        return
    try:
        import cv2
    except ImportError as err:
        text = "Not proved: OpenCV is needed to compute the training path, and it is not installed."
        raise WorkbenchError("NO_OPENCV", text, hint=f"Install it: {INSTALL}") from err
    here = release_of(cv2.__version__)
    if here is None or asked_of(here, settings) != asked_of(settings.opencv, settings):
        wanted = RELEASES[settings.opencv].words
        text = f"Not proved: training used OpenCV {wanted}, and {cv2.__version__}, which is here, reads otherwise."
        hint = f"Install opencv-python-headless {wanted} to run this, or name the release that is here."
        raise WorkbenchError("OTHER_OPENCV", text, hint=hint)


def installed_release() -> Release | None:
    """The release that the OpenCV here belongs to; none where there is none, or one that is not known."""
    try:
        import cv2
    except ImportError:
        return None
    return release_of(cv2.__version__)


def read_by_opencv(data: bytes, settings: Preprocess, channels: int) -> Array:
    """One image as `cv2.imread` and `cv2.resize` read it, but with RGB channel order: float32 `(h, w, channels)`.

    `channels` is 1 or 3. Raises `WorkbenchError` NO_OPENCV, OTHER_OPENCV, CHANNELS, and NOT_READ for bytes that OpenCV
    cannot decode.
    """
    pixels = decode_by_opencv(data, settings, channels)
    if not settings.as_sent:
        pixels = resize_by_opencv(pixels, settings.pixels, parse_reader(settings.reader))
    return np.asarray(pixels, "float32")


def decode_by_opencv(data: bytes, settings: Preprocess, channels: int) -> Array:
    """The decoded image before resizing: uint8."""
    check_installed(settings)
    import cv2

    if channels not in (1, 3):
        raise WorkbenchError("CHANNELS", f"cv2.imread gives no picture of {channels} channels.")
    by_imread = channels == 1 and settings.grey == "imread"
    flags = cv2.IMREAD_GRAYSCALE if by_imread else cv2.IMREAD_COLOR
    if not settings.turns:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, "uint8"), flags)
    if pixels is None:
        raise WorkbenchError("NOT_READ", "OpenCV could not have read it.")
    if channels == 1 and not by_imread:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(pixels).reshape(*pixels.shape[:2], channels)[..., ::-1]


def resize_by_opencv(pixels: Array, size: tuple[int, int], reader: Reader) -> Array:
    """RGB or grey pixels `(h, w, channels)` at (height, width), as `cv2.resize` computes them from BGR."""
    import cv2

    flag = getattr(cv2, f"INTER_{reader.kernel.upper()}")
    turned = np.ascontiguousarray(pixels[..., ::-1])
    found = np.asarray(cv2.resize(turned, size[::-1], interpolation=flag))
    return found.reshape(*size, pixels.shape[-1])[..., ::-1]
