"""Models that benchmarks make on the spot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

_MOBILENET: Final = """
import sys
import keras
keras.utils.set_random_seed(0)
keras.applications.MobileNetV2(weights=None).save(sys.argv[1])
"""


def mobilenet_v2(folder: Path) -> Path:
    """MobileNetV2 for pictures of 224 pixels with random weights, written to the folder by a process of its own."""
    path = folder / "mobilenet_v2.h5"
    subprocess.run([sys.executable, "-c", _MOBILENET, str(path)], check=True, capture_output=True)
    return path
