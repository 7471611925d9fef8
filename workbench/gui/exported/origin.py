"""Where an export of ours came from, and how it becomes a project again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from workbench.gui.project.open_request import OpenRequest
from workbench.spec.manifest import ExportManifest
from workbench.spec.signature import SERVING_DEFAULT, Composition
from workbench.spec.tensors import SignatureSpec


def composition_of(signatures: Mapping[str, SignatureSpec], manifest: ExportManifest | None) -> Composition:
    """Signatures as they are, with what an export of ours says is behind its keys."""
    first = SERVING_DEFAULT if SERVING_DEFAULT in signatures else next(iter(signatures), SERVING_DEFAULT)
    if manifest is None:
        return Composition(dict(signatures), (), serving=first)
    return Composition(dict(signatures), (), serving=manifest.serving, feeds=manifest.feeds, answers=manifest.answers)


def model_beside(directory: Path, name: str, known: Iterable[str] = ()) -> Path | None:
    """The model file an export was made of: one of that name among `known`, or near the export."""
    near = (folder / name for folder in (directory, *list(directory.parents)[:2]))
    candidates = (*(Path(path) for path in known if Path(path).name == name), *near)
    return next((path for path in candidates if path.is_file()), None)


def opening_of(manifest: ExportManifest, model: Path) -> OpenRequest:
    """The export's settings with a model file, as a project that no file holds yet.

    Files beside the model that the project names are taken where they lie beside it; the others are left out, and
    the Model tab asks for them.
    """
    names = {key: getattr(manifest.project, key) for key in ("custom", "architecture")}
    there = {key: name if name and (model.parent / name).is_file() else "" for key, name in names.items()}
    project = msgspec.structs.replace(manifest.project, model=model.name, **there)
    whole = {key: str(model.parent / name) if name else "" for key, name in there.items()}
    return OpenRequest(model, project, custom=whole["custom"], architecture=whole["architecture"])
