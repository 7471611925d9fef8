"""Steps that move pixels: the graph against the libraries that the training path runs, on sizes of every kind."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pictures import Array, encoded, photo, read
from PIL import Image, ImageOps

from workbench.core.lazy import tensorflow
from workbench.core.training.image_reading import read_as_training
from workbench.spec.preprocess import Preprocess

ODD = [(1, 1), (1, 7), (7, 1), (2, 3), (16, 16), (64, 64), (10, 20), (97, 200), (200, 30), (130, 131), (65, 64)]
"""Heights and widths: single pixels, slivers, a size that fits already, one pixel too many."""

LISTS: list[tuple[str, tuple[str, ...]]] = [
    ("load_img:bilinear", ("shorter_side 40", "center_crop 32x32")),
    ("load_img:nearest", ("longer_side 30 round", "pad 32x32 9,200,77")),
    ("load_img:lanczos", ("crop_to_ratio 32x48", "resize 32x48")),
    ("load_img:bicubic", ("pad_to_ratio 32x48 0,255,3", "resize 32x48")),
    ("load_img:hamming", ("letterbox 32x48 114",)),
    ("load_img:box", ("image_ops_pad 32x48 1,2,3",)),
    ("load_img:bicubic", ("keep_aspect_ratio 48x48", "center_crop 32x40")),
    ("load_img:box", ("resize_with_crop_or_pad 32x48",)),
    ("image_dataset", ("central_fraction 0.8", "resize 32x48")),
    ("image_dataset", ("resize 50x40", "central_fraction 0.8")),
    ("image_dataset", ("shorter_side 40", "center_crop 32x32")),
    ("image_dataset", ("resize_with_pad 48x32", "resize_with_crop_or_pad 32x48")),
    ("image_dataset", ("crop_to_ratio 32x48", "resize 32x48")),
    ("cv2:area", ("shorter_side 40", "center_crop 32x32")),
    ("cv2:linear", ("letterbox 32x48 1,2,3",)),
    ("tf1", ("letterbox 32x48 7,8,9",)),
    ("tf1", ("resize_with_pad 32x48",)),
]


def sized(texts: tuple[str, ...]) -> tuple[int, int]:
    """The size that the lists above come to."""
    return (40, 32) if "resize 50x40" in texts else (int(texts[-1].split()[1][:2]), int(texts[-1].split()[1][3:]))


def both(data: list[bytes], channels: int, reader: str, steps: tuple[str, ...], size: Any) -> tuple[Array, Array]:
    named: dict[str, Any] = {"size": size, "reader": reader, "steps": steps, "formats": "jpeg+png"}
    return read(data, channels, **named), read_as_training(data, Preprocess(**named), channels)


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    return [photo(*shape, seed=n) for n, shape in enumerate(ODD)]


@pytest.mark.parametrize(("reader", "steps"), LISTS, ids=[f"{r} {'+'.join(s)}" for r, s in LISTS])
def test_every_step_gives_the_librarys_pixels(pictures: list[Image.Image], reader: str, steps: tuple[str, ...]) -> None:
    ours, theirs = both([encoded(p) for p in pictures], 3, reader, steps, sized(steps))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("channels", "steps"),
    [
        (1, ("letterbox 32x48 40",)),
        (4, ("letterbox 32x48 40,50,60",)),
        (4, ("image_ops_pad 32x48",)),
        (3, ("shorter_side 40", "center_crop 32x32", "grey_to_rgb")),
    ],
)
def test_grey_pictures_and_transparent_ones_take_steps(
    pictures: list[Image.Image], channels: int, steps: tuple[str, ...]
) -> None:
    given = pictures[3:]
    if channels == 4:
        given = [Image.merge("RGBA", (*p.split(), p.convert("L"))) for p in given]
    size = (32, 32) if "grey_to_rgb" in steps else (32, 48)
    ours, theirs = both([encoded(p) for p in given], channels, "load_img:bilinear", steps, size)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.shape[-1] == channels


def by_hand(shorter: int, crop: int) -> Callable[[Image.Image], Image.Image]:
    """Shorter side and centre crop as they are usually written with Pillow."""

    def made(image: Image.Image) -> Image.Image:
        w, h = image.size
        size = (shorter, int(h * shorter / w)) if w < h else (int(w * shorter / h), shorter)
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = (image.width - crop) // 2, (image.height - crop) // 2
        return image.crop((left, top, left + crop, top + crop))

    return made


def boxed(image: Image.Image) -> Image.Image:
    """A letterbox of 64x64 on grey 114, as detectors write it."""
    r = min(64 / image.height, 64 / image.width)
    small = image.resize((max(round(image.width * r), 1), max(round(image.height * r), 1)), Image.Resampling.BILINEAR)
    made = Image.new("RGB", (64, 64), (114, 114, 114))
    made.paste(small, ((64 - small.width) // 2, (64 - small.height) // 2))
    return made


def padded(image: Image.Image) -> Image.Image:
    return ImageOps.pad(image, (48, 32), Image.Resampling.BILINEAR, color=(9, 8, 7))


@pytest.mark.parametrize(
    ("steps", "act"),
    [
        (("shorter_side 40", "center_crop 32x32"), by_hand(40, 32)),
        (("letterbox 64x64 114,114,114",), boxed),
        (("image_ops_pad 32x48 9,8,7",), padded),
    ],
    ids=["shorter side", "letterbox", "ImageOps.pad"],
)
def test_what_people_write_with_pillow_is_met(
    pictures: list[Image.Image], steps: tuple[str, ...], act: Callable[[Image.Image], Image.Image]
) -> None:
    wanted = [np.asarray(act(p), "float32") for p in pictures]
    data = [encoded(p) for p in pictures]
    got = read(data, size=wanted[0].shape[:2], reader="load_img:bilinear", steps=steps, formats="jpeg+png")
    np.testing.assert_array_equal(got, np.stack(wanted))


def test_what_people_write_with_tf_data_is_met(pictures: list[Image.Image]) -> None:
    tf = tensorflow()
    data = [encoded(p, "JPEG") for p in pictures]

    def loaded(text: Any) -> Any:
        image = tf.io.decode_jpeg(text, channels=3)
        return tf.image.resize(tf.image.central_crop(image, 0.8), (24, 20))

    wanted = np.stack([one.numpy() for one in tf.data.Dataset.from_tensor_slices(data).map(loaded)])
    got = read(data, size=(24, 20), reader="image_dataset", steps=("central_fraction 0.8", "resize 24x20"))
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(("step", "word"), [("center_crop 32x48", "at least 32x48"), ("pad 32x48", "at most 32x48")])
def test_a_picture_that_a_step_cannot_take_is_refused(step: str, word: str) -> None:
    shape = (40, 40) if step.startswith("center") else (33, 20)
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match=f"WRONG_SIZE: .*{word} pixels"):
        read([encoded(photo(*shape), "JPEG")], size=(32, 48), reader="image_dataset", steps=(step,))
    settings = Preprocess(size=(32, 48), reader="image_dataset", steps=(step,))
    with pytest.raises(ValueError, match="too"):
        read_as_training([encoded(photo(*shape), "JPEG")], settings, 3)


def test_images_that_keep_their_size_take_steps(pictures: list[Image.Image]) -> None:
    data = encoded(pictures[7], "JPEG")
    image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), "float32")
    got = read([data], size="as sent", reader="load_img:bilinear", steps=("crop_to_ratio 1x1", "reverse_channels"))
    np.testing.assert_array_equal(got[0], image[:, 51:148, ::-1])
