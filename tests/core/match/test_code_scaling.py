"""Training code that is run here on images, and the training path with the settings that its text was found to mean."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import REFERENCE

from workbench.core.lazy import tensorflow
from workbench.core.match.code_reading import reading_from_code
from workbench.core.training.image_reading import read_as_training
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_found import preprocess_of

PATHS = sorted((REFERENCE / "images").glob("img0[0-3].jpg"))


def means_taken_off_after_the_channels_are_turned(path: Path) -> Any:
    x = np.array(Image.open(path).convert("RGB").resize((40, 32), Image.Resampling.BOX)).astype("float32")
    x = x[..., ::-1]
    x[..., 0] -= 103.939
    x[..., 1] -= 116.779
    x[..., 2] -= 123.68
    return x


def channels_turned_after_the_arithmetic(path: Path) -> Any:
    x = np.asarray(Image.open(path).convert("RGB").resize((40, 32), Image.Resampling.NEAREST), "float32")
    x = (x / 255.0 - np.array([0.1, 0.2, 0.3])) / np.array([0.5, 0.25, 0.2])
    return x[:, :, ::-1]


def imagenet_by_hand(path: Path) -> Any:
    x = np.array(Image.open(path).convert("RGB").resize((40, 32), Image.Resampling.HAMMING)) * (1.0 / 255)
    return (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def middle_cut_by_hand(path: Path) -> Any:
    image = Image.open(path).convert("RGB")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    return np.asarray(image.resize((32, 32), Image.Resampling.NEAREST), "float32") / 127.5 - 1


def cut_and_smoothed_by_hand(path: Path) -> Any:
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((32, 32), Image.Resampling.LANCZOS)
    return np.asarray(image, "float32")


def padded_by_pillow(path: Path) -> Any:
    image = ImageOps.pad(Image.open(path).convert("RGB"), (40, 32), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32)


def cut_by_keras(path: Path) -> Any:
    import keras

    image = keras.utils.load_img(path, target_size=(32, 40), interpolation="lanczos", keep_aspect_ratio=True)
    return keras.applications.resnet50.preprocess_input(keras.utils.img_to_array(image))


def converted_by_tensorflow(path: Path) -> Any:
    import tensorflow as tf

    image = tf.io.decode_jpeg(tf.io.read_file(str(path)), channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    return tf.image.resize(image, (32, 40)).numpy()


def converted_too_late(path: Path) -> Any:
    import tensorflow as tf

    image = tf.image.resize(tf.io.decode_image(tf.io.read_file(str(path)), channels=3), (32, 40))
    return tf.image.convert_image_dtype(image, tf.float32).numpy()


def padded_by_tensorflow(path: Path) -> Any:
    import tensorflow as tf

    image = tf.image.resize_with_pad(tf.io.decode_jpeg(tf.io.read_file(str(path)), channels=3), 32, 40)
    return (tf.cast(image, tf.float32) - 127.5) / 127.5


def grey_by_the_first_tensorflow(path: Path) -> Any:
    import tensorflow.compat.v1 as tf

    image = tf.image.decode_jpeg(tf.io.read_file(str(path)), channels=1)
    image = tf.image.resize_bilinear(tf.expand_dims(image, 0), [32, 40], align_corners=False)
    return (tf.squeeze(image, [0]) / 255.0).numpy()


def by_opencv_in_its_own_order(path: Path) -> Any:
    import cv2

    image = cv2.imread(str(path))
    image = cv2.resize(image, (40, 32), interpolation=cv2.INTER_AREA)
    return image.astype("float32") / 255.0


def by_opencv_in_rgb(path: Path) -> Any:
    import cv2

    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return (cv2.resize(image, (40, 32)) - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]


def by_opencv_for_vgg(path: Path) -> Any:
    import cv2
    import keras

    image = cv2.resize(cv2.imread(str(path)), dsize=(40, 32), interpolation=cv2.INTER_LANCZOS4)
    return keras.applications.vgg19.preprocess_input(image.astype("float32"))


def greyed_by_opencv(path: Path) -> Any:
    import cv2

    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2GRAY)
    return np.expand_dims(cv2.resize(image, (40, 32), interpolation=cv2.INTER_NEAREST), -1)


def read_grey_by_opencv(path: Path) -> Any:
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    return cv2.resize(image, (40, 32), interpolation=cv2.INTER_LINEAR_EXACT).reshape(32, 40, 1)


def resized_in_a_dataset(path: Path) -> Any:
    import keras
    import tensorflow as tf

    layer = keras.layers.Resizing(32, 40)
    image = tf.io.decode_jpeg(tf.io.read_file(str(path)), channels=3)
    return next(iter(tf.data.Dataset.from_tensors(image).map(layer))).numpy()


def resized_by_a_layer_called_directly(path: Path) -> Any:
    import keras

    layer = keras.layers.Resizing(32, 40)
    return np.asarray(layer(np.array(Image.open(path).convert("RGB"))), "float32")


def standardised_by_the_generator(path: Path) -> Any:
    import tf_keras as keras

    generator = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255.0, samplewise_std_normalization=True)
    image = keras.utils.load_img(path, target_size=(32, 40), interpolation="bicubic")
    return generator.standardize(keras.utils.img_to_array(image))


def resized_by_skimage_without_smoothing(path: Path) -> Any:
    from skimage.transform import resize

    return resize(np.array(Image.open(path).convert("RGB")), (32, 40), anti_aliasing=False)


@pytest.mark.filterwarnings("ignore:This ImageDataGenerator specifies")
@pytest.mark.parametrize(
    "code",
    [
        resized_in_a_dataset,
        resized_by_a_layer_called_directly,
        standardised_by_the_generator,
        resized_by_skimage_without_smoothing,
        by_opencv_in_its_own_order,
        by_opencv_in_rgb,
        by_opencv_for_vgg,
        greyed_by_opencv,
        read_grey_by_opencv,
        means_taken_off_after_the_channels_are_turned,
        channels_turned_after_the_arithmetic,
        imagenet_by_hand,
        middle_cut_by_hand,
        padded_by_pillow,
        cut_by_keras,
        converted_by_tensorflow,
        converted_too_late,
        padded_by_tensorflow,
        grey_by_the_first_tensorflow,
    ],
    ids=lambda code: code.__name__,
)
def test_the_settings_found_give_what_the_code_itself_gives(code: Callable[[Path], Any]) -> None:
    tensorflow()
    made = np.stack([np.asarray(code(path), "float32") for path in PATHS])
    (found,) = reading_from_code(textwrap.dedent(inspect.getsource(code)))
    assert not found.not_understood
    settings = preprocess_of(found, Preprocess(size=(1, 1)))
    read = read_as_training([path.read_bytes() for path in PATHS], settings, made.shape[-1])
    unit = 1 if np.abs(made).max() > 10 else 255  # Differences in pixel values, roughly.
    assert read.shape == made.shape
    assert np.abs(read - made).max() * unit < 1e-3


def test_an_image_cut_out_before_a_smoothing_resize_is_no_fit_of_keras() -> None:
    tensorflow()
    (found,) = reading_from_code(textwrap.dedent(inspect.getsource(cut_and_smoothed_by_hand)))
    assert found.steps == ("crop_to_ratio 32x32", "resize 32x32")
    path = PATHS[0]
    near = Preprocess(size=(32, 32), reader="load_img:lanczos", fit="crop", scale="0..255")
    read = read_as_training([path.read_bytes()], near, 3)[0]
    assert np.abs(read - cut_and_smoothed_by_hand(path)).max() > 2
