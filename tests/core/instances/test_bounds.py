"""Across modules. Small files of records that claim much are refused by number, before the memory is taken."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from workbench.core.data.peek import peek
from workbench.core.instances import array_files, gzip_io, jsonlines
from workbench.core.instances.array_files import arrays_of, rows_of
from workbench.core.instances.image_instances import read_image
from workbench.core.instances.jsonlines import read_lines, value_of
from workbench.core.instances.tfrecords import read_records, record_of
from workbench.spec.errors import ErrorInfo, WorkbenchError


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits by the kilobyte, so that harmless files meet them."""
    for module in (gzip_io, array_files):
        monkeypatch.setattr(module, "SMALL", 4096)
        monkeypatch.setattr(module, "MAX_EXPANSION", 10)
    monkeypatch.setattr(jsonlines, "MAX_MEMORY", 300_000)


def test_a_packed_line_that_unpacks_to_far_more_is_one_error_and_the_next_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl.gz"
    path.write_bytes(gzip.compress(b'"' + b"0" * 50_000 + b'"\n{"a": 1}\n'))
    (first, bad), (second, good) = read_lines(str(path))
    assert (first, second) == (1, 2)
    assert isinstance(bad, ErrorInfo)
    assert bad.code == "TOO_LARGE"
    assert "4,096" in bad.message
    assert good == b'{"a": 1}\n'


def test_a_line_of_brackets_is_refused_by_what_it_would_take(tmp_path: Path) -> None:
    assert value_of(json.dumps([[]] * 1000).encode()) == [[]] * 1000
    bad = value_of(json.dumps([[]] * 1500).encode())
    assert isinstance(bad, ErrorInfo)
    assert bad.code == "TOO_LARGE"
    assert bad.hint


@pytest.mark.parametrize("line", [b"[" * 1200, b"9" * 5000, b'"\\ud800"', b'{"\\udfff": 1}', b"\xff", b"NaN", b"{"])
def test_a_line_of_another_kind_is_told_as_bad_input(tmp_path: Path, line: bytes) -> None:
    found = value_of(line)
    assert isinstance(found, ErrorInfo)
    assert found.code == "NOT_JSON"


def test_a_packed_record_that_unpacks_to_far_more_is_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "r.tfrecord.gz"
    path.write_bytes(gzip.compress(b"".join(record_of([bytes(50_000)]))))
    ((number, bad),) = read_records(str(path))
    assert number == 1
    assert isinstance(bad, ErrorInfo)
    assert "50,000" in bad.message
    assert "4,096" in bad.message


def test_a_packed_array_by_columns_is_refused_by_what_it_unpacks_to_and_one_by_rows_is_read(tmp_path: Path) -> None:
    for name, array in (("rows", np.zeros((100, 100))), ("columns", np.asfortranarray(np.zeros((100, 100))))):
        np.savez_compressed(tmp_path / f"{name}.npz", x=array)
    assert peek(tmp_path / "rows.npz", 2).values[0].shape == (100,)
    with pytest.raises(WorkbenchError, match=r"80,000 bytes.*row by row"):
        peek(tmp_path / "columns.npz", 2)


def header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    size = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + text.encode("latin-1")


@pytest.mark.parametrize(
    "data",
    [
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (True, 2), }"),
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }"),
        header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
        header("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (2,), }"),
        header("{'descr': ('<f4', (2, 2)), 'fortran_order': False, 'shape': (2,), }"),
        header("{'descr': 3, 'fortran_order': False, 'shape': (2,), }"),
        header("{'descr': '<f4', 'fortran_order': 1, 'shape': 2, }"),
        header("{1: 2}"),
        header("((((((((("),
        header("\0"),
        header("x" * 20_000, (2, 0)),
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", (3, 0)),
        header("{}", (9, 9)),
        b"\x93NUMPY",
        b"",
    ],
)
def test_a_damaged_array_header_is_an_error_of_the_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(data)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.npy", data)
    (tmp_path / "a.npz").write_bytes(packed.getvalue())
    for kind in ("npy", "npz"):
        with pytest.raises(WorkbenchError) as caught:
            arrays_of(str(tmp_path / f"a.{kind}"), kind)
        assert caught.value.where.endswith(kind)


def test_pipes_and_devices_are_no_inputs(tmp_path: Path) -> None:
    for name in ("a.png", "a.jsonl", "a.tfrecord", "a.npy", "a.npz"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(WorkbenchError, match="pipe"):
            peek(tmp_path / name, 1)
    with pytest.raises(WorkbenchError, match="device"):
        read_image("/dev/zero")


def test_whole_files_are_read_as_before(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    (array,) = arrays_of(str(tmp_path / "a.npy"), "npy").values()
    assert [row.tolist() for row in rows_of(array)] == [[0, 1, 2], [3, 4, 5]]
