"""Images of many kinds, good and bad, and what a picture is made of."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_models import pair_export
from PIL import Image
from support import REFERENCE


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(scope="session")
def colours() -> Image.Image:
    """A picture in which every pixel tells its place."""
    rows, columns = np.mgrid[0:24, 0:36]
    return Image.fromarray(np.stack([rows * 10, columns * 7, (rows * columns) % 256], -1).astype("uint8"))


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """An image's bytes in one of Pillow's formats."""
    return encoded


@pytest.fixture(scope="session")
def kinds(colours: Image.Image) -> dict[str, bytes]:
    """Whole images by name; what each is is its ending."""
    deep = Image.fromarray((np.arange(600).reshape(20, 30) * 100).astype("uint16"))
    clear = colours.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    return {
        "a.jpg": encoded(colours, "JPEG", quality=90),
        "progressive.jpg": encoded(colours, "JPEG", progressive=True),
        "grey.jpg": encoded(colours.convert("L"), "JPEG"),
        "cmyk.jpg": encoded(colours.convert("CMYK"), "JPEG"),
        "a.png": encoded(colours, "PNG"),
        "palette.png": encoded(colours.quantize(8), "PNG"),
        "clear.png": encoded(clear, "PNG"),
        "deep.png": encoded(deep, "PNG"),
        "a.gif": encoded(colours.quantize(16), "GIF"),
        "a.bmp": encoded(colours, "BMP"),
        "palette.bmp": encoded(colours.quantize(16), "BMP"),
        "a.webp": encoded(colours, "WEBP", lossless=True),
        "a.tif": encoded(colours, "TIFF"),
        "deep.tif": encoded(deep, "TIFF"),
    }


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """The nine reference images in a folder of the test's own."""
    return Path(shutil.copytree(REFERENCE / "images", tmp_path / "images"))


@pytest.fixture(scope="package")
def two_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with two pictures."""
    return pair_export(tmp_path_factory.mktemp("pair"))
