"""A nearest-template model, whose templates a library made, and the way of reading by which it knows its images."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.match.candidates import plainly_said
from workbench.core.match.label_search import LabelledImage, balanced, class_places, match_labels, two_classes
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


def scores(pixels: Any) -> Any:
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
    assert ways == [plainly_said(way) for way in ways]
    assert len({(way.reader, way.order, way.scale, way.fit) for way in ways}) == len(ways)


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
    many = [LabelledImage(bytes([n]), truth) for truth, count in ((0, 5), (1, 1), (2, 3)) for n in range(count)]
    assert [image.truth for image in balanced(many, 6)] == [0, 1, 2, 0, 2, 0]
    assert len(balanced(many, 100)) == 9


@pytest.mark.parametrize(
    ("labels", "width", "places"),
    [
        (("dog", "cat"), 2, {"dog": 0, "cat": 1}),
        ((), 2, {"cat": 0, "dog": 1}),
    ],
)
def test_folders_are_classes_by_the_labels_or_in_keras_order(
    labels: tuple[str, ...], width: int, places: dict[str, int]
) -> None:
    assert class_places(["dog", "cat", "dog"], labels, width) == places


def test_folders_named_by_numbers_are_the_classes_of_a_model_that_has_more() -> None:
    assert class_places(["3", "7"], (), 10)["7"] == 7


@pytest.mark.parametrize(("labels", "width"), [(("a", "b"), 2), ((), 3), (("cat", "x", "dog"), 2)])
def test_a_folder_that_is_no_class_is_named(labels: tuple[str, ...], width: int) -> None:
    with pytest.raises(WorkbenchError, match=r"'(cat|dog)' is not one of the model's"):
        class_places(["cat", "dog"], labels, width)


def test_one_score_of_a_yes_stands_for_two_classes() -> None:
    assert two_classes(np.array([[0.25]])).tolist() == [[0.75, 0.25]]
    assert two_classes(np.array([[0.0], [3.0]])).argmax(-1).tolist() == [0, 1]
    assert two_classes(np.zeros((2, 1, 1, 5))).shape == (2, 5)
