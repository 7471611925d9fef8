"""The model file: scanned without running it, loaded by the library that wrote it."""

from workbench.core.model.load import LoadedModel, load
from workbench.core.model.scan import inspect

__all__ = ["LoadedModel", "inspect", "load"]
