"""A repository of numbered versions as TensorFlow Serving reads it: on disk, or in a bucket.

`ROOT/MODEL/NUMBER/saved_model.pb`; beside the versions `ROOT/MODEL/.workbench/NUMBER.json` says what each was made of.
TensorFlow Serving passes over whatever is no number.
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
    """What a version was made of. Written before its files: it is how a push claims a number."""

    digest: str
    created: str


class Repository(Protocol):
    """Where the versions lie."""

    def numbers(self, model: str) -> list[int]:
        """The versions that are whole, in order."""

    def record(self, model: str, number: int) -> VersionRecord | None:
        """What a version was made of; `None` for another program's."""

    def claims(self, model: str) -> list[int]:
        """The numbers that have a record, whole versions or not."""

    def claim(self, model: str, number: int, digest: str) -> bool:
        """Take a number for these files; whether it is ours now. It is ours again if it was before."""

    def put(self, manifest: Manifest, model: str, number: int, report: Report) -> None:
        """Bring the files, the graph last and never over others."""

    def remove(self, model: str, number: int) -> None:
        """Take a version away, the graph first."""

    def read(self, path: str) -> bytes:
        """A file by its path below the root. Raises `Refusal` NOT_FOUND."""

    def read_config(self) -> tuple[str, int]:
        """`models.config` and its generation; empty and 0 where there is none."""

    def write_config(self, text: str, generation: int) -> bool:
        """Replace it if nobody else has meanwhile."""

    def close(self) -> None:
        """Close connections."""


def record_of(content: bytes) -> VersionRecord | None:
    """A record as it is kept; `None` where it is none, cut off say."""
    try:
        return msgspec.json.decode(content, type=VersionRecord)
    except DECODE_ERRORS:
        return None
