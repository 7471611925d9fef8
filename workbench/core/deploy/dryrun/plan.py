"""Plans a push by running all of it against a fake, empty target; reports it as requests and as commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench.core.deploy.adapters import adapter_of
from workbench.core.deploy.dryrun.fake_storage import ImaginedStorage
from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, RecordingSession
from workbench.core.deploy.dryrun.rehearsal import Rehearsal, key_of
from workbench.core.deploy.port import Instance
from workbench.core.deploy.push import push
from workbench.core.deploy.smoke import golden_cases
from workbench.core.progress import Report
from workbench.spec.release import DryRun, PushOrder, RestCall
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
    """Every request that `push` would send with the same arguments, and equivalent commands; nothing is sent or
    written.

    A folder on disk has no requests, only commands. `notes` precede the push's own notes. Raises what `push` raises
    before its first request to the target.
    """
    check_names(target, order.model, order.version or None)
    rehearsal = adapter_of(target.kind).rehearse()
    if target.on_disk() and rehearsal.copies is not None:
        return DryRun((), tuple(rehearsal.copies(export_dir, target, order)), (*notes, _ASSUMED))
    recorder = RecordingSession(_Imagined(export_dir, target, rehearsal).answer)
    result = push(export_dir, target, order, report=report, smoke=smoke, session=recorder)
    calls = tuple(recorder.calls)
    return DryRun(calls, _commands_for(target, rehearsal, calls, export_dir), (*notes, _ASSUMED, *result.notes))


_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
_ASSUMED = "These requests assume an empty target; files and models that already exist are not sent again."


class _Imagined:
    def __init__(self, export_dir: Path, target: Target, rehearsal: Rehearsal) -> None:
        cases = golden_cases(export_dir, target.limits())
        golden = {key_of(case.instance): case.prediction for case in cases}
        self._storage = ImaginedStorage()
        self._api = rehearsal.api(dict(golden))

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        return self._storage.answer(asked) if self._storage.takes(asked) else self._api.answer(asked)


def _commands_for(target: Target, rehearsal: Rehearsal, calls: Sequence[RestCall], export_dir: Path) -> tuple[str, ...]:
    """One line for each request that changes something; read-only requests have none."""
    made = _Commands(target, rehearsal, export_dir)
    return tuple(line for call in calls for line in made.of(call))


class _Commands:
    """The recorded requests as `gcloud` and `gsutil` commands, for doing the same by hand."""

    def __init__(self, target: Target, rehearsal: Rehearsal, export_dir: Path) -> None:
        self._target = target
        self._export = export_dir
        self._rehearsal = rehearsal

    def of(self, call: RestCall) -> Iterator[str]:
        """The lines for one request."""
        parts = urlsplit(call.url)
        path = unquote(parts.path)
        body: Mapping[str, Any] = call.body if isinstance(call.body, dict) else {}
        if found := _UPLOAD.fullmatch(path):
            if call.method == "POST":
                yield self._copy(found[1], str(body.get("name", "")), dict(parse_qsl(parts.query)))
        elif call.method != "GET" and path.startswith("/v1/"):
            yield from self._rehearsal.commands(self._target, call.method, path.removeprefix("/v1/"), body)

    def _copy(self, bucket: str, name: str, query: Mapping[str, str]) -> str:
        guard = f"-h x-goog-if-generation-match:{query.get('ifGenerationMatch', '0')} "
        source = self._source(name)
        return f"gsutil {guard}cp {shlex.quote(source)} {shlex.quote(f'gs://{bucket}/{name}')}"

    def _source(self, name: str) -> str:
        """The export's file that this object is a copy of: the longest suffix of the name that is a file."""
        steps = name.split("/")
        for start in range(len(steps)):
            path = self._export.joinpath(*steps[start:])
            if path.is_file():
                return str(path)
        return "-"
