"""A repository of numbered versions as TensorFlow Serving reads it: on disk, or in a bucket.

`ROOT/MODEL/NUMBER/saved_model.pb`; beside the versions, `ROOT/MODEL/.workbench/NUMBER.json` records what each was
created from. TensorFlow Serving ignores names that are not numbers.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report
from workbench.spec.errors import DECODE_ERRORS

OURS: Final = ".workbench"
CONFIG: Final = "models.config"


class VersionRecord(msgspec.Struct, frozen=True):
    """What a version was created from. Written before its files, by which a push claims a number."""

    digest: str
    created: str


class Repository(Protocol):
    """Where the versions are stored."""

    def numbers(self, model: str) -> list[int]:
        """The numbers of the complete versions, ascending."""

    def record(self, model: str, number: int) -> VersionRecord | None:
        """What a version was created from; `None` for a version of another program."""

    def claims(self, model: str) -> list[int]:
        """The numbers that have a record, with complete versions or not."""

    def claim(self, model: str, number: int, digest: str) -> bool:
        """Claim a number for these files; returns whether they own it now. A number they already own is theirs
        again."""

    def put(self, manifest: Manifest, model: str, number: int, report: Report) -> None:
        """Store the files, the graph last; nothing is overwritten."""

    def remove(self, model: str, number: int) -> None:
        """Remove a version, the graph first."""

    def read(self, path: str) -> bytes:
        """A file by its path below the root. Raises `TargetRefused` NOT_FOUND."""

    def read_config(self) -> tuple[str, int]:
        """`models.config` and its generation; empty and 0 if there is none."""

    def write_config(self, text: str, generation: int) -> bool:
        """Replace `models.config` unless it was changed meanwhile; returns whether it was replaced."""

    def close(self) -> None:
        """Close connections."""


def record_of(content: bytes) -> VersionRecord | None:
    """A stored record; `None` if it is invalid, for example truncated."""
    try:
        return msgspec.json.decode(content, type=VersionRecord)
    except DECODE_ERRORS:
        return None
