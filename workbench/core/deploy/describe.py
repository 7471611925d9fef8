"""What a version answers to, read off the files it was made from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from workbench.core.deploy.port import NOT_FOUND, Refusal, open_port
from workbench.core.deploy.storage import Staging
from workbench.core.export.read import read_signatures
from workbench.spec.signature import SignatureSpec
from workbench.spec.target import Target, VersionInfo


def signatures_at(target: Target, model: str, version: str = "") -> dict[str, SignatureSpec]:
    """The signatures of a version, or of the default one.

    The `ml` API says nothing of signatures; the version's `deploymentUri` holds the graph that does.
    Raises `Refusal` NOT_FOUND for a version or files that are not there, `OutsideError` when the target fails.
    """
    with open_port(target) as port:
        found = _pick(port.versions(model), model, version)
    place = urlsplit(found.origin)
    name = f"{place.path.strip('/')}/saved_model.pb"
    with Staging(target.endpoint(), target.project, place.netloc) as staging:
        content = staging.download(name)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        (Path(folder) / "saved_model.pb").write_bytes(content)
        return read_signatures(Path(folder)).signatures


def _pick(versions: tuple[VersionInfo, ...], model: str, name: str) -> VersionInfo:
    for version in versions:
        if version.name == name or (not name and version.default):
            return version
    wanted = f"version '{name}'" if name else "default version"
    there = ", ".join(v.name for v in versions) or "none"
    raise Refusal(NOT_FOUND, f"The model '{model}' has no {wanted}.", hint=f"There are: {there}.")
