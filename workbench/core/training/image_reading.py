"""Training path: reads images as training did, with Keras, Pillow and TensorFlow, independently of the graph."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, assert_never

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import either_keras, keras3, tensorflow
from workbench.core.training.draft_reading import opened, opens
from workbench.core.training.opencv_reading import decode_by_opencv, read_by_opencv
from workbench.core.training.pixel_scaling import as_input
from workbench.core.training.skimage_reading import check_skimage
from workbench.core.training.step_reading import as_array, moved
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Kernel, Library
from workbench.spec.step_rules import channels_read, is_geometry

Array = npt.NDArray[Any]

_THREADS: Final = 2
"""Number of threads: Pillow and TensorFlow release Python's GIL to decode; the machines measured have two cores."""

_BACKGROUND: Final = {"black": 0, "white": 255}


def read_as_training(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
    """Encoded images as training passed them to the network: float32 `(n, height, width, channels)`.

    `load_img` readers run `keras.utils.load_img`, `image_dataset` runs `keras.utils.image_dataset_from_directory`,
    `tf1` runs `tf.compat.v1.image`, cv2 readers run OpenCV; images that keep their own size are decoded by the same
    functions and not resized, and must be of one size to fit one array. The scales are Keras' `preprocess_input` and
    `ImageDataGenerator`'s arithmetic. Paths in the steps are relative to the working folder (`step_files.located`).
    Raises what these functions raise for images that they cannot read.
    """
    return as_input(read_levels(images, settings, channels), settings)


def together(count: int, settings: Preprocess) -> list[list[int]]:
    """The indices of images that fit one array: all of them, or each alone if they keep their own sizes."""
    return [[n] for n in range(count)] if settings.as_sent else [list(range(count))] if count else []


def read_one(data: bytes, settings: Preprocess, channels: int) -> Array:
    """The same for one image `(height, width, channels)`. Raises `WorkbenchError` NOT_READ."""
    try:
        found: Array = read_as_training([data], settings, channels)[0]
    except (OSError, ValueError, SyntaxError, tensorflow().errors.OpError) as err:
        text = f"It cannot be read on the training path: {' '.join(str(err).split())[:200]}"
        raise WorkbenchError("NOT_READ", text) from err
    return found


def read_levels(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
    """Encoded images as RGB pixel values (0-255) `(n, h, w, channels)`, before channel order and scaling.

    For settings without `steps` the library's whole function is called, for a list of steps one function after the
    other.
    """
    reader = parse_reader(settings.reader)
    if settings.steps:
        return _each(images, lambda data: _by_steps(data, settings, channels))
    ready = partial(_ready, settings=settings, library=reader.library, channels=channels)
    match reader.family:
        case "load_img":
            return _each(images, lambda data: _load_img(ready(data), settings, reader.kernel, channels))
        case "image_dataset" if settings.as_sent:
            return np.concatenate([_own_dataset(ready(data), settings, channels) for data in images])
        case "image_dataset":
            return _image_dataset([ready(data) for data in images], settings, channels)
        case "tf1":
            return _each(images, lambda data: _tf1(ready(data), settings, channels))
        case "cv2" if settings.fit == "stretch":
            return _each(images, lambda data: read_by_opencv(data, settings, channels))
        case "tf" | "keras_resizing" | "pillow" | "imresize" | "skimage" | "cv2":
            # These libraries have no function that reads and resizes: code calls one after the other.
            return _each(images, lambda data: _by_steps(data, settings, channels))
    assert_never(reader.family)


def _each(images: Sequence[bytes], read: Callable[[bytes], Array]) -> Array:
    """Images read one by one, in threads."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return np.stack(list(pool.map(read, images)))


def _by_steps(data: bytes, settings: Preprocess, channels: int) -> Array:
    reader, steps = parse_reader(settings.reader), settings.expanded()
    geometry = [step for step in steps if is_geometry(step)]
    if geometry and reader.library == "Pillow" and data.startswith(b"\xff\xd8") and opens(geometry[0]):
        image = opened(data, geometry.pop(0), reader, channels_read(steps, channels), turned=settings.turns)
        return _repeated(moved(image, geometry, reader), channels)
    return placed(decoded(data, settings, channels), settings, channels)


def decoded(data: bytes, settings: Preprocess, channels: int) -> Array:
    """One image `(h, w, channels)`, uint8, before the steps; of one channel where these repeat it."""
    read = channels_read(settings.expanded(), channels)
    return _decoded(data, settings, parse_reader(settings.reader).library, read)


def placed(image: Array, settings: Preprocess, channels: int) -> Array:
    """A decoded image after the steps that move pixels: float32 pixel values (0-255) `(h, w, channels)`."""
    check_skimage(settings)
    steps = [step for step in settings.expanded() if is_geometry(step)]
    return _repeated(moved(image, steps, parse_reader(settings.reader)), channels)


def _repeated(image: Array, channels: int) -> Array:
    """The image as float32, its single channel as often as asked."""
    return np.asarray(np.repeat(image, channels // image.shape[-1], axis=-1), "float32")


def _decoded(data: bytes, settings: Preprocess, library: Library, channels: int) -> Array:
    """The image as the library decodes it, EXIF orientation and alpha handled by the settings: uint8 RGB."""
    if library == "OpenCV":
        return decode_by_opencv(data, settings, channels)
    data = _ready(data, settings, library, channels)
    match library:
        case "Pillow" | "scikit-image":  # scikit-image reads files with imageio, which uses Pillow.
            mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
            return as_array(either_keras().utils.load_img(io.BytesIO(data), color_mode=mode))
        case "TensorFlow":
            return _by_tensorflow(data, settings, channels)
    assert_never(library)


def _by_tensorflow(data: bytes, settings: Preprocess, channels: int) -> Array:
    """`decode_image`, or `decode_jpeg` with the accurate transform if training used it."""
    io_ = tensorflow().io
    if settings.dct == "accurate" and data.startswith(b"\xff\xd8"):
        return np.asarray(io_.decode_jpeg(data, channels=channels, dct_method="INTEGER_ACCURATE"))
    return np.asarray(io_.decode_image(data, channels=channels, expand_animations=False))


def _load_img(data: bytes, settings: Preprocess, kernel: Kernel, channels: int) -> Array:
    from PIL import Image, ImageOps

    keras = either_keras()
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    if settings.fit == "pad":
        opened = keras.utils.load_img(io.BytesIO(data), color_mode=mode)
        opened = ImageOps.pad(opened, settings.pixels[::-1], Image.Resampling[kernel.upper()])
    else:
        opened = keras.utils.load_img(
            io.BytesIO(data),
            color_mode=mode,
            target_size=None if settings.as_sent else settings.pixels,
            interpolation=kernel,
            keep_aspect_ratio=settings.fit == "crop",
        )
    return np.asarray(keras.utils.img_to_array(opened, dtype="float32"))


def _image_dataset(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
    keras = keras3()
    with tempfile.TemporaryDirectory(prefix="workbench-training-") as folder:
        for number, data in enumerate(images):
            (Path(folder) / f"{number:08}{_ending(data)}").write_bytes(data)
        dataset = keras.utils.image_dataset_from_directory(
            folder,
            labels=None,
            shuffle=False,
            verbose=False,
            batch_size=len(images),
            image_size=settings.pixels,
            color_mode={1: "grayscale", 3: "rgb", 4: "rgba"}[channels],
            crop_to_aspect_ratio=settings.fit == "crop",
            pad_to_aspect_ratio=settings.fit == "pad",
        )
        return np.asarray(next(iter(dataset)), "float32")


def _own_dataset(data: bytes, settings: Preprocess, channels: int) -> Array:
    """One image requested at its own size, for which `tf.image.resize` leaves it unchanged."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        own = msgspec.structs.replace(settings, size=image.size[::-1])
    return _image_dataset([data], own, channels)


def _tf1(data: bytes, settings: Preprocess, channels: int) -> Array:
    tf = tensorflow()
    pixels = _by_tensorflow(data, settings, channels)[None]
    if settings.as_sent:
        return np.asarray(pixels[0], "float32")
    v1 = tf.compat.v1.image
    resize = v1.resize_image_with_pad if settings.fit == "pad" else v1.resize_bilinear
    size = settings.pixels if settings.fit == "pad" else (settings.pixels,)
    return np.asarray(resize(pixels, *size)[0], "float32")


def _ready(data: bytes, settings: Preprocess, library: Library, channels: int) -> bytes:
    """The image with what no reader of Keras does itself: EXIF orientation applied, alpha composited.

    An image that had to be decoded for this continues as a PNG, which is lossless; a JPEG for TensorFlow's readers is
    decoded by TensorFlow, whose decoder rounds differently than Pillow's.
    """
    from PIL import Image

    with Image.open(io.BytesIO(data)) as opened:
        image: Any = opened
        turn = settings.turns and image.format in ("JPEG", "MPO") and image.getexif().get(0x0112, 1) in _TURNS
        lay = settings.alpha != "drop" and channels != 4 and image.format not in ("JPEG", "MPO")
        if not (turn or lay):
            return data
        if turn:
            image = _upright(data, image, settings, library)
        if lay:
            image = _laid(image.convert("RGBA"), _BACKGROUND[settings.alpha])
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()


_TURNS: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation to `Image.Transpose`, as in `ImageOps.exif_transpose`."""


def _upright(data: bytes, image: Any, settings: Preprocess, library: Library) -> Any:
    """A JPEG with its EXIF orientation applied, decoded by the library that training used."""
    from PIL import Image, ImageOps

    match library:
        case "Pillow" | "scikit-image" | "OpenCV":  # OpenCV reads the file itself and must get it unmodified.
            return ImageOps.exif_transpose(image)
        case "TensorFlow":
            pixels = _by_tensorflow(data, settings, 3)
            return Image.fromarray(pixels).transpose(Image.Transpose(_TURNS[int(image.getexif()[0x0112])]))
    assert_never(library)


def _laid(image: Any, level: int) -> Any:
    from PIL import Image

    background = Image.new("RGB", image.size, (level,) * 3)
    background.paste(image, mask=image.getchannel("A"))
    return background


def _ending(data: bytes) -> str:
    """A file ending that Keras accepts for an image; TensorFlow detects the format by content."""
    return ".png" if data.startswith(b"\x89PNG") else ".jpg"
