"""Across modules. JSON lines and numpy's files: what is read, what is refused, and that nothing in them is run."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.instances import jsonlines
from workbench.core.instances.array_files import arrays_of, rows_of
from workbench.core.instances.jsonlines import read_lines, value_of
from workbench.core.instances.sources import Sources, expand, kind_of_file, name_of
from workbench.spec.errors import ErrorInfo, WorkbenchError


def lines(path: Path) -> list[tuple[int, Any]]:
    found = ((n, v if isinstance(v, ErrorInfo) else value_of(v)) for n, v in read_lines(str(path)))
    return [(n, v.code if isinstance(v, ErrorInfo) else v) for n, v in found]


def test_each_line_has_its_number_and_a_bad_one_ends_nothing(tmp_path: Path) -> None:
    text = '\ufeff{"a": 1}\n\n  \n{broken\n"bare"\n[1, 2]\nNaN\n{"a": Infinity}\n7'
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "b.jsonl").write_bytes(b'{"a": 1}\r\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"a": 2}\n')
    bad = "NOT_JSON"
    assert lines(tmp_path / "a.jsonl") == [
        (1, {"a": 1}), (4, bad), (5, "bare"), (6, [1, 2]), (7, bad), (8, bad), (9, 7),
    ]  # fmt: skip
    assert lines(tmp_path / "b.jsonl") == [(1, {"a": 1}), (2, bad), (3, bad), (4, {"a": 2})]


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n' * 3)
    found = read_lines(str(tmp_path / "a.jsonl"))
    assert next(found) == (1, b'{"a": 1}\n')
    found.close()  # type: ignore[attr-defined]


def test_gzipped_lines_are_read_and_a_cut_one_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"a": 1}\n{"a": 2}\n')
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    assert lines(tmp_path / "a.jsonl.gz") == [(1, {"a": 1}), (2, {"a": 2})]
    (tmp_path / "a.jsonl.gz").write_bytes(packed[:-4])
    assert lines(tmp_path / "a.jsonl.gz")[-1][1] == "CANNOT_READ"


def test_a_line_without_end_is_passed_over_and_the_next_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonlines, "MAX_LINE", 100)
    (tmp_path / "a.jsonl").write_text(f'{{"a": "{"x" * 3_000_000}"}}\n{{"a": 2}}\n')
    assert lines(tmp_path / "a.jsonl") == [(1, "TOO_LARGE"), (2, {"a": 2})]


def read(path: Path, name: str = "") -> list[Any]:
    stored = arrays_of(str(path), path.suffix[1:])[name]
    return [v.tolist() if isinstance(v, np.ndarray) else v for v in rows_of(stored)]


ARRAYS = [
    np.array([b"a\0b", b"", b"longer"]),
    np.array(["Köln", "x"]),
    np.array([[b"a", b"bc"], [b"d", b""]]),
    np.arange(6, dtype="int16"),
    np.arange(12, dtype=">f4").reshape(2, 3, 2),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.array([True, False]),
    np.zeros((0, 3)),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{list(a.shape)}")
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed, None])
def test_arrays_come_row_by_row_as_numpy_has_them(tmp_path: Path, array: Any, save: Any) -> None:
    if save:
        save(tmp_path / "a.npz", first=np.ones(2), x=array)
        assert read(tmp_path / "a.npz", "x") == array.tolist()
    else:
        np.save(tmp_path / "a.npy", array)
        assert read(tmp_path / "a.npy") == array.tolist()


class Runs:
    """Would make a file when unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("pickle_was_run",)


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_a_pickle_is_refused_and_not_run(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    array = np.array([b"x", Runs()], dtype=object)
    np.save("a.npy", array, allow_pickle=True) if ending == "npy" else np.savez("a.npz", allow_pickle=True, x=array)
    with pytest.raises(WorkbenchError, match=r"astype\(bytes\)") as caught:
        arrays_of(f"a.{ending}", ending)
    assert caught.value.code == "PICKLED"
    assert not (tmp_path / "pickle_was_run").exists()


def _npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def _claims(shape: object) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return out.getvalue()


BAD_FILES = {
    "text.npy": (b"hello", "NOT_NUMPY"),
    "pickle.npy": (pickle.dumps([b"x"]), "NOT_NUMPY"),
    "empty.npy": (b"", "NOT_NUMPY"),
    "text.npz": (b"hello", "NOT_NUMPY"),
    "nothing.npz": (b"PK\x05\x06" + bytes(18), "NOT_NUMPY"),
    "number.npy": (_npy(np.array(3.0)), "BAD_ARRAY"),
    "complex.npy": (_npy(np.ones(2, complex)), "BAD_ARRAY"),
    "dates.npy": (_npy(np.array(["2020-01-01"], "datetime64[D]")), "BAD_ARRAY"),
    "minus.npy": (_claims((-2, 3)), "BAD_ARRAY"),
    "wide.npy": (_claims((0, 1 << 40)), "TOO_LARGE"),
}


@pytest.mark.parametrize("name", list(BAD_FILES))
def test_what_is_no_list_of_instances_is_refused_by_its_header(tmp_path: Path, name: str) -> None:
    content, code = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        arrays_of(str(tmp_path / name), name[-3:])
    assert (caught.value.code, caught.value.where) == (code, str(tmp_path / name))


@pytest.mark.parametrize("shape", [(3, 2), (1 << 60, 3)])
def test_an_array_that_claims_more_than_there_is_is_refused_by_its_header(tmp_path: Path, shape: object) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", _claims(shape) + bytes(20))
    (tmp_path / "a.npy").write_bytes(_claims(shape) + bytes(20))
    for kind in ("npy", "npz"):
        with pytest.raises(WorkbenchError, match="it is truncated") as caught:
            arrays_of(str(tmp_path / f"a.{kind}"), kind)
        assert caught.value.code == "NOT_NUMPY"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_damaged_further_on_gives_the_rows_before_and_an_error(tmp_path: Path, save: Any) -> None:
    array = np.frombuffer(os.urandom(400_000), "uint8").reshape(4, 100_000)
    save(tmp_path / "a.npz", x=array)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[-2_000:-1_000] = bytes(1_000)
    (tmp_path / "a.npz").write_bytes(data)
    found = read(tmp_path / "a.npz", "x")
    assert found[0] == array[0].tolist()
    assert isinstance(found[-1], ErrorInfo)
    assert found[-1].code == "BAD_ARRAY"


def test_the_kind_of_a_file_is_told_by_its_ending_or_how_it_begins(tmp_path: Path) -> None:
    contents = {
        "a.jsonl": b"", "b.JSON": b"", "c.ndjson.gz": b"", "d.npy": b"", "e.npz": b"", "f.tfrecords.gz": b"",
        "g-00000-of-00005.tfrecord": b"", "h.tfrecord-00000-of-00005": b"", "i.jpg": b"{}", "results": b'{"a": 1}\n',
        "packed": gzip.compress(b' {"a": 1}'), "array": b"\x93NUMPY\x01", "arrays": b"PK\x03\x04", "photo": b"\xff\xd8",
        "broken": b"\x1f\x8bxx",
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    kinds = ["lines"] * 3 + ["npy", "npz"] + ["tfrecord"] * 3 + ["image", "lines", "lines", "npy", "npz", "image"]
    assert [kind_of_file(tmp_path / name) for name in contents] == [*kinds, "image"]


def test_folders_give_their_images_and_where_images_are_wanted_records_are_refused(tmp_path: Path) -> None:
    for name in ("f/a.jpg", "f/b.jsonl", "c.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({}))
    found = Sources([tmp_path / "f", tmp_path / "c.jsonl"])
    assert [(Path(s.path).name, s.kind) for s in found] == [("a.jpg", "image"), ("c.jsonl", "lines")]
    with pytest.raises(WorkbenchError) as caught:
        expand([tmp_path / "f", tmp_path / "c.jsonl"])
    assert caught.value.code == "NOT_IMAGES"


def test_a_name_that_is_no_utf8_becomes_one() -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    assert name_of(odd) == "caf\N{REPLACEMENT CHARACTER}.jpg"
    assert name_of("café.jpg") == "café.jpg"
