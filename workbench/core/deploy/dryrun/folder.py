"""Dry run against a folder: copies on this disk; for a bucket only the uploads, which all kinds share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing
from workbench.core.deploy.dryrun.rehearsal import Golden, Rehearsal
from workbench.core.deploy.folder import FolderPort
from workbench.core.deploy.port import TargetRefused
from workbench.core.file_manifest import read_manifest
from workbench.core.progress import silent
from workbench.spec.release import PushOrder
from workbench.spec.targets.folder import FolderTarget


class _NoApi:
    """A folder has no API beside its bucket's."""

    def __init__(self, golden: Golden) -> None:
        """Predictions are not needed: a folder's versions are tested on this machine."""

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """Always a 404."""
        return missing(f"A folder target has no {asked.path}.")


def _no_commands(target: object, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _copies(export_dir: Path, target: FolderTarget, order: PushOrder) -> list[str]:
    number = order.version or _next(FolderPort(target), order.model, export_dir)
    place = f"{target.path.rstrip('/')}/{order.model}/{number}"
    paths = [entry.path for entry in read_manifest(export_dir, silent).files]
    folders = sorted({f"{place}.part/{Path(p).parent}".removesuffix("/.") for p in paths})
    copies = [f"cp -n {export_dir}/{path} {place}.part/{path}" for path in paths]
    return [*(f"mkdir -p {folder}" for folder in folders), *copies, f"mv -n -T {place}.part {place}"]


def _next(folder: FolderPort, model: str, export_dir: Path) -> str:
    folder.origin(read_manifest(export_dir, silent), model)
    try:
        names = [info.name for info in folder.versions(model)]
    except TargetRefused:
        names = []
    return folder.new_name(model, names)


REHEARSAL: Final = Rehearsal(_NoApi, _no_commands, _copies)
