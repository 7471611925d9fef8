"""Keras Export Workbench: from a trained Keras image model to a tested, versioned prediction API."""

__version__ = "0.1.0"
