"""Heaps of texts in HDF5 files are checked before the library reads them; the library's own files pass."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from workbench.core.model.global_heap import check_global_heaps
from workbench.core.model.h5 import read_h5
from workbench.spec.errors import WorkbenchError


def texts(path: Path, count: int, length: int = 10) -> bytes:
    """A file of the library's own with texts of variable length; gives its bytes."""
    with h5py.File(path, "w") as file:
        for number in range(count):
            file.attrs[f"a{number}"] = "x" * (length + number % 11)
        file.create_dataset("many", data=["y" * n for n in range(40)], dtype=h5py.string_dtype())
    return path.read_bytes()


@pytest.mark.parametrize(("count", "length"), [(1, 10), (300, 10), (3, 30_000)])
def test_files_of_the_library_pass(tmp_path: Path, count: int, length: int) -> None:
    assert b"GCOL" in texts(tmp_path / "a.h5", count, length)
    check_global_heaps(tmp_path / "a.h5", "a.h5")


def test_a_heap_is_found_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = texts(tmp_path / "a.h5", 30)
    at = data.index(b"GCOL")
    damaged = data[: at + 24] + (1 << 40).to_bytes(8, "little") + data[at + 32 :]
    (tmp_path / "a.h5").write_bytes(damaged)
    for block in (1 << 20, at + 3, at, 17):
        monkeypatch.setattr("workbench.core.model.global_heap._BLOCK", block)
        with pytest.raises(WorkbenchError, match=f"global heap at byte {at} is damaged") as caught:
            check_global_heaps(tmp_path / "a.h5", "a.h5")
        assert caught.value.code == "HDF5_BROKEN"


def test_a_heap_that_the_file_ends_in_is_damaged(tmp_path: Path) -> None:
    data = texts(tmp_path / "a.h5", 30)
    (tmp_path / "a.h5").write_bytes(data[: data.index(b"GCOL") + 100])
    with pytest.raises(WorkbenchError, match="global heap"):
        check_global_heaps(tmp_path / "a.h5", "a.h5")


def test_a_model_file_is_checked_before_its_texts_are_read(tmp_path: Path) -> None:
    data = texts(tmp_path / "a.h5", 30)
    at = data.index(b"GCOL")
    (tmp_path / "a.h5").write_bytes(data[: at + 24] + (1 << 40).to_bytes(8, "little") + data[at + 32 :])
    with pytest.raises(WorkbenchError, match="global heap"):
        read_h5(tmp_path / "a.h5")


def test_values_that_only_look_like_the_beginning_of_a_heap_pass(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(b"GCOL" * 100 + b"GCOL\x02\0\0\0")
    check_global_heaps(tmp_path / "a.h5", "a.h5")
