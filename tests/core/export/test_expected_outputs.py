"""Answers of export and model compared: by rows, and where they are no numbers."""

from __future__ import annotations

import numpy as np

from workbench.core.export.expected_outputs import differences

NAN, INF = np.nan, np.inf


def rows(ours: list[list[float]], theirs: list[list[float]]) -> list[float]:
    found = differences(np.array(ours, "float32"), np.array(theirs, "float32"))
    return [float(row) for row in found]


def test_each_row_is_as_far_off_as_its_worst_number() -> None:
    assert rows([[0.5, 1.0], [2.0, 2.0]], [[0.5, 1.5], [2.0, 2.0]]) == [0.5, 0.0]
    assert rows([[INF, 1.0], [INF, 1.0]], [[INF, 1.0], [-INF, 1.0]]) == [0.0, INF]
    assert rows([[1.0]], [[1.0, 2.0]]) == [INF]


def test_a_row_that_is_nan_on_one_side_alone_differs() -> None:
    assert rows([[0.5, 1.0], [NAN, 1.0]], [[NAN, 1.0], [0.5, 1.0]]) == [INF, INF]


def test_how_far_nan_spreads_in_a_row_is_no_difference_and_its_numbers_still_count() -> None:
    assert rows([[NAN, 0.0, 0.0]], [[NAN, NAN, NAN]]) == [0.0]
    assert rows([[NAN, 0.0, 0.5]], [[NAN, NAN, 0.75]]) == [0.25]


def test_whole_numbers_are_compared_by_their_values() -> None:
    assert differences(np.array([1, 2]), np.array([1, 4])).tolist() == [0.0, 2.0]
