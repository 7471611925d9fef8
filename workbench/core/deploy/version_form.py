"""The instance form and signatures of a version, read from its files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from workbench.core.deploy.port import NOT_FOUND, TargetRefused, open_port
from workbench.core.instances.instance_form import InstanceForm, ServedSignatures, served_by
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.manifest import MANIFEST_PATH
from workbench.spec.target import VersionInfo
from workbench.spec.targets.base import Target

GRAPH: Final = "saved_model.pb"


def form_at(target: Target, model: str, version: str = "") -> InstanceForm:
    """The form of an instance of a version, or of the default one.

    Raises as documented at `fetch_version`, and NO_IMAGE_KEY if the signature alone does not show which input is the
    image.
    """
    return served_at(target, model, version).form


def served_at(target: Target, model: str, version: str = "") -> ServedSignatures:
    """The signatures that a version serves.

    Raises `TargetRefused` NOT_FOUND, `OutsideError`, `WorkbenchError` NO_IMAGE_KEY.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as beside:
        folder = Path(beside)
        fetch_version(target, model, version, folder)
        return served_by(folder, read_signatures(folder).signatures)


def fetch_version(target: Target, model: str, version: str, folder: Path) -> VersionInfo:
    """Download the graph and the manifest of a version, or of the default one, into `folder`; returns its info.

    The APIs do not expose signatures; the version's own files contain them in the graph, and an export of the Workbench
    also has the manifest, which tells images from keys. If no version is the default, the newest is used. Raises
    `TargetRefused` NOT_FOUND for a missing version or missing files, `OutsideError` if the target fails.
    """
    with open_port(target) as port:
        found = _pick(port.versions(model), model, version)
        (folder / GRAPH).write_bytes(port.fetch(found, GRAPH))
        try:
            manifest = port.fetch(found, MANIFEST_PATH)
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return found  # Another program's export: only its signature is known.
        (folder / MANIFEST_PATH).parent.mkdir()
        (folder / MANIFEST_PATH).write_bytes(manifest)
    return found


def _pick(versions: tuple[VersionInfo, ...], model: str, name: str) -> VersionInfo:
    for version in versions:
        if name in (version.name, *version.aliases) or (not name and version.default):
            return version
    if not name and versions:
        return versions[-1]
    wanted = f"version '{name}'" if name else "default version"
    there = ", ".join(v.name for v in versions) or "none"
    raise TargetRefused(NOT_FOUND, f"The model '{model}' has no {wanted}.", hint=f"Versions: {there}.")
