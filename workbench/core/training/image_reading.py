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
from workbench.core.training.opencv_reading import decode_by_opencv, read_by_opencv
from workbench.core.training.pixel_scaling import as_input
from workbench.core.training.skimage_reading import check_skimage
from workbench.core.training.step_reading import as_array, moved
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Kernel, Library, Reader
from workbench.spec.step_rules import channels_read, is_geometry

Array = npt.NDArray[Any]

_THREADS: Final = 2
"""Pillow and TensorFlow decode without Python's lock; the machines measured have two cores."""

_BACKGROUND: Final = {"black": 0, "white": 255}


def read_as_training(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
    """Encoded images as training gave them to the network: float32 `(n, height, width, channels)`.

    `load_img` readers run `keras.utils.load_img`, `image_dataset` runs `keras.utils.image_dataset_from_directory`,
    `tf1` runs `tf.compat.v1.image`, cv2 readers run OpenCV; images taken as sent are decoded by the same and not
    resized, and have to be of one size to stand in one array. The scales are Keras' `preprocess_input` and
    `ImageDataGenerator`'s arithmetic. Paths in the steps start at the working folder (`step_files.located`).
    Raises what these raise for images that they cannot read.
    """
    return as_input(read_levels(images, settings, channels), settings)


def together(count: int, settings: Preprocess) -> list[list[int]]:
    """The places of images that stand in one array: all of them, or each alone where they keep their own sizes."""
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

    The short form runs the library's whole function, a list of steps the library step by step.
    """
    reader = parse_reader(settings.reader)
    if settings.steps:
        return _each(images, lambda data: _by_steps(data, settings, reader, channels))
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
        case "cv2":
            return _each(images, lambda data: read_by_opencv(data, settings, channels))
        case "tf" | "keras_resizing" | "pillow" | "imresize" | "skimage":
            # No function of these libraries reads and resizes: code calls them one after the other.
            return _each(images, lambda data: _by_steps(data, settings, reader, channels))
    assert_never(reader.family)


def _each(images: Sequence[bytes], read: Callable[[bytes], Array]) -> Array:
    """Images read one by one, in threads."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return np.stack(list(pool.map(read, images)))


def _by_steps(data: bytes, settings: Preprocess, reader: Reader, channels: int) -> Array:
    check_skimage(settings)
    steps = settings.expanded()
    read = channels_read(steps, channels)
    decoded = _decoded(data, settings, reader.library, read)
    found = moved(decoded, [step for step in steps if is_geometry(step)], reader)
    return np.asarray(np.repeat(found, channels // read, axis=-1), "float32")


def _decoded(data: bytes, settings: Preprocess, library: Library, channels: int) -> Array:
    """The image as the library decodes it, turned and laid on a colour where the settings say so: uint8 RGB."""
    if library == "OpenCV":
        return decode_by_opencv(data, settings, channels)
    data = _ready(data, settings, library, channels)
    match library:
        case "Pillow" | "scikit-image":  # The latter reads files by Pillow, through imageio.
            mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
            return as_array(either_keras().utils.load_img(io.BytesIO(data), color_mode=mode))
        case "TensorFlow":
            return _by_tensorflow(data, settings, channels)
    assert_never(library)


def _by_tensorflow(data: bytes, settings: Preprocess, channels: int) -> Array:
    """`decode_image`, or `decode_jpeg` with the accurate transform where training asked for it."""
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
    """One image asked for at its own size, at which `tf.image.resize` leaves it as it is."""
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
    """The image with what no reader of Keras does by itself: turned upright, transparency laid on a colour.

    What had to be decoded for that goes on as a PNG, which loses nothing; a JPEG for TensorFlow's readers is decoded
    by TensorFlow, whose decoder rounds otherwise than Pillow's.
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
"""EXIF orientation to `Image.Transpose`, as `ImageOps.exif_transpose` has it."""


def _upright(data: bytes, image: Any, settings: Preprocess, library: Library) -> Any:
    """A JPEG turned by its EXIF orientation, decoded by the library that training decoded it with."""
    from PIL import Image, ImageOps

    match library:
        case "Pillow" | "scikit-image" | "OpenCV":  # OpenCV reads a file itself and is given none that was touched.
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
    """The ending by which Keras takes a file for an image; TensorFlow reads it by its content."""
    return ".png" if data.startswith(b"\x89PNG") else ".jpg"
