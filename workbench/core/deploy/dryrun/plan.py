"""A push from its beginning to its end against an imagined, empty target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.deploy.dryrun.commands import commands_for
from workbench.core.deploy.dryrun.fake_apis import ImaginedMl, ImaginedVertex, key_of
from workbench.core.deploy.dryrun.fake_storage import ImaginedStorage
from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, RecordingSession
from workbench.core.deploy.folder import FolderPort
from workbench.core.deploy.port import Instance, TargetRefused
from workbench.core.deploy.push import push
from workbench.core.deploy.smoke import golden_cases
from workbench.core.file_manifest import read_manifest
from workbench.core.progress import Report, silent
from workbench.spec.cloud_targets import FolderTarget, VertexTarget
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.target import AnyTarget


def plan(
    export_dir: Path,
    target: AnyTarget,
    order: PushOrder,
    *,
    report: Report,
    smoke: Sequence[Instance] = (),
    notes: Sequence[str] = (),
) -> DryRun:
    """Every request `push` would make with the same arguments, and the same as commands; nothing is sent or written.

    A folder on disk has no requests, only commands. `notes` are put before its own. Raises what `push` raises before
    it asks the target.
    """
    if isinstance(target, FolderTarget) and not target.in_bucket():
        return DryRun((), tuple(_copies(export_dir, target, order)), (*notes, _ASSUMED))
    recorder = RecordingSession(_Imagined(export_dir, target).answer)
    result = push(export_dir, target, order, report=report, smoke=smoke, session=recorder)
    calls = tuple(recorder.calls)
    return DryRun(calls, commands_for(target, calls, export_dir), (*notes, _ASSUMED, *result.notes))


_ASSUMED = "So it goes at a target that has neither the files nor the model; what is there is not sent again."


class _Imagined:
    def __init__(self, export_dir: Path, target: AnyTarget) -> None:
        cases = golden_cases(export_dir, target.limits())
        golden = {key_of(case.instance): case.prediction for case in cases}
        self._storage = ImaginedStorage()
        self._api = (ImaginedVertex if isinstance(target, VertexTarget) else ImaginedMl)(dict(golden))

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        return self._storage.answer(asked) if self._storage.takes(asked) else self._api.answer(asked)


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
