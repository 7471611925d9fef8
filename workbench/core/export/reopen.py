"""Reads an export back: its signatures, the source of each key, and the project it was built from."""

from __future__ import annotations

from pathlib import Path

from workbench.core.model.sniff import is_model_path, sha256_file
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import read_export_manifest
from workbench.spec.project import Project
from workbench.spec.signature import Composition
from workbench.spec.tensors import examples_tensor


def shown_of(directory: Path) -> tuple[tuple[str, ...], Composition, tuple[str, ...]]:
    """Tags, signatures and labels of any SavedModel; for exports of the Workbench also the source of each key."""
    read = read_signatures(directory)
    told = read_export_manifest(directory)
    if told is None or told.fingerprint != read.fingerprint:
        return read.tags, Composition(read.signatures, ()), ()
    made = Composition(
        read.signatures,
        (),
        serving=told.serving,
        feeds=told.feeds,
        answers=told.answers,
        examples=examples_tensor(told.project.signature.examples_key),
    )
    return read.tags, made, told.project.signature.labels


def reopen(directory: Path, folder: Path) -> tuple[Project, Path]:
    """The project of an export, and its model file: in `folder`, or in the export's own or parent folder.

    Raises `WorkbenchError` NO_MANIFEST for a foreign SavedModel, MODEL_GONE if no file is exactly that model.
    """
    told = read_export_manifest(directory)
    if told is None:
        hint = "Only exports of the workbench contain their project; `show` reads any SavedModel."
        raise WorkbenchError("NO_MANIFEST", "It does not contain its project.", where=str(directory), hint=hint)
    places = dict.fromkeys([folder, directory.parent, directory, Path()])
    for place in places:
        found = place / told.model.name
        if is_model_path(found) and sha256_file(found) == told.model.sha256:
            return told.project, found
    text = f"The model it was made of, {told.model.name} (sha256 {told.model.sha256[:12]}), is not beside it."
    raise WorkbenchError("MODEL_GONE", text, where=str(directory), hint=f"Copy it to {folder.resolve()}.")
