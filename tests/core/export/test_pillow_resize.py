"""`pillow = "13"` against a recording of Pillow 13.0.0 (`tests/data/record_pillow13.py`)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, photo, read, reader
from PIL import Image

RECORDING = Path(__file__).parents[2] / "data" / "pillow13.npz"


@pytest.fixture(scope="module")
def recorded() -> dict[str, str]:
    with np.load(RECORDING) as file:
        return dict(zip(file["keys"].tolist(), file["digests"].tolist(), strict=True))


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def digest(pixels: Any) -> str:
    return hashlib.sha256(np.asarray(pixels, "uint8").tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("fit", ["stretch", "crop"])
@pytest.mark.parametrize("size", [(64, 64), (224, 224), (100, 40), (17, 301), (299, 150)])
def test_pillow_13_is_met_to_the_last_bit(
    recorded: dict[str, str], reference_images: list[Path], size: tuple[int, int], fit: str
) -> None:
    names = [p.name for p in reference_images]
    assert [digest(opened(p)) for p in reference_images] == [recorded[n] for n in names]
    data = [p.read_bytes() for p in reference_images]
    for kernel in ("bilinear", "lanczos") if fit == "stretch" else ("bicubic", "nearest"):
        got = read(data, size=size, reader=f"load_img:{kernel}", pillow="13", fit=fit)
        keys = [f"{n}|{size[0]}x{size[1]}|{kernel}|{fit}" for n in names]
        assert [digest(g) for g in got] == [recorded[k] for k in keys]


def test_the_two_pillows_differ_on_tall_pictures_alone(recorded: dict[str, str], reference_images: list[Path]) -> None:
    settings: dict[str, Any] = {"size": (224, 224), "reader": "load_img:bilinear"}
    data = [p.read_bytes() for p in reference_images]
    before, now = read(data, **settings), read(data, **settings, pillow="13")
    found = []
    for path, old, new in zip(reference_images, before, now, strict=True):
        width, height = opened(path).size
        tall = height - 224 > max(0, 2 * (width - 224))
        found.append(tall)
        assert (digest(old) != recorded[f"{path.name}|224x224|bilinear|stretch"]) == tall
        assert (np.abs(old - new).max() > 0) == tall
        assert np.abs(old - new).max() <= 3
    assert True in found
    assert False in found


def test_pictures_of_one_pixel_and_wide_windows_are_read_by_both_orders() -> None:
    pictures = [photo(1, 1), photo(1, 40), photo(40, 1), photo(3000, 2), photo(2, 3000)]
    got = reader(size=(2, 3), reader="load_img:lanczos", pillow="13", formats="jpeg+png")(
        [encoded(p) for p in pictures]
    )
    for picture, pixels in zip(pictures, got, strict=True):
        one_axis = min(picture.size) == 1 or picture.width > picture.height
        expected = np.asarray(picture.resize((3, 2), Image.Resampling.LANCZOS), "float32")
        # Where only one pass can lose anything, or the width goes first anyway, both Pillows agree.
        assert np.abs(pixels - expected).max() <= (0 if one_axis else 3)
