"""Records what Pillow 13.0.0 makes of the reference images; run it where that Pillow and numpy are installed.

    python tests/data/record_pillow13.py

Each key of the recording is `image|HEIGHTxWIDTH|kernel|fit`, each value the first 16 digits of the SHA-256 of the
pixels; `image` alone is that of the decoded picture itself. "crop" is the box of Keras' `keep_aspect_ratio`.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

HERE = Path(__file__).parent
SIZES = [(64, 64), (224, 224), (100, 40), (17, 301), (299, 150)]
KERNELS = ["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]


def digest(picture: Image.Image) -> str:
    """The pixels in 16 hexadecimal digits."""
    return hashlib.sha256(np.asarray(picture).tobytes()).hexdigest()[:16]


def crop_box(picture: Image.Image, height: int, width: int) -> tuple[int, int, int, int]:
    """`load_img(keep_aspect_ratio=True)`'s box."""
    high = min(picture.height, picture.width * height // width)
    broad = min(picture.width, picture.height * width // height)
    top, left = (picture.height - high) // 2, (picture.width - broad) // 2
    return left, top, left + broad, top + high


def main() -> None:
    """Write `pillow13.npz` beside this file."""
    if PIL.__version__ != "13.0.0":
        sys.exit(f"This records Pillow 13.0.0, not {PIL.__version__}.")
    found: dict[str, str] = {}
    for path in sorted((HERE / "reference" / "images").glob("*.jpg")):
        picture = Image.open(path).convert("RGB")
        found[path.name] = digest(picture)
        for height, width in SIZES:
            for kernel in KERNELS:
                method = Image.Resampling[kernel.upper()]
                key = f"{path.name}|{height}x{width}|{kernel}"
                found[f"{key}|stretch"] = digest(picture.resize((width, height), method))
                box = crop_box(picture, height, width)
                found[f"{key}|crop"] = digest(picture.resize((width, height), method, box=box))
    np.savez_compressed(HERE / "pillow13.npz", keys=list(found), digests=list(found.values()))


if __name__ == "__main__":
    main()
