"""Recorded arrays are read by file name; a damaged archive is bad input, and no file stays open behind it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.training.seen_arrays import seen_arrays
from workbench.spec.errors import WorkbenchError


def archive() -> bytes:
    out = io.BytesIO()
    arrays: dict[str, Any] = {"a.jpg": np.arange(3000.0).reshape(10, 100, 3)}
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def test_arrays_are_read_by_file_name(tmp_path: Path) -> None:
    place = tmp_path / "seen.npz"
    place.write_bytes(archive())
    found = seen_arrays(place)
    assert list(found) == ["a.jpg"]
    assert found["a.jpg"].dtype == np.float32
    np.testing.assert_array_equal(found["a.jpg"], np.arange(3000.0).reshape(10, 100, 3))


def damaged() -> dict[str, bytes]:
    whole = archive()
    middle = len(whole) // 2
    single = io.BytesIO()
    np.save(single, np.zeros(3))
    cut = {f"cut at {place}": whole[:place] for place in (0, 1, 4, 60, middle, len(whole) - 1)}
    overwritten = whole[:middle] + bytes(40) + whole[middle + 40 :]
    return {**cut, "overwritten": overwritten, "no archive": single.getvalue(), "text": b"a text"}


@pytest.mark.parametrize("name", damaged())
def test_a_damaged_archive_is_bad_input_and_is_closed(tmp_path: Path, name: str) -> None:
    place = tmp_path / "seen.npz"
    place.write_bytes(damaged()[name])
    # A file that is left open warns when it goes, and a warning ends the test.
    with pytest.raises(WorkbenchError, match="It is not an \\.npz file of arrays by file name") as caught:
        seen_arrays(place)
    assert (caught.value.code, caught.value.where) == ("BAD_SEEN", str(place))
