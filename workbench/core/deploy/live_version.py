"""The live version at a target: its signatures and manifest from its files, its predictions by online calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.deploy.call import call
from workbench.core.deploy.version_form import fetch_version
from workbench.core.instances.image_instances import to_json
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.manifest import ExportManifest, read_export_manifest
from workbench.spec.project import Project
from workbench.spec.targets.base import Target
from workbench.spec.tensors import SignatureSpec

_AGAINST: Final = re.compile(r"(?P<target>[^/]+)/(?P<model>[^/]+)(/(?P<version>[^/]+))?")


class DeployedVersion(msgspec.Struct, frozen=True):
    """A version at a target with its signatures and, if the Workbench wrote it, its manifest."""

    target: Target
    model: str
    version: str
    signatures: dict[str, SignatureSpec]
    manifest: ExportManifest | None = None

    @property
    def name(self) -> str:
        """The model and the version in readable form."""
        return f"{self.model}/{self.version}"

    def answers(self, instances: Sequence[dict[str, Any]]) -> list[dict[str, object] | ErrorInfo]:
        """Its online predictions, one per instance in order. Raises `OutsideError` if the target fails."""
        return list(call(self.target, self.model, self.version, (to_json(i) for i in instances)))


def live_version(against: str, project: Project, folder: Path, url: str = "") -> DeployedVersion:
    """The version named as TARGET/MODEL[/VERSION], with its graph and manifest downloaded into `folder`.

    Raises `WorkbenchError` BAD_AGAINST, NO_TARGET or NOT_FOUND, `OutsideError` if the target fails.
    """
    found = _AGAINST.fullmatch(against)
    if found is None:
        hint = "Use TARGET/MODEL or TARGET/MODEL/VERSION, such as local/digits/v1."
        raise WorkbenchError("BAD_AGAINST", f"'{against}' names no version.", hint=hint)
    target = project.target(found["target"])
    if url:
        target = msgspec.structs.replace(target, url=url)
    version = fetch_version(target, found["model"], found["version"] or "", folder)
    read = read_signatures(folder)
    return DeployedVersion(target, found["model"], version.name, read.signatures, read_export_manifest(folder))
