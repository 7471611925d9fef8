"""Batch prediction jobs: orders, progress, and results joined to the inputs."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError

BatchFormat = Literal["jsonl", "jsonl.gz", "tfrecord", "tfrecord.gz"]
BatchState = Literal["queued", "running", "succeeded", "failed", "cancelled"]

FINISHED: Final = ("succeeded", "failed", "cancelled")

_ENDINGS: Final[dict[str, BatchFormat]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl.gz",
    ".tfrecord": "tfrecord",
    ".tfrecord.gz": "tfrecord.gz",
}


class BatchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is submitted: `inputs` and `output` are `gs://` addresses, `name` is fit for the target."""

    name: str
    model: str
    version: str
    inputs: tuple[str, ...]
    output: str
    format: BatchFormat
    signature: str = ""


class BatchInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A job as the target reports it. `resource` is its full name; counts are instances, -1 if unknown."""

    name: str
    resource: str
    state: BatchState
    done: int = -1
    failed: int = -1
    total: int = -1
    output: str = ""
    created: str = ""
    ended: str = ""
    error: str = ""


class BatchRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The local record of a submitted job, by which its results are joined to the inputs."""

    resource: str
    name: str
    model: str
    version: str
    format: BatchFormat
    inputs: tuple[str, ...]
    sources: tuple[str, ...] = ()
    output: str
    key: str = ""
    created: str = ""


class JoinSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts of joined results, and the first ids of those without a counterpart."""

    inputs: int
    answered: int
    failed: int = 0
    missing: tuple[str, ...] = ()
    duplicate: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every input has exactly one result and there are no others."""
        return not (self.failed or self.missing or self.duplicate or self.unknown)


def format_of(names: tuple[str, ...]) -> BatchFormat:
    """The one format of all files by their endings. Raises `WorkbenchError` BAD_INPUT."""
    found = {_format(name) for name in names}
    if len(found) != 1:
        text = f"A job reads files of one format; these are {', '.join(sorted(found))}."
        raise WorkbenchError("BAD_INPUT", text, hint="Submit one job per format.")
    return found.pop()


def _format(name: str) -> BatchFormat:
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return _ENDINGS[ending]
    hint = f"Use {', '.join(_ENDINGS)} files, or images and folders of images."
    raise WorkbenchError("BAD_INPUT", "A batch job does not read this kind of file.", where=name, hint=hint)
