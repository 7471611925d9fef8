"""The recorded requests as `gcloud` and `gsutil` lines, in their order, for people who would do it by hand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench.core.deploy.adapters import adapter_of
from workbench.spec.release import RestCall
from workbench.spec.targets.base import Target

_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")


def commands_for(target: Target, calls: Sequence[RestCall], export_dir: Path) -> tuple[str, ...]:
    """A line for each request that changes something; those that only look have none."""
    made = _Commands(target, export_dir)
    return tuple(line for call in calls for line in made.of(call))


class _Commands:
    def __init__(self, target: Target, export_dir: Path) -> None:
        self._target = target
        self._export = export_dir
        self._rehearsal = adapter_of(target.kind).rehearse()

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
        """The export's file that this object is a copy of: the longest ending of the name that is one."""
        steps = name.split("/")
        for start in range(len(steps)):
            path = self._export.joinpath(*steps[start:])
            if path.is_file():
                return str(path)
        return "-"
