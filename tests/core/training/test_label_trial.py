"""Scores of a model, as they are compared with labels."""

from __future__ import annotations

import numpy as np

from workbench.core.training.label_trial import two_classes


def test_one_score_of_a_yes_stands_for_two_classes() -> None:
    assert two_classes(np.array([[0.25]])).tolist() == [[0.75, 0.25]]
    assert two_classes(np.array([[0.0], [3.0]])).argmax(-1).tolist() == [0, 1]
    assert two_classes(np.zeros((2, 1, 1, 5))).shape == (2, 5)
