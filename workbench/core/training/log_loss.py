"""Mean negative log-likelihood of the actual classes under the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def log_loss(scores: Array, truth: Array) -> float:
    """Mean of -log of the actual class's probability. Scores that are not probabilities are passed through a
    softmax."""
    exact = scores.astype("float64")
    if exact.min() < 0 or not np.allclose(exact.sum(-1), 1, atol=1e-3):
        exact = np.exp(exact - exact.max(-1, keepdims=True))
        exact = exact / exact.sum(-1, keepdims=True)
    right = exact[np.arange(len(exact)), truth]
    return float(-np.log(np.maximum(right, 1e-12)).mean())
