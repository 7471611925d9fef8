"""Records which pixels INTER_NEAREST_EXACT takes, and the grey levels of cvtColor, in the OpenCV that runs this.

    python tests/data/record_opencv.py RELEASE

adds them to opencv.npz under that name. Needs numpy and opencv-python-headless of the release, nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

FILE = Path(__file__).with_name("opencv.npz")
SIDES = [(n, m) for n in (1, 2, 3, 7, 50, 97, 224, 255, 640, 1024, 4000) for m in (1, 2, 5, 49, 64, 150, 224, 299)]


def taken(length: int, size: int) -> Any:
    """The source pixel of each of `size` output pixels, read off an image whose columns are numbered."""
    numbers = np.arange(length)
    columns = np.stack([numbers % 256, numbers // 256, numbers * 0], -1).astype("uint8")[None]
    made = cv2.resize(columns, (size, 1), interpolation=cv2.INTER_NEAREST_EXACT)[0].astype("uint16")
    return made[:, 0] + made[:, 1] * 256


def main(release: str) -> None:
    """Add a release to the file."""
    held = dict(np.load(FILE)) if FILE.exists() else {}
    if hasattr(cv2, "INTER_NEAREST_EXACT"):
        held[f"{release}|nearest_exact"] = np.concatenate([taken(n, m) for n, m in SIDES])
    colours = np.random.default_rng(0).integers(0, 256, (1, 4000, 3)).astype("uint8")
    held[f"{release}|grey"] = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)[0]
    np.savez_compressed(FILE, **held)
    print(release, cv2.__version__, FILE.stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
