"""Image files of every kind by every library: what a graph, `prepare` and the training path make of each."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import cv2
import imageio.v3 as imageio
import numpy as np
from pictures import Array, read
from PIL import Image, ImageOps

from workbench.core.data.image_bytes import fitted, taken_by
from workbench.core.instances.error_diagnosis import explain
from workbench.core.lazy import keras3, tensorflow
from workbench.core.training.image_reading import read_one
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess

EQUAL: Final = "equal"
OPAQUE: Final = "opaque"
_REFUSAL: Final = re.compile(r"\b(UNDECLARED_FORMAT|SIXTEEN_BIT|CMYK): ")
_MODES: Final = {1: "grayscale", 3: "rgb", 4: "rgba"}


class Way(NamedTuple):
    """One way to read: the settings of a project, the channels, and the library itself."""

    settings: Mapping[str, Any]
    channels: int
    library: Callable[[bytes], Any]


def _pillow(channels: int) -> Callable[[bytes], Any]:
    return lambda data: keras3().utils.load_img(io.BytesIO(data), color_mode=_MODES[channels])


def _on_white(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _turned(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    # As code for photographs does; a PNG is not turned.
    return (ImageOps.exif_transpose(image) if image.format in ("JPEG", "MPO") else image).convert("RGB")


def _scikit_image(data: bytes) -> Any:
    """`skimage.io.imread`, which is imageio's: the first picture, bits as levels, in three channels."""
    pixels = imageio.imread(data, index=0)
    pixels = pixels * np.uint8(255) if pixels.dtype == bool else pixels
    if pixels.ndim == 2 or pixels.shape[-1] == 2:
        return np.repeat(pixels.reshape(*pixels.shape[:2], -1)[..., :1], 3, -1)
    return pixels[..., :3]


def _tensorflow(channels: int, dct_method: str = "") -> Callable[[bytes], Any]:
    def decoded(data: bytes) -> Any:
        io_ = tensorflow().io
        if dct_method and data.startswith(b"\xff\xd8"):
            return io_.decode_jpeg(data, channels=channels, dct_method=dct_method).numpy()
        return io_.decode_image(data, channels=channels, expand_animations=False).numpy()

    return decoded


def _opencv(flags: int, *, grey: bool = False) -> Callable[[bytes], Any]:
    def decoded(data: bytes) -> Any:
        pixels = cv2.imdecode(np.frombuffer(data, "uint8"), flags)
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if grey else pixels

    return decoded


_ACCURATE: Final = {"reader": "tf:bilinear", "dct": "accurate"}
_GREY: Final = {"reader": "cv2:linear", "grey": "cvtColor"}

WAYS: Final[Mapping[str, Way]] = {
    "Pillow": Way({"reader": "load_img:bilinear"}, 3, _pillow(3)),
    "grey": Way({"reader": "load_img:bilinear"}, 1, _pillow(1)),
    "RGBA": Way({"reader": "load_img:bilinear"}, 4, _pillow(4)),
    "on white": Way({"reader": "load_img:bilinear", "alpha": "white"}, 3, _on_white),
    "turned upright": Way({"reader": "load_img:bilinear", "exif": "turn"}, 3, _turned),
    "scikit-image": Way({"reader": "skimage:1"}, 3, _scikit_image),
    "TensorFlow": Way({"reader": "image_dataset"}, 3, _tensorflow(3)),
    "grey ": Way({"reader": "image_dataset"}, 1, _tensorflow(1)),
    "RGBA ": Way({"reader": "image_dataset"}, 4, _tensorflow(4)),
    "accurate": Way(_ACCURATE, 3, _tensorflow(3, "INTEGER_ACCURATE")),
    "OpenCV": Way({"reader": "cv2:linear"}, 3, _opencv(cv2.IMREAD_COLOR)),
    "grey by imread": Way({"reader": "cv2:linear"}, 1, _opencv(cv2.IMREAD_GRAYSCALE)),
    "grey by cvtColor": Way(_GREY, 1, _opencv(cv2.IMREAD_COLOR, grey=True)),
}
"""By the headings of the table in docs/image-files.md; not resized, so that nothing hides a difference."""


def outcome(data: bytes, way: Way) -> str:
    """`EQUAL`, the word of a refusal, that and `converted` where `prepare` helps, or `OPAQUE`; else what is wrong.

    `OPAQUE` is a picture that the library cannot give with transparency, and the export gives opaque.
    """
    wanted, settings = _by_library(data, way), Preprocess(**_settings(way))
    got, ready = _by_graph(data, way), _by_prepare(data, settings, way.channels)
    if isinstance(got, str):
        if not isinstance(ready, bytes):
            return got if got == ready else f"WRONG: the graph says {got}, prepare {ready}"
        again = _by_graph(ready, way)
        return f"{got}, converted" if ready != data and _same(again, wanted) else f"WRONG: prepare lets {got} through"
    if wanted is None:
        return OPAQUE if way.channels == 4 and (got[..., 3] == 255).all() else "WRONG: read by the export alone"
    if not _same(got, wanted) or not isinstance(ready, bytes) or not _same(_by_graph(ready, way), wanted):
        return f"WRONG: other pixels, or prepare says {ready!r:.40}"
    trained = read_one(data, settings, way.channels)
    return EQUAL if _same(trained, wanted) else "WRONG: the training path gives other pixels"


def _same(pixels: Array | str, wanted: Array | None) -> bool:
    return wanted is not None and not isinstance(pixels, str) and np.array_equal(pixels, wanted)


def _settings(way: Way) -> dict[str, Any]:
    return {"size": "as sent", "formats": "any", "scale": "0..255", **way.settings}


def _by_library(data: bytes, way: Way) -> Array | None:
    try:
        made = np.asarray(way.library(data), "float32")
    except tensorflow().errors.InvalidArgumentError:
        return None
    return made.reshape(*made.shape[:2], way.channels)


def _by_graph(data: bytes, way: Way) -> Array | str:
    """The pixels, or the word of the refusal, by which a row of a run would tell it."""
    try:
        return np.asarray(read([data], way.channels, **_settings(way))[0])
    except tensorflow().errors.InvalidArgumentError as err:
        found = _REFUSAL.search(str(err))
        told = explain(data, "", str(err)).code
        return told if found and found[1] == told else f"no refusal of ours ({told})"


def _by_prepare(data: bytes, settings: Preprocess, channels: int) -> bytes | str:
    try:
        return fitted(data, "", taken_by(settings, channels)).data
    except WorkbenchError as err:
        return err.code
