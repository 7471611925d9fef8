"""The training path, run by Keras, Pillow and TensorFlow themselves, and the export's graph see the same pixels."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import cv2
import numpy as np
import PIL
import pytest
import skimage.transform
from pictures import encoded, photo, reader
from PIL import Image

from workbench.core.lazy import keras3, legacy_keras, tensorflow
from workbench.core.training.image_reading import read_as_training
from workbench.core.training.pixel_scaling import levels_per_unit
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS
from workbench.spec.scale import SCALES, parse_scale


@pytest.fixture(scope="module")
def images(reference_images: list[Path]) -> list[bytes]:
    return [p.read_bytes() for p in reference_images[:3]] + [encoded(photo(97, 60), "JPEG", quality=90)]


SIZE: Final = (40, 56)

SKIMAGE: Final = {name: 255e-5 for name, reader in READERS.items() if reader.family == "skimage"}
"""scikit-image computes in double; pixel values (0-255) that float32 may be off."""


def apart(images: list[bytes], channels: int = 3, **settings: Any) -> float:
    """The largest difference of the training path to the graph, in pixel values (0-255)."""
    named = {"size": SIZE, "scale": "0..255", **settings}
    theirs = read_as_training(images, Preprocess(**named), channels)
    ours = reader(channels, **named)(images)
    assert theirs.shape == ours.shape
    levels = levels_per_unit(parse_scale(named["scale"]))
    return float((np.abs(theirs.astype("float64") - ours) * levels).max())


@pytest.mark.parametrize("name", READERS)
def test_every_reader_sees_what_the_graph_makes(images: list[bytes], name: str) -> None:
    # For INTER_CUBIC no single answer exists; how far it may be off is tested with the kernels.
    assert apart(images, reader=name) <= {"cv2:cubic": 1.0, **SKIMAGE}.get(name, 0.0)


@pytest.mark.parametrize("name", [name for name in READERS if name != "cv2:cubic"])
def test_every_reader_is_the_line_of_code_it_stands_for(images: list[bytes], name: str, tmp_path: Path) -> None:
    path = tmp_path / "class" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(images[0])
    height, width = SIZE
    decoded = tensorflow().io.decode_jpeg(images[0])
    opened = Image.open(path).convert("RGB")
    names = {
        "cv2": cv2,
        "keras": keras3() if READERS[name].family == "keras_resizing" else legacy_keras(),
        "tf": tensorflow().compat.v1 if name == "tf1" else tensorflow(),
        "PIL": PIL,
        "skimage": skimage,
        "scipy": SimpleNamespace(misc=SimpleNamespace(imresize=imresize)),
        "path": path,
        "folder": tmp_path,
        "images": decoded[None],
        "image": {"pillow": opened, "imresize": np.asarray(opened), "skimage": np.asarray(opened)}.get(
            READERS[name].family, decoded
        ),
    }
    made = eval(READERS[name].code, names | {"height": height, "width": width})
    if READERS[name].family == "image_dataset":
        made = next(iter(made))[0]
    made = np.asarray(made, "float32").reshape(height, width, 3)
    np.testing.assert_allclose(made, whole(images, name)[0], rtol=0, atol=SKIMAGE.get(name, 0))


def imresize(image: Any, size: tuple[int, int], interp: str) -> Any:
    """`scipy.misc.imresize` in three channels as SciPy 1.1 had it, which is no more: Pillow, behind `bytescale`."""
    if image.dtype != np.uint8:
        low, high = float(image.min()), float(image.max())
        image = ((image - low) * (255.0 / ((high - low) or 1.0)) + 0.5).clip(0, 255).astype("uint8")
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling[interp.upper()]))


def whole(images: list[bytes], name: str) -> Any:
    """What the graph of a reader makes of the images."""
    return reader(3, size=SIZE, scale="0..255", reader=name)(images)


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        (r.name, fit)
        for r in READERS.values()
        for fit in r.fits[1:]
        # OpenCV's readers cut and frame by the same code.
        if r.like in ("", "tf:nearest") and (r.family != "cv2" or r.kernel == "nearest")
    ],
)
def test_every_fit_sees_what_the_graph_makes(images: list[bytes], name: str, fit: str) -> None:
    assert apart(images, reader=name, fit=fit) == 0


@pytest.mark.parametrize("name", ["tf:area", "keras_resizing:bilinear", "tf1"])
def test_the_accurate_transform_gives_pillows_pixels_before_the_resize(images: list[bytes], name: str) -> None:
    assert apart(images, reader=name, dct="accurate") == 0
    settings = Preprocess(size="as sent", reader=name, dct="accurate", steps=("reverse_channels",))
    read = read_as_training(images[:1], settings, 3)[0]
    np.testing.assert_array_equal(read[..., ::-1], np.asarray(Image.open(io.BytesIO(images[0])).convert("RGB")))


@pytest.mark.parametrize("kernel", ["bilinear", "lanczos3"])
def test_the_crop_of_keras_resizing_is_the_layers_own(images: list[bytes], kernel: str) -> None:
    layer = keras3().layers.Resizing(*SIZE, interpolation=kernel, crop_to_aspect_ratio=True)
    wanted = np.stack([np.asarray(layer(tensorflow().io.decode_jpeg(data, channels=3).numpy())) for data in images])
    got = reader(3, size=SIZE, scale="0..255", reader=f"keras_resizing:{kernel}", fit="crop")(images)
    np.testing.assert_array_equal(got, wanted)


def test_the_padding_of_tensorflow_1_sees_what_the_graph_makes(images: list[bytes]) -> None:
    assert apart(images, reader="tf1", fit="pad") == 0


@pytest.mark.parametrize("scale", [*SCALES, "mean/std:120,110,100/60,50,40"])
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_scales_and_orders_of_colours_are_the_graphs_but_for_rounding(
    images: list[bytes], scale: str, colour: str
) -> None:
    assert apart(images[:2], reader="load_img:nearest", scale=scale, colour=colour) < 1e-3


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("name", ["load_img:bilinear", "image_dataset"])
def test_grey_and_rgba_see_what_the_graph_makes(images: list[bytes], name: str, channels: int) -> None:
    # TensorFlow gives no JPEG four channels, so neither could training have read one.
    given = [encoded(photo(97, 60), "PNG")] if channels == 4 else images
    assert apart(given, channels, reader=name, formats="jpeg+png") == 0


@pytest.mark.parametrize("exif", ["turn", "ignore"])
@pytest.mark.parametrize("name", ["load_img:bilinear", "tf1"])
def test_pictures_are_turned_upright_as_the_graph_turns_them(name: str, exif: str) -> None:
    turned = []
    for orientation in range(1, 9):
        told = Image.Exif()
        told[0x0112] = orientation
        turned.append(encoded(photo(60, 90), "JPEG", exif=told))
    assert apart(turned, reader=name, exif=exif) == 0


@pytest.mark.parametrize("name", ["load_img:nearest", "image_dataset"])
def test_transparency_is_laid_on_white_as_the_graph_lays_it(name: str) -> None:
    glass = photo(50, 70).convert("RGBA")
    glass.putalpha(Image.linear_gradient("L").resize((70, 50)))
    out = io.BytesIO()
    glass.save(out, "PNG")
    assert apart([out.getvalue()], reader=name, formats="jpeg+png", alpha="white") == 0
