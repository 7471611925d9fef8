"""Names of files and shards, and that they come into their places together or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from workbench.core.data.writers import write_all
from workbench.core.instances.output_files import beside, layout_of, move_all
from workbench.spec.errors import WorkbenchError


@pytest.mark.parametrize(
    ("name", "options", "form", "files"),
    [
        ("a.jsonl", {}, "jsonl", ["a.jsonl"]),
        ("a.JSON", {}, "jsonl", ["a.JSON"]),
        ("a.v2.tfrecords.gz", {}, "tfrecord", ["a.v2.tfrecords.gz"]),
        ("a.tfrecord", {"gzip": True}, "tfrecord", ["a.tfrecord.gz"]),
        ("a", {"form": "tfrecord"}, "tfrecord", ["a"]),
        ("a", {"form": "npy"}, "npy", ["a.npz"]),
        ("a.npy", {}, "npy", ["a.npy"]),
        ("a.txt", {"form": "jsonl", "gzip": True}, "jsonl", ["a.txt.gz"]),
        (
            "a.v2.tfrecord.gz",
            {"shards": 2},
            "tfrecord",
            ["a.v2-00000-of-00002.tfrecord.gz", "a.v2-00001-of-00002.tfrecord.gz"],
        ),
        ("part", {"form": "jsonl", "shards": 2}, "jsonl", ["part-00000-of-00002", "part-00001-of-00002"]),
    ],
)
def test_the_files_are_named_as_their_readers_expect(
    tmp_path: Path, name: str, options: dict[str, Any], form: str, files: list[str]
) -> None:
    found = layout_of(tmp_path / name, **options)
    assert (found.format, [p.name for p in found.files]) == (form, files)
    assert found.gzip == files[0].endswith(".gz")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.txt", {}, "does not set the format"),
        ("a", {}, "--format"),
        ("a.jsonl", {"form": "tfrecord"}, "means jsonl, but the format is tfrecord"),
        ("a.npz", {"gzip": True}, "not gzipped"),
        ("a", {"form": "csv"}, "no format 'csv'"),
    ],
)
def test_a_name_that_contradicts_itself_is_refused(
    tmp_path: Path, name: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        layout_of(tmp_path / name, **options)
    assert (caught.value.code, words in str(caught.value)) == ("BAD_OUTPUT", True)


def test_shards_of_another_count_are_not_mixed_with_new_ones(tmp_path: Path) -> None:
    (tmp_path / "a-00002-of-00003.tfrecord").touch()
    (tmp_path / "ab-00002-of-00003.tfrecord").touch()
    for shards in (1, 3):
        assert len(layout_of(tmp_path / "a.tfrecord", shards=shards).files) == shards
    with pytest.raises(WorkbenchError, match="a-00002-of-00003") as caught:
        layout_of(tmp_path / "a.tfrecord", shards=2)
    assert caught.value.code == "SHARDS_THERE"


def test_files_that_cannot_all_go_into_their_places_go_into_none(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with beside(tmp_path / "new") as work:
        for name in ("0", "1"):
            (work / name).write_text(name)
        with pytest.raises(WorkbenchError) as caught:
            move_all([(work / "0", tmp_path / "good"), (work / "1", tmp_path / "taken")])
    assert caught.value.code == "CANNOT_WRITE"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["new", "taken"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkbenchError) as caught, beside(tmp_path / "file" / "sub"):
        pass
    assert caught.value.code == "CANNOT_WRITE"


def test_pieces_are_written_whole_where_the_system_takes_a_part_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [bytes([n % 256]) * (n % 7) for n in range(2500)]

    def some(file: int, parts: Sequence[bytes]) -> int:
        return os.write(file, b"".join(parts)[:1500])

    monkeypatch.setattr(os, "writev", some)
    with (tmp_path / "a").open("wb") as file:
        write_all(file.fileno(), pieces)
    assert (tmp_path / "a").read_bytes() == b"".join(pieces)
