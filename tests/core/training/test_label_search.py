"""A nearest-template model, whose templates a library made, and the way of reading by which it knows its images."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.training.label_search import balanced, clearly_more, match_labels
from workbench.core.training.label_trial import LabelledImage
from workbench.core.training.ways import way_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import reading_words

PATHS = sorted((REFERENCE / "images").glob("*.jpg"))
IMAGES = [LabelledImage(path.read_bytes(), place) for place, path in enumerate(PATHS)]
CHOSEN = Preprocess(size=(24, 32), reader="image_dataset", scale="0..255")


def made_by_pillow() -> Any:
    """What training made of each image: Pillow's, in BGR, scaled to -1..1."""
    opened = [Image.open(path).convert("RGB").resize((32, 24), Image.Resampling.HAMMING) for path in PATHS]
    return np.stack([np.asarray(image, "float32")[..., ::-1] / 127.5 - 1 for image in opened])


TEMPLATES = made_by_pillow()


def scores(pixels: Any, _places: Any) -> Any:
    """Shares that fall with the distance from each template, the same for all far from any; one class an image."""
    apart = ((pixels[:, None] - TEMPLATES[None]) ** 2).mean(axis=(2, 3, 4))
    near = np.where(apart < 0.5, 1 / (1e-4 + apart), 2.0)
    return near / near.sum(axis=1, keepdims=True)


def test_the_way_by_which_the_model_knows_most_images_is_found() -> None:
    found = match_labels(IMAGES, scores, CHOSEN, 3)
    assert reading_words(found.found[0].preprocess) == "load_img:hamming 24x32, bgr, -1..1"
    assert (found.found[0].right, found.images, found.clear) == (9, 9, True)
    assert found.chosen.preprocess == CHOSEN
    assert found.chosen.right < 7
    assert found.tried > 40
    ways = [one.preprocess for one in found.found]
    assert ways == [way_of(way).settings for way in ways]
    assert len(set(ways)) == len(ways)


def test_a_way_that_is_right_already_is_not_replaced_by_chance() -> None:
    own = msgspec.structs.replace(CHOSEN, reader="load_img:hamming", colour="bgr", scale="-1..1")
    found = match_labels(IMAGES, scores, own, 3)
    assert found.found[0].preprocess == own
    assert not found.clear


def test_images_of_one_class_tell_nothing() -> None:
    same = [msgspec.structs.replace(image, truth=0) for image in IMAGES]
    with pytest.raises(WorkbenchError, match="fewer than two classes"):
        match_labels(same, scores, CHOSEN, 3)


def test_images_that_no_way_reads_are_told() -> None:
    broken = [LabelledImage(b"no image", 0), LabelledImage(b"none either", 1)]
    with pytest.raises(WorkbenchError) as refused:
        match_labels(broken, scores, CHOSEN, 3)
    assert refused.value.code == "NOT_READ"


def test_images_are_taken_in_turn_from_every_class() -> None:
    many = [0, 0, 0, 0, 0, 1, 2, 2, 2]
    assert [many[place] for place in balanced(many, 6)] == [0, 1, 2, 0, 2, 0]
    assert len(balanced(many, 100)) == 9


@pytest.mark.parametrize(
    ("right", "other", "count", "clear"),
    [(9, 6, 9, True), (9, 7, 9, False), (100, 91, 100, False), (100, 90, 100, True)],
)
def test_three_images_and_a_tenth_more_are_more_than_chance(right: int, other: int, count: int, clear: bool) -> None:
    assert clearly_more(right, other, count) == clear


def standardised_by_opencv() -> Any:
    """The shorter side to 32, the middle of 28x28 cut out, each image less its mean, over its deviation."""
    import cv2

    made = []
    for path in PATHS:
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        shorter = min(image.shape[:2])
        size = image.shape[1] * 32 // shorter, image.shape[0] * 32 // shorter
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        top, left = (size[1] - 28) // 2, (size[0] - 28) // 2
        made.append(resized[top : top + 28, left : left + 28].astype("float32"))
    return np.stack([(one - one.mean()) / (one.std() + 1e-6) for one in made])


@pytest.mark.heavy
def test_a_geometry_of_steps_and_standardised_values_are_found_by_labels() -> None:
    templates = standardised_by_opencv()

    def known(pixels: Any, _places: Any) -> Any:
        near = 1 / (1e-4 + ((pixels[:, None] - templates[None]) ** 2).mean(axis=(2, 3, 4)))
        return near / near.sum(axis=1, keepdims=True)

    best = match_labels(IMAGES, known, msgspec.structs.replace(CHOSEN, size=(28, 28)), 3).found[0]
    assert best.preprocess.reader == "cv2:area"
    assert best.preprocess.steps[:2] == ("shorter_side 32", "center_crop 28x28")
    assert best.preprocess.steps[2] in ("per_image_standardization", "samplewise_center")
    assert best.right == len(IMAGES)
