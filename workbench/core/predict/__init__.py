"""Prediction with an export, identical to the replies of the online API."""

from workbench.core.predict.runner import Predictor

__all__ = ["Predictor"]
