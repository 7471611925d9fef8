"""A model file that has not changed is scanned once in a process, and any change of it is seen."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from opened_files import opened
from support import REFERENCE

from workbench.core.model.load_permission import scan
from workbench.core.model.scan_memo import KEPT, ScanMemo
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelExtras, ModelFacts

SCAN = 3
"""How often a file is opened for a scan: to see what it is, for its heaps and its hash. h5py's own is not heard of."""


def settle() -> None:
    """Until another change of a file would show in its times."""
    time.sleep(0.12)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    found = tmp_path / "m.h5"
    shutil.copy(REFERENCE / "tiny_cnn.h5", found)
    settle()
    return found


def opens(path: Path, work: Callable[[], object]) -> int:
    with opened(path) as seen:
        work()
    return len(seen)


def test_an_unchanged_file_is_scanned_once(model: Path) -> None:
    with opened(model) as seen:
        first = scan(model)
        assert len(seen) == SCAN
        assert scan(model) == first == scan(model)
        assert len(seen) == SCAN


def rewritten(model: Path) -> None:
    """Another byte at the end, the same size, and the time of modification put back."""
    times = model.stat()
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    os.utime(model, ns=(times.st_atime_ns, times.st_mtime_ns))


def replaced(model: Path) -> None:
    """Another file by the same name."""
    other = model.with_name("other.h5")
    shutil.copy2(model, other)
    rewritten(other)
    os.replace(other, model)


@pytest.mark.parametrize("change", [rewritten, replaced])
def test_a_change_is_seen_even_with_the_same_size_and_time(model: Path, change: Callable[[Path], None]) -> None:
    before = scan(model)
    change(model)
    assert scan(model).sha256 != before.sha256


def test_a_file_that_was_written_just_now_is_not_remembered(model: Path) -> None:
    rewritten(model)
    assert opens(model, lambda: [scan(model), scan(model)]) == 2 * SCAN


def test_the_files_beside_it_count_as_well(model: Path) -> None:
    own = model.with_name("layers.py")
    own.write_text("class Mine:\n    pass\n")
    settle()
    named = ModelExtras(custom=own)
    assert opens(model, lambda: [scan(model, named), scan(model, named)]) == SCAN
    own.write_text("class Other:\n    pass\n")
    assert opens(model, lambda: scan(model, named)) == SCAN


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "m.h5").write_bytes(b"no model")
    settle()
    for _ in range(2):
        with pytest.raises(WorkbenchError):
            scan(tmp_path / "m.h5")
    shutil.copy(REFERENCE / "tiny_cnn.h5", tmp_path / "m.h5")
    assert scan(tmp_path / "m.h5").layers


def test_the_longest_unused_scan_goes_first(model: Path) -> None:
    facts, memo = scan(model), ScanMemo()
    scanned: list[int] = []

    def read(number: int) -> Callable[[], ModelFacts]:
        return lambda: scanned.append(number) or facts  # type: ignore[func-returns-value]

    for number in (*range(KEPT), 0, KEPT, 0, 1):
        memo.facts([model], number, read(number))
    assert scanned == [*range(KEPT + 1), 1]
