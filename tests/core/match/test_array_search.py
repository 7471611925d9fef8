"""Arrays made by the libraries themselves, as training code makes them, and the way that is found for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import photo
from PIL import Image
from support import REFERENCE

from workbench.core.lazy import tensorflow
from workbench.core.match.array_pairs import pairs_of
from workbench.core.match.array_search import match_arrays
from workbench.spec.errors import WorkbenchError
from workbench.spec.match_candidates import array_candidates, evidence_words
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import ArrayMatch, reading_words

PATHS = sorted((REFERENCE / "images").glob("*.jpg"))
BASE = Preprocess(size=(1, 1))


def by_pillow(path: Path) -> Any:
    return np.asarray(Image.open(path).convert("RGB").resize((60, 44), Image.Resampling.LANCZOS), "float32") / 255.0


def by_keras(path: Path) -> Any:
    import keras

    image = keras.utils.load_img(path, target_size=(44, 60), interpolation="bilinear", keep_aspect_ratio=True)
    return keras.applications.vgg16.preprocess_input(keras.utils.img_to_array(image)[None])


def by_tensorflow(path: Path) -> Any:
    tf = tensorflow()
    image = tf.io.decode_jpeg(path.read_bytes(), channels=3)
    return (tf.image.resize(image, [44, 60]) / 127.5 - 1).numpy()


def by_the_first_tensorflow(path: Path) -> Any:
    tf = tensorflow()
    image = tf.io.decode_jpeg(path.read_bytes(), channels=3)[None]
    return tf.compat.v1.image.resize_bilinear(image, [44, 60])[0].numpy()[..., ::-1]


def grey(path: Path) -> Any:
    import keras

    image = keras.utils.load_img(path, color_mode="grayscale", target_size=(44, 60), interpolation="hamming")
    return keras.utils.img_to_array(image)[..., 0] * np.float32(1 / 255.0)


def by_opencv(path: Path) -> Any:
    import cv2

    return cv2.resize(cv2.imread(str(path)), (60, 44), interpolation=cv2.INTER_AREA).astype("float32") / 127.5 - 1


def in_rgb_by_opencv(path: Path) -> Any:
    import cv2

    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return cv2.resize(image, (60, 44), interpolation=cv2.INTER_LANCZOS4) * np.float32(1 / 255)


def greyed_by_opencv(path: Path) -> Any:
    import cv2

    return cv2.resize(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2GRAY), (60, 44)).astype("float32")


def by_hand(path: Path) -> Any:
    image = np.asarray(Image.open(path).convert("RGB").resize((60, 44), Image.Resampling.BOX), "float32")
    return (image - np.array([120, 110, 100.5], "float32")) / np.array([60, 61, 62], "float32")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (by_pillow, "load_img:lanczos 44x60, mean/std:0/255"),
        pytest.param(by_keras, "load_img:bilinear 44x60, crop, caffe", marks=pytest.mark.heavy),
        (by_tensorflow, "image_dataset 44x60, -1..1"),
        pytest.param(by_the_first_tensorflow, "tf1 44x60, bgr, 0..255", marks=pytest.mark.heavy),
        pytest.param(grey, "load_img:hamming 44x60, 0..1", marks=pytest.mark.heavy),
        (by_opencv, "cv2:area 44x60, -1..1"),
        pytest.param(in_rgb_by_opencv, "cv2:lanczos4 44x60, rgb, 0..1", marks=pytest.mark.heavy),
        (greyed_by_opencv, "cv2:linear 44x60, cvtColor, 0..255"),
        (by_hand, "load_img:box 44x60, mean/std:120,110,100.5/60,61,62"),
    ],
)
def test_the_way_that_made_the_arrays_is_found_and_called_exact(code: Callable[[Path], Any], words: str) -> None:
    paths = PATHS[:4]
    found = match_arrays(pairs_of(paths, {path.name: code(path) for path in paths}), BASE)
    assert reading_words(found.found[0].preprocess) == words
    assert (found.found[0].exact, found.found[0].largest, found.images) == (True, 0.0, 4)
    assert found.found[1].mean >= found.found[0].mean
    assert not found.unread


def cut_after_the_shorter_side(path: Path) -> Any:
    image = Image.open(path).convert("RGB")
    shorter = min(image.size)
    image = image.resize((image.width * 32 // shorter, image.height * 32 // shorter), Image.Resampling.BILINEAR)
    left, top = (image.width - 28) // 2, (image.height - 28) // 2
    x = np.asarray(image.crop((left, top, left + 28, top + 28)), "float32") / np.float32(255)
    return (x - np.array([0.485, 0.456, 0.406], "float32")) / np.array([0.229, 0.224, 0.225], "float32")


def letterboxed_by_opencv(path: Path) -> Any:
    import cv2

    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    factor = min(28 / image.shape[0], 28 / image.shape[1])
    height, width = round(image.shape[0] * factor), round(image.shape[1] * factor)
    made = np.full((28, 28, 3), 114, "uint8")
    top, left = (28 - height) // 2, (28 - width) // 2
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    made[top : top + height, left : left + width] = resized
    return made * np.float32(1 / 255)


def cut_and_standardised_by_tensorflow(path: Path) -> Any:
    tf = tensorflow()
    image = tf.image.central_crop(tf.io.decode_jpeg(path.read_bytes(), channels=3), 0.875)
    return tf.image.per_image_standardization(tf.image.resize(image, [28, 28])).numpy()


def padded_by_tensorflow(path: Path) -> Any:
    tf = tensorflow()
    image = tf.io.decode_jpeg(path.read_bytes(), channels=3, dct_method="INTEGER_ACCURATE")
    return tf.image.resize_with_pad(image, 28, 28, method="lanczos3", antialias=True).numpy() / 127.5 - 1


def grey_in_three_channels(path: Path) -> Any:
    import cv2

    grey = cv2.resize(np.asarray(cv2.imread(str(path), 0)), (28, 28), interpolation=cv2.INTER_AREA)
    return np.repeat(grey[..., None], 3, axis=-1).astype("float32") / np.float32(255)


def standardised_by_the_generator(path: Path) -> Any:
    import tf_keras

    made = tf_keras.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255.0, samplewise_center=True, samplewise_std_normalization=True
    )
    image = tf_keras.utils.load_img(path, target_size=(28, 28), interpolation="bicubic")
    return made.standardize(tf_keras.utils.img_to_array(image))


def middle_cut_by_opencv(path: Path) -> Any:
    import cv2

    image = np.asarray(cv2.imread(str(path)))
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    middle = image[top : top + side, left : left + side]
    return cv2.resize(middle, (28, 28), interpolation=cv2.INTER_CUBIC).astype("float32") - 117


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("code", "reader", "steps"),
    [
        (
            cut_after_the_shorter_side,
            "load_img:bilinear",
            ("shorter_side 32", "center_crop 28x28", "scale torch"),
        ),
        (letterboxed_by_opencv, "cv2:linear", ("letterbox 28x28 114", "scale 0..1")),
        (
            cut_and_standardised_by_tensorflow,
            "image_dataset",
            ("central_fraction 0.875", "resize 28x28", "per_image_standardization"),
        ),
        (padded_by_tensorflow, "tf:lanczos3+antialias", ("resize_with_pad 28x28", "scale -1..1")),
        (grey_in_three_channels, "cv2:area", ("resize 28x28", "grey_to_rgb", "scale mean/std:0/255")),
        (
            standardised_by_the_generator,
            "load_img:bicubic",
            ("resize 28x28", "scale 0..1", "samplewise_center", "samplewise_std"),
        ),
        (
            middle_cut_by_opencv,
            "cv2:cubic",
            ("crop_to_ratio 28x28", "resize 28x28", "reverse_channels", "scale mean/std:117/1"),
        ),
    ],
)
def test_steps_are_found_and_called_exact(code: Callable[[Path], Any], reader: str, steps: tuple[str, ...]) -> None:
    tensorflow()
    best = match_arrays(pairs_of(PATHS, {path.name: code(path) for path in PATHS}), BASE).found[0]
    texts = tuple(text for text in best.preprocess.step_texts() if text != "scale 0..255")
    assert (best.exact, best.preprocess.reader, texts) == (True, reader, steps)
    assert best.preprocess.dct == ("accurate" if code is padded_by_tensorflow else "default")


@pytest.mark.heavy
def test_floats_of_scikit_image_are_found_within_their_rounding() -> None:
    from skimage.transform import resize

    def smoothed(path: Path) -> Any:
        return resize(np.asarray(Image.open(path).convert("RGB")), (28, 28), anti_aliasing=True)

    found = match_arrays(pairs_of(PATHS, {path.name: smoothed(path) for path in PATHS}), BASE)
    assert (found.found[0].preprocess.reader, found.clear) == ("skimage:1", True)


def test_ways_that_the_images_cannot_tell_apart_are_named(tmp_path: Path) -> None:
    for width in (64, 96):
        photo(64, width, seed=width).save(tmp_path / f"{width}.png")
    paths = sorted(tmp_path.glob("*.png"))
    seen = {path.name: cut_after_the_shorter_side(path) for path in paths}
    best = match_arrays(pairs_of(paths, seen), BASE).found[0]
    assert best.exact
    assert best.preprocess.steps == ("shorter_side 32", "center_crop 28x28", "scale torch")
    other = "load_img:bilinear 28x28, shorter_side 32 round, center_crop 28x28, scale torch"
    assert other in best.alike
    (told,) = array_candidates(ArrayMatch((best,), 2, 1))
    assert told.note.startswith("These images cannot tell it from: ")
    assert evidence_words(told, 2, "seen.npz") == f"{told.words}: no difference on 2 images of seen.npz"


def test_arrays_that_no_way_makes_are_told_their_distance_and_never_exact() -> None:
    noise = np.random.default_rng(1).integers(-2, 3, (44, 60, 3))
    seen = {path.stem: by_pillow(path) + noise / 255 for path in PATHS[:2]}
    best = match_arrays(pairs_of(PATHS, seen), BASE).found[0]
    assert best.preprocess.reader == "load_img:lanczos"
    assert not best.exact
    assert 1 < best.mean < 1.5
    assert 1.9 < best.largest < 2.1


def test_images_of_their_own_sizes_are_matched_without_a_resize() -> None:
    small = sorted(PATHS, key=lambda path: path.stat().st_size)[:2]
    seen = {path.name: np.asarray(Image.open(path).convert("RGB"), "float32") / 127.5 - 1 for path in small}
    best = match_arrays(pairs_of(PATHS, seen), BASE).found[0]
    assert (reading_words(best.preprocess), best.exact) == ("load_img:bilinear as sent, -1..1", True)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ({"other.jpg": np.zeros((4, 4, 3))}, "NO_PAIRS"),
        ({}, "NO_PAIRS"),
        ({PATHS[0].name: np.zeros((4, 4, 2))}, "BAD_SEEN"),
        ({PATHS[0].name: np.full((4, 4, 3), np.nan)}, "BAD_SEEN"),
        ({PATHS[0].name: np.zeros((4, 4, 3)), PATHS[1].name: np.zeros((5, 4, 3))}, "BAD_SEEN"),
    ],
)
def test_arrays_that_cannot_be_matched_are_refused_by_name(seen: dict[str, Any], code: str) -> None:
    with pytest.raises(WorkbenchError) as refused:
        match_arrays(pairs_of(PATHS, seen), BASE)
    assert refused.value.code == code
