"""Predicting with an export, with the answers the online API would give."""

from workbench.core.predict.runner import Predictor

__all__ = ["Predictor"]
