"""A push from its beginning to its end against an imagined, empty target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.deploy.adapters import adapter_of
from workbench.core.deploy.dryrun.commands import commands_for
from workbench.core.deploy.dryrun.fake_storage import ImaginedStorage
from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, RecordingSession
from workbench.core.deploy.dryrun.rehearsal import Rehearsal, key_of
from workbench.core.deploy.port import Instance
from workbench.core.deploy.push import push
from workbench.core.deploy.smoke import golden_cases
from workbench.core.progress import Report
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.target import check_names
from workbench.spec.targets.base import Target


def plan(
    export_dir: Path,
    target: Target,
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
    check_names(target, order.model, order.version or None)
    rehearsal = adapter_of(target.kind).rehearse()
    if target.on_disk() and rehearsal.copies is not None:
        return DryRun((), tuple(rehearsal.copies(export_dir, target, order)), (*notes, _ASSUMED))
    recorder = RecordingSession(_Imagined(export_dir, target, rehearsal).answer)
    result = push(export_dir, target, order, report=report, smoke=smoke, session=recorder)
    calls = tuple(recorder.calls)
    return DryRun(calls, commands_for(target, calls, export_dir), (*notes, _ASSUMED, *result.notes))


_ASSUMED = "So it goes at a target that has neither the files nor the model; what is there is not sent again."


class _Imagined:
    def __init__(self, export_dir: Path, target: Target, rehearsal: Rehearsal) -> None:
        cases = golden_cases(export_dir, target.limits())
        golden = {key_of(case.instance): case.prediction for case in cases}
        self._storage = ImaginedStorage()
        self._api = rehearsal.api(dict(golden))

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        return self._storage.answer(asked) if self._storage.takes(asked) else self._api.answer(asked)
