"""The export: preprocessing graph, model and keys joined, frozen, written as a SavedModel and verified."""

from workbench.core.export.build import export, export_of
from workbench.core.savedmodel.read import SavedModelInfo, is_saved_model, read_signatures

__all__ = ["SavedModelInfo", "export", "export_of", "is_saved_model", "read_signatures"]
