"""Transparency, grey, RGBA and the order of the channels, each against the Pillow or Keras call it stands for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, noise, photo, read
from PIL import Image

from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.reader_family import KERNELS


def pngs() -> dict[str, bytes]:
    """Every kind of 8-bit PNG, and those of fewer bits."""
    levels = noise(23, 37, 4)
    levels[:4, :, 3], levels[4:8, :, 3] = 0, 255
    rgb = Image.fromarray(levels[..., :3].copy())
    palette, few = rgb.quantize(60), rgb.quantize(3)
    grey = Image.fromarray(levels[..., 0].copy())
    return {
        "RGBA": encoded(Image.fromarray(levels, "RGBA")),
        "RGB": encoded(rgb),
        "RGB with one transparent colour": encoded(rgb, transparency=tuple(levels[0, 0, :3].tolist())),
        "grey": encoded(grey),
        "grey with one transparent level": encoded(grey, transparency=int(levels[0, 0, 0])),
        "grey and alpha": encoded(Image.fromarray(levels[..., 2:].copy(), "LA")),
        "palette": encoded(palette),
        "palette with one transparent colour": encoded(palette, transparency=3),
        "palette with levels of transparency": encoded(palette, transparency=bytes(range(0, 240, 4))),
        "palette of 2 bits": encoded(few, bits=2),
        "palette of 2 bits with transparency": encoded(few, bits=2, transparency=1),
        "1 bit": encoded(grey.convert("1")),
        "large": encoded(photo(700, 900).convert("RGBA")),
    }


PNGS = pngs()

pytestmark = pytest.mark.filterwarnings("ignore:Palette images with Transparency:UserWarning")


def opened(data: bytes, mode: str) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert(mode)


@pytest.fixture(scope="module")
def keras() -> Any:
    tensorflow()
    import keras

    return keras


@pytest.mark.parametrize("colour", ["black", "white"])
@pytest.mark.parametrize("kernel", ["nearest", "bicubic"])
def test_transparency_is_laid_on_a_colour_as_pillow_pastes_it(colour: str, kernel: str) -> None:
    size = (23, 37) if kernel == "nearest" else (30, 20)
    got = read(list(PNGS.values()), size=size, reader=f"load_img:{kernel}", alpha=colour, formats="jpeg+png")
    for (name, data), pixels in zip(PNGS.items(), got, strict=True):
        image = opened(data, "RGBA")
        background = Image.new("RGB", image.size, colour)
        background.paste(image, mask=image.split()[3])
        expected = background.resize(size[::-1], Image.Resampling[kernel.upper()])
        np.testing.assert_array_equal(pixels, np.asarray(expected, "float32"), name)


def test_every_pair_of_level_and_transparency_is_laid_exactly() -> None:
    level, mask = np.meshgrid(np.arange(256), np.arange(256))
    picture = np.stack([level, level, level, mask], -1).astype("uint8")
    for colour in ("black", "white"):
        image = Image.fromarray(picture, "RGBA")
        background = Image.new("RGB", image.size, colour)
        background.paste(image, mask=image.split()[3])
        got = read([encoded(image)], size=(256, 256), alpha=colour, formats="jpeg+png")[0]
        np.testing.assert_array_equal(got, np.asarray(background, "float32"))


def test_dropped_transparency_and_grey_are_load_imgs(keras: Any) -> None:
    data = list(PNGS.values())
    for channels, mode in ((3, "rgb"), (1, "grayscale")):
        for kernel in ("nearest", "lanczos"):
            settings: dict[str, Any] = {"size": (20, 31), "reader": f"load_img:{kernel}", "formats": "jpeg+png"}
            got = read(data, channels, **settings)
            for d, pixels in zip(data, got, strict=True):
                options = {"color_mode": mode, "target_size": (20, 31), "interpolation": kernel}
                expected = keras.utils.img_to_array(keras.utils.load_img(io.BytesIO(d), **options))
                np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("kernel", KERNELS)
def test_rgba_is_resized_multiplied_by_its_transparency(keras: Any, kernel: str) -> None:
    data = [*PNGS.values(), encoded(photo(40, 50), "JPEG")]
    sizes = [(20, 31), (23, 37)] if kernel in ("nearest", "bilinear") else [(20, 31)]
    for size in sizes:  # The second is the pictures' own: that one Pillow leaves alone.
        got = read(data, 4, size=size, reader=f"load_img:{kernel}", formats="jpeg+png")
        for d, pixels in zip(data, got, strict=True):
            options = {"color_mode": "rgba", "target_size": size, "interpolation": kernel}
            expected = keras.utils.img_to_array(keras.utils.load_img(io.BytesIO(d), **options))
            np.testing.assert_array_equal(pixels, expected)


def test_rgba_of_jpegs_alone_is_opaque(keras: Any, reference_images: list[Path]) -> None:
    got = read([p.read_bytes() for p in reference_images], 4, size=(30, 20), reader="load_img:bilinear")
    for path, pixels in zip(reference_images, got, strict=True):
        options = {"color_mode": "rgba", "target_size": (30, 20), "interpolation": "bilinear"}
        np.testing.assert_array_equal(pixels, keras.utils.img_to_array(keras.utils.load_img(path, **options)))
    assert (got[..., 3] == 255).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tensorflows_own_readers_decode_pngs_as_tf_data_does(channels: int) -> None:
    tf = tensorflow()
    data = [PNGS[n] for n in ("RGBA", "RGB", "grey", "palette")]
    got = read(data, channels, size=(20, 31), reader="image_dataset", formats="jpeg+png")
    for d, pixels in zip(data, got, strict=True):
        decoded = tf.io.decode_image(d, channels=channels, expand_animations=False)
        np.testing.assert_array_equal(pixels, tf.image.resize(decoded, (20, 31)).numpy())


def test_grey_of_all_colours_is_pillows_luma() -> None:
    levels = noise(400, 400, 3, seed=2)
    levels[:3] = [[[255, 255, 255]], [[0, 0, 0]], [[255, 0, 255]]]
    picture = Image.fromarray(levels)
    got = read([encoded(picture)], 1, size=(400, 400), formats="jpeg+png")[0, ..., 0]
    np.testing.assert_array_equal(got, np.asarray(picture.convert("L"), "float32"))


def test_bgr_is_cv2s_order_before_the_scale() -> None:
    data = [encoded(photo(30, 40), "JPEG")]
    settings: dict[str, Any] = {"size": (20, 20), "reader": "load_img:bilinear"}
    rgb = read(data, **settings)
    np.testing.assert_array_equal(read(data, colour="bgr", **settings), rgb[..., ::-1])
    means = np.array([103.939, 116.779, 123.68], "float32")
    np.testing.assert_allclose(read(data, scale="caffe", **settings), rgb[..., ::-1] - means, atol=1e-5)
    # caffe turns the channels round itself: twice is none.
    np.testing.assert_allclose(read(data, colour="bgr", scale="caffe", **settings), rgb - means, atol=1e-5)


def test_bgr_leaves_the_transparency_last() -> None:
    settings: dict[str, Any] = {"size": (23, 37), "formats": "jpeg+png"}
    rgba = read([PNGS["RGBA"]], 4, **settings)
    np.testing.assert_array_equal(read([PNGS["RGBA"]], 4, colour="bgr", **settings), rgba[..., [2, 1, 0, 3]])


@pytest.mark.parametrize(
    ("channels", "settings", "code"),
    [
        (3, {"alpha": "white"}, "BAD_ALPHA"),
        (4, {"alpha": "black", "formats": "jpeg+png"}, "BAD_ALPHA"),
        (1, {"colour": "bgr"}, "CHANNELS"),
        (2, {}, "CHANNELS"),
    ],
)
def test_what_no_reader_gives_is_refused(channels: int, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        read([], channels, size=(8, 8), **settings)
    assert caught.value.code == code
