"""What is said of the releases that a search did not run."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.spec.opencv_differences import other_releases, release_note
from workbench.spec.preprocess import Preprocess


def settings(reader: str, **more: Any) -> Preprocess:
    return Preprocess(size=(8, 8), reader=reader, **more)


@pytest.mark.parametrize(
    ("reader", "more", "others"),
    [
        ("cv2:area", {}, ()),
        ("cv2:cubic", {}, ("4.2",)),
        ("cv2:cubic", {"opencv": "4.2"}, ("5", "4", "4.5", "3.4")),
        ("cv2:nearest_exact", {}, ("4", "4.5", "4.2", "3.4")),
        ("cv2:area", {"grey": "cvtColor"}, ("3.4",)),
        ("cv2:area", {"formats": "jpeg+png"}, ("4.2",)),
        ("load_img:box", {"opencv": "4.2"}, ()),
    ],
)
def test_the_releases_that_read_otherwise_are_those_of_the_table(
    reader: str, more: dict[str, Any], others: tuple[str, ...]
) -> None:
    assert other_releases(settings(reader, **more)) == others


def test_a_note_names_them_or_says_that_there_are_none() -> None:
    assert release_note(settings("cv2:cubic")).endswith("these releases give other pixels: 4.0 to 4.2.")
    assert release_note(settings("cv2:area")) == "Every known release of OpenCV gives these pixels."
    assert release_note(settings("tf1")) == ""
