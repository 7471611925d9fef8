"""The numbers and the picture of a difference, on arrays whose difference is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.core.predict.pixel_difference import MOST_GAIN, difference
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess

LEVELS = Preprocess(size=(4, 5), scale="0..255")


def test_numbers_are_in_pixel_values_whatever_the_scale(tmp_path: Path) -> None:
    zeros = np.zeros((4, 5, 3), "float32")
    other = zeros.copy()
    other[1, 2, 0] = 2.0
    found = difference(zeros, other, Preprocess(size=(4, 5), scale="-1..1"), tmp_path)
    assert (found.largest, found.gain) == (255.0, 1)
    assert found.mean == pytest.approx(255.0 / 60)
    assert found.differing == pytest.approx(1 / 60)


@pytest.mark.parametrize(("largest", "gain"), [(255, 1), (128, 1), (127, 2), (3, MOST_GAIN), (0.001, MOST_GAIN)])
def test_small_differences_are_shown_brighter_by_a_power_of_two(tmp_path: Path, largest: float, gain: int) -> None:
    ours = np.zeros((4, 5, 1), "float32")
    ours[3, 4, 0] = largest
    found = difference(ours, np.zeros_like(ours), LEVELS, tmp_path)
    assert found.gain == gain
    shown = np.asarray(Image.open(found.path))
    assert shown.shape == (4, 5)
    assert shown[3, 4] == round(min(largest * gain, 255))
    assert int(shown.sum()) == int(shown[3, 4])


def test_what_is_the_same_has_no_picture_and_no_number_is_not_a_difference_from_itself(tmp_path: Path) -> None:
    same = np.full((4, 5, 3), np.nan, "float32")
    same[0] = 3
    assert difference(same, same.copy(), LEVELS, tmp_path).exact
    assert list(tmp_path.iterdir()) == []


def test_two_shapes_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"\[4, 5, 3\] and training \[5, 4, 3\]"):
        difference(np.zeros((4, 5, 3)), np.zeros((5, 4, 3)), LEVELS, tmp_path)
