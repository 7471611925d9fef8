"""Arrays made by the libraries themselves, as training code makes them, and the way that is found for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.lazy import tensorflow
from workbench.core.match.array_pairs import pairs_of
from workbench.core.match.array_search import match_arrays
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import reading_words

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
