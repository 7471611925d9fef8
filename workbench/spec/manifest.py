"""The export manifest in `assets.extra`: how an export was made, and its golden cases."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.files import read_regular
from workbench.spec.project import Project
from workbench.spec.settings import CheckSettings
from workbench.spec.step_files import file_name, with_files
from workbench.spec.tensors import SignatureInput, SignatureOutput

MANIFEST_PATH: Final = "assets.extra/workbench.json"
WARMUP_PATH: Final = "assets.extra/tf_serving_warmup_requests"
"""Where TensorFlow Serving looks for requests to send itself after loading (`saved_model_warmup.md`)."""


MAX_MANIFEST: Final = 256 * 1024 * 1024
"""Bytes: the golden cases in it hold whole images in base64, 16 at most."""


class ModelSource(msgspec.Struct, frozen=True):
    """The model file an export was made of."""

    name: str
    sha256: str
    bytes: int
    keras_version: str


class GoldenCase(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request instance as JSON (bytes as `{"b64": ...}`) and what the export answered to it.

    `source` is the image's file name; empty for a synthetic picture.
    """

    instance: dict[str, object]
    prediction: dict[str, object]
    source: str = ""


class ExportManifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an export records about itself; with the model file beside it, `project` builds it again.

    The project's targets are left out, and its paths are file names only. `feeds` and `answers` are those of
    the serving signature. `runtime` is the oldest TensorFlow that reads the graph,
    `warmup` the number of warm-up requests beside it.
    """

    project: Project
    model: ModelSource
    versions: dict[str, str]
    fingerprint: str
    serving: str
    feeds: tuple[SignatureInput, ...]
    answers: tuple[SignatureOutput, ...]
    layout: str = "frozen"
    runtime: str = ""
    warmup: int = 0
    golden: tuple[GoldenCase, ...] = ()
    workbench: int = 1


def bare_names(project: Project) -> Project:
    """The project as an export may carry it: no targets, no images to check it with, no folders of this machine."""
    names = {key: _bare(getattr(project, key)) for key in _PATHS}
    export = msgspec.structs.replace(project.export, examples=(), example_values="")
    kept = msgspec.structs.replace(with_files(project, file_name), targets={}, export=export, check=CheckSettings())
    return msgspec.structs.replace(kept, **names)


def _bare(name: str) -> str:
    """The name alone, whichever system's folders it was said with; empty for a folder's own names."""
    bare = name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    return "" if bare in (".", "..") else bare


def manifest_shown(directory: Path) -> tuple[ExportManifest | None, str]:
    """What an export says of itself, without its golden cases (they hold whole images), or why it cannot be read."""
    try:
        told = read_export_manifest(directory)
    except WorkbenchError as err:
        return None, f"{err.message} {err.hint}".strip()
    return (msgspec.structs.replace(told, golden=()) if told else None), ""


_PATHS: Final = ("model", "custom", "architecture")


def read_export_manifest(directory: Path) -> ExportManifest | None:
    """The manifest of an export; `None` for a SavedModel of another program. Raises `WorkbenchError` BAD_MANIFEST.

    An export may come from anybody: of its project only what `bare_names` keeps is believed, whatever else it says.
    """
    place = directory / MANIFEST_PATH
    if not place.is_file():
        return None
    try:
        told = msgspec.json.decode(read_regular(place, MAX_MANIFEST), type=ExportManifest)
        model = msgspec.structs.replace(told.model, name=_bare(told.model.name))
        return msgspec.structs.replace(told, project=bare_names(told.project), model=model)
    except (OSError, *DECODE_ERRORS) as err:
        hint = "Export again."
        raise WorkbenchError(
            "BAD_MANIFEST", f"The manifest cannot be read: {err}.", where=str(place), hint=hint
        ) from err
