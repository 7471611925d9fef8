"""Sinks of a pipeline: sharded files of records, and beside them one line per error."""

from __future__ import annotations

import os
import re
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from workbench.core.data.beam.runner import reaching
from workbench.spec.errors import WorkbenchError

_ENDING: Final = re.compile(r"(\.[A-Za-z0-9]+)?(\.gz)?$")


class ShardPattern(NamedTuple):
    """`prefix-00000-of-00005ending`; Beam's own naming of shards."""

    prefix: str
    ending: str

    @property
    def pattern(self) -> str:
        """The pattern that matches the shards."""
        return f"{self.prefix}-?????-of-?????{self.ending}"


def place_of(output: str, default: str, *, gzip: bool = False) -> ShardPattern:
    """The shards for `-o`.

    Raises `WorkbenchError` SHARDS_THERE if some exist, since old and new ones would mix, NO_FILESYSTEM, or
    `OutsideError` CANNOT_REACH for a bucket that cannot be listed.
    """
    remote = "://" in output
    folder, name = os.path.split(output if remote else os.path.abspath(output))
    found = _ENDING.search(name)
    ending = found[0] if found and found[0] else default
    if gzip and not ending.endswith(".gz"):
        ending += ".gz"
    place = ShardPattern(os.path.join(folder, name.removesuffix(found[0] if found else "")), ending)
    if not remote and not os.path.isdir(folder):
        return place
    for there in _matching(place.pattern):
        text = "Shards of this name are there; readers would take both sets for one."
        raise WorkbenchError("SHARDS_THERE", text, where=there, hint="Remove them, or use another name.")
    return place


def _matching(pattern: str) -> list[str]:
    with reaching(pattern):
        return [there.path for match in FileSystems.match([pattern], limits=[1]) for there in match.metadata_list]


def _compression(place: ShardPattern) -> Any:
    return CompressionTypes.GZIP if place.ending.endswith(".gz") else CompressionTypes.UNCOMPRESSED


def write_lines(place: ShardPattern, shards: int, header: bytes = b"") -> Any:
    """A sink that writes bytes as lines."""
    return beam.io.WriteToText(
        place.prefix,
        file_name_suffix=place.ending,
        num_shards=shards,
        coder=beam.coders.BytesCoder(),
        compression_type=_compression(place),
        header=header.decode().rstrip("\r\n") or None,
    )


def write_records(place: ShardPattern, shards: int) -> Any:
    """A sink that writes bytes as TFRecords."""
    return beam.io.WriteToTFRecord(
        place.prefix, file_name_suffix=place.ending, num_shards=shards, compression_type=_compression(place)
    )


def write_table(place: ShardPattern, shards: int, schema: Any) -> Any:
    """A sink that writes dictionaries as Parquet."""
    return beam.io.WriteToParquet(place.prefix, schema, file_name_suffix=place.ending, num_shards=shards)
