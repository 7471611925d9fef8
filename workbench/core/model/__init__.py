"""The model file: a static scan of its content, repairs, load policy, and loading with the library that wrote it."""

from workbench.core.model.load import LoadedModel, load
from workbench.core.model.scan import inspect

__all__ = ["LoadedModel", "inspect", "load"]
