"""`Image.draft`, `Image.thumbnail` and `reducing_gap`: the graph against Pillow itself, to the last bit."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from image_kinds import every_kind
from pictures import Array, encoded, photo, read
from PIL import Image, ImageOps

from workbench.core.export.pixels.thumbnail import thumbnail_size
from workbench.core.instances.image_header import look
from workbench.core.lazy import tensorflow
from workbench.core.training.image_reading import read_as_training
from workbench.spec.preprocess import Preprocess

SIZES = [(1, 1), (3, 200), (211, 5), (64, 48), (97, 301), (240, 180), (333, 517), (480, 640), (501, 499)]
"""Heights and widths of pictures: slivers, the size itself, odd ones, and some that are reduced several times."""

FRAME = (70, 60)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def both(data: list[bytes], kernel: str, *steps: str, **more: Any) -> tuple[Array, Array]:
    """What the graph and the training path make of images in the middle of a frame."""
    named: dict[str, Any] = {"size": FRAME, "reader": f"pillow:{kernel}", "steps": (*steps, "pad 70x60"), **more}
    return read(data, **named), read_as_training(data, Preprocess(**named), 3)


def framed(image: Image.Image) -> Array:
    """By Pillow and numpy: the picture in the middle of a black frame."""
    pixels = np.asarray(image, "float32")
    top, left = ((side - own) // 2 for side, own in zip(FRAME, pixels.shape[:2], strict=True))
    made = np.zeros((*FRAME, 3), "float32")
    made[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return made


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    return [encoded(photo(*size, seed=n), "JPEG", subsampling=n % 3) for n, size in enumerate(SIZES)]


def sometimes(*given: Any) -> Any:
    """A case of the heavy tests: its rule is that of the other cases, and each traces a graph of its own."""
    return pytest.param(*given, marks=pytest.mark.heavy)


@pytest.mark.parametrize("kernel", ["bicubic", *map(sometimes, ("nearest", "box", "lanczos"))])
@pytest.mark.parametrize(
    ("words", "gap"), [("", 2.0), sometimes(" reducing_gap 3.5", 3.5), sometimes(" reducing_gap none", None)]
)
def test_a_thumbnail_of_a_converted_picture(jpegs: list[bytes], kernel: str, words: str, gap: float | None) -> None:
    ours, theirs = both(jpegs, kernel, f"thumbnail 70x60{words}")
    for data, got, trained in zip(jpegs, ours, theirs, strict=True):
        image = opened(data).convert("RGB")
        image.thumbnail((60, 70), Image.Resampling[kernel.upper()], reducing_gap=gap)
        np.testing.assert_array_equal(got, framed(image))
        np.testing.assert_array_equal(trained, framed(image))


@pytest.mark.parametrize(
    ("kernel", "gap"),
    [("bicubic", 2.0), sometimes("nearest", 2.0), sometimes("hamming", 1.0), sometimes("lanczos", 3.0)],
)
def test_a_thumbnail_of_a_file_just_opened(jpegs: list[bytes], kernel: str, gap: float) -> None:
    ours, theirs = both(jpegs, kernel, f"thumbnail 70x60 draft reducing_gap {gap}")
    for data, got, trained in zip(jpegs, ours, theirs, strict=True):
        image = opened(data)
        image.thumbnail((60, 70), Image.Resampling[kernel.upper()], reducing_gap=gap)
        np.testing.assert_array_equal(got, framed(image))
        np.testing.assert_array_equal(trained, framed(image))


@pytest.mark.parametrize("gap", ["1.5", *map(sometimes, ("1", "4"))])
@pytest.mark.parametrize("kernel", ["lanczos", sometimes("bilinear")])
def test_a_resize_that_reduces_first(jpegs: list[bytes], kernel: str, gap: str) -> None:
    named: dict[str, Any] = {"size": (37, 41), "reader": f"pillow:{kernel}", "formats": "jpeg+png"}
    got = read(jpegs, **named, steps=(f"resize 37x41 reducing_gap {gap}",))
    for data, pixels in zip(jpegs, got, strict=True):
        method = Image.Resampling[kernel.upper()]
        wanted = opened(data).convert("RGB").resize((41, 37), method, reducing_gap=float(gap))
        np.testing.assert_array_equal(pixels, np.asarray(wanted))


def test_pillow_forgets_the_gap_where_there_is_transparency() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (150, 190, 4)).astype("uint8"))
    named: dict[str, Any] = {"size": (12, 13), "reader": "pillow:bilinear", "formats": "jpeg+png"}
    got = read([encoded(picture)], 4, **named, steps=("resize 12x13 reducing_gap 1",))[0]
    wanted = picture.resize((13, 12), Image.Resampling.BILINEAR, reducing_gap=1.0)
    np.testing.assert_array_equal(got, np.asarray(wanted))


@pytest.mark.parametrize("asked", [(20, 20), *map(sometimes, ((60, 45), (9, 7)))])
def test_a_draft_of_every_kind_of_jpeg_is_libjpegs_own(asked: tuple[int, int]) -> None:
    kinds = {name: d for name, d in every_kind().items() if name.startswith("JPEG") and look(d).components != 4}
    named: dict[str, Any] = {"size": (24, 31), "reader": "pillow:box", "exif": "turn"}
    steps = (f"draft {asked[0]}x{asked[1]}", "resize 24x31")
    got = read(list(kinds.values()), **named, steps=steps)
    trained = read_as_training(list(kinds.values()), Preprocess(**named, steps=steps, scale="0..255"), 3)
    np.testing.assert_array_equal(got, trained)
    for (name, data), pixels in zip(kinds.items(), got, strict=True):
        image = opened(data)
        image.draft("RGB", asked[::-1])
        wanted = ImageOps.exif_transpose(image).convert("RGB").resize((31, 24), Image.Resampling.BOX)
        np.testing.assert_array_equal(pixels, np.asarray(wanted), err_msg=name)


def test_a_draft_leaves_other_files_as_they_are_and_refuses_what_is_refused() -> None:
    png = encoded(photo(90, 80))
    named: dict[str, Any] = {"size": (9, 8), "reader": "pillow:box", "formats": "jpeg+png"}
    steps = ("draft 9x8", "resize 9x8")
    wanted = opened(png).resize((8, 9), Image.Resampling.BOX)
    np.testing.assert_array_equal(read([png], **named, steps=steps)[0], np.asarray(wanted))
    for kind, word in (("JPEG CMYK", "CMYK"), ("GIF static", "UNDECLARED_FORMAT")):
        with pytest.raises(tensorflow().errors.InvalidArgumentError, match=word):
            read([every_kind()[kind]], **named, steps=steps)


@pytest.mark.parametrize("box", [(224, 224), (70, 60), (1, 7)])
def test_the_size_of_a_thumbnail_is_pillows(box: tuple[int, int]) -> None:
    tf = tensorflow()
    specs = [tf.TensorSpec([], tf.int32)] * 2
    size_of = tf.function(lambda height, width: thumbnail_size(height, width, box), specs, autograph=False)
    random = np.random.default_rng(0)
    for height, width in random.integers(1, random.choice([9, 99, 999], (100, 2)), (100, 2)).tolist():
        image = Image.new("1", (width, height))
        image.thumbnail(box[::-1], Image.Resampling.NEAREST, reducing_gap=None)
        assert tuple(int(side) for side in size_of(height, width)) == image.size[::-1], (height, width)
