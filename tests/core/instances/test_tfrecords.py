"""TFRecord files read record by record: TensorFlow's own are understood, damaged ones are told, none harms us."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from workbench.core.instances.sources import kind_of_file
from workbench.core.instances.tfrecords import check_records, masked_crc, read_records
from workbench.core.lazy import tensorflow
from workbench.spec.errors import ErrorInfo, WorkbenchError

RECORDS = [os.urandom(200 * (n + 1)) for n in range(5)] + [b""]
SIZES = [12 + len(r) + 4 for r in RECORDS]


def write(path: Path, packed: str = "", records: Sequence[bytes] = RECORDS) -> Path:
    """With TensorFlow's writer."""
    with tensorflow().io.TFRecordWriter(str(path), packed) as writer:
        for record in records:
            writer.write(record)
    return path


def read(path: Path) -> list[bytes | str]:
    """Every record, an error by its code."""
    return [r.code if isinstance(r, ErrorInfo) else r for _, r in read_records(str(path))]


@pytest.mark.parametrize("packed", ["", "GZIP"])
def test_what_tensorflow_wrote_is_read_whatever_the_files_name(tmp_path: Path, packed: str) -> None:
    path = write(tmp_path / "part", packed)
    assert read(path) == RECORDS
    assert [number for number, _ in read_records(str(path))] == [1, 2, 3, 4, 5, 6]
    check_records(str(path))
    assert kind_of_file(path) == "tfrecord"


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "e.tfrecord").write_bytes(b"")
    check_records(str(tmp_path / "e.tfrecord"))
    assert read(tmp_path / "e.tfrecord") == []


@pytest.mark.parametrize("left", [sum(SIZES[:2]) - 1, sum(SIZES[:1]) + 5, sum(SIZES[:1]) + 100])
def test_a_file_cut_off_anywhere_says_so_at_that_record(tmp_path: Path, left: int) -> None:
    path = write(tmp_path / "a.tfrecord")
    path.write_bytes(path.read_bytes()[:left])
    assert read(path) == [RECORDS[0], "BAD_TFRECORD"]


@pytest.mark.parametrize("place", [SIZES[0] + 2, SIZES[0] + 60, SIZES[0] + SIZES[1] - 1])
def test_a_changed_byte_in_length_content_or_checksum_is_noticed(tmp_path: Path, place: int) -> None:
    path = write(tmp_path / "a.tfrecord")
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert read(path) == [RECORDS[0], "BAD_TFRECORD"]
    number, error = list(read_records(str(path)))[-1]
    assert isinstance(error, ErrorInfo)
    assert (number, "The records before it are intact" in error.hint) == (2, True)


def test_a_gzip_file_cut_between_two_records_is_not_taken_for_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tfrecord.gz", "GZIP")
    data = path.read_bytes()
    for left in (len(data) - 1, len(data) - 9, len(data) // 2, 30):
        path.write_bytes(data[:left])
        assert read(path)[-1] == "BAD_TFRECORD"


def test_a_record_that_claims_to_be_endless_costs_nothing(tmp_path: Path) -> None:
    head = struct.pack("<Q", 1 << 60)
    (tmp_path / "bomb.tfrecord").write_bytes(head + struct.pack("<I", masked_crc(head)) + b"x" * 100)
    assert read(tmp_path / "bomb.tfrecord") == ["BAD_TFRECORD"]


def test_a_first_record_that_begins_as_gzip_does_is_read_as_it_is(tmp_path: Path) -> None:
    record = bytes(0x00088B1F)
    path = write(tmp_path / "a.tfrecord", "", [record])
    assert path.read_bytes()[:3] == b"\x1f\x8b\x08"
    assert read(path) == [record]


@pytest.mark.parametrize(
    "content", [b"no records at all, text", gzip.compress(b"text" * 9, mtime=0), b"\x1f\x8b\x08broken"]
)
def test_what_is_no_tfrecord_is_refused_before_anything_is_predicted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tfrecord").write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        check_records(str(tmp_path / "a.tfrecord"))
    assert caught.value.code in ("NOT_TFRECORD", "CANNOT_READ")
    assert caught.value.where == str(tmp_path / "a.tfrecord")
