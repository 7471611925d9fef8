"""What a version answers to, read off the files it was made from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from workbench.core.deploy.port import NOT_FOUND, Refusal, open_port
from workbench.core.deploy.storage import Staging
from workbench.core.export.read import read_signatures
from workbench.core.predict.forms import InstanceForm, form_of_export
from workbench.spec.manifest import MANIFEST_PATH
from workbench.spec.target import Target, VersionInfo

GRAPH: Final = "saved_model.pb"


def form_at(target: Target, model: str, version: str = "") -> InstanceForm:
    """What one instance of a version, or of the default one, holds.

    Raises as `fetch_version`, and NO_IMAGE_KEY where the signature alone does not tell which input is the image.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as beside:
        folder = Path(beside)
        fetch_version(target, model, version, folder)
        return form_of_export(folder, read_signatures(folder).signatures)


def fetch_version(target: Target, model: str, version: str, folder: Path) -> VersionInfo:
    """Bring the graph and the manifest of a version, or of the default one, into `folder`; answers which it was.

    The `ml` API says nothing of signatures; the version's `deploymentUri` holds the graph that does, and beside
    it an export of ours has the manifest that tells images from keys. Raises `Refusal` NOT_FOUND for a version or
    files that are not there, `OutsideError` when the target fails.
    """
    with open_port(target) as port:
        found = _pick(port.versions(model), model, version)
    place = urlsplit(found.origin)
    with Staging(target.endpoint(), target.project, place.netloc) as staging:
        _fetch(staging, place.path.strip("/"), folder)
    return found


def _fetch(staging: Staging, prefix: str, folder: Path) -> None:
    (folder / GRAPH).write_bytes(staging.download(f"{prefix}/{GRAPH}"))
    try:
        manifest = staging.download(f"{prefix}/{MANIFEST_PATH}")
    except Refusal as err:
        if err.code != NOT_FOUND:
            raise
        return  # Another program's export: its signature alone has to tell.
    (folder / MANIFEST_PATH).parent.mkdir()
    (folder / MANIFEST_PATH).write_bytes(manifest)


def _pick(versions: tuple[VersionInfo, ...], model: str, name: str) -> VersionInfo:
    for version in versions:
        if version.name == name or (not name and version.default):
            return version
    wanted = f"version '{name}'" if name else "default version"
    there = ", ".join(v.name for v in versions) or "none"
    raise Refusal(NOT_FOUND, f"The model '{model}' has no {wanted}.", hint=f"There are: {there}.")
