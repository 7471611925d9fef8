"""Means and deviations from numpy's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.feature_statistics import statistics_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.steps import Featurewise


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 1, 3), (4, 5, 3)])
def test_a_file_has_a_number_for_all_or_one_a_channel_or_one_a_pixel(tmp_path: Path, shape: tuple[int, ...]) -> None:
    numbers = np.random.default_rng(0).random(shape)
    np.save(tmp_path / "mean.npy", numbers)
    np.savez(tmp_path / "both.npz", mean=numbers, std=numbers + 1)
    np.savez(tmp_path / "one.npz", whatever=numbers)
    for name, moment, wanted in (("mean.npy", "mean", 0), ("both.npz", "std", 1), ("one.npz", "mean", 0)):
        found = statistics_of(Featurewise(moment, file=str(tmp_path / name)), (4, 5, 3))  # type: ignore[arg-type]
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, numbers + wanted)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (np.zeros(2), "shape (2,), not (3,) or (4, '?', 3)"),
        (np.zeros((5, 5, 3)), "shape"),
        (np.array([1, np.nan, 2]), "finite"),
        (np.array(["a"]), "finite"),
        (np.array([-1.0]), "below 0"),
        (np.array([None]), "cannot be read"),
        (b"no array", "cannot be read"),
        (b"", "cannot be read"),
        (b"PK\x03\x04 cut", "cannot be read"),
        (None, "does not exist"),
    ],
)
def test_a_file_without_such_numbers_is_told_by_its_name(tmp_path: Path, content: Any, word: str) -> None:
    place = tmp_path / "std.npy"
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif content is not None:
        np.save(place, content, allow_pickle=True)
    with pytest.raises(WorkbenchError) as caught:
        statistics_of(Featurewise("std", file=str(place)), (4, None, 3))
    assert (caught.value.code, caught.value.where) == ("BAD_STEP", str(place))
    assert word in caught.value.message


def test_an_archive_of_several_arrays_needs_the_one_of_the_steps_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", mean=np.zeros(3), other=np.zeros(3))
    with pytest.raises(WorkbenchError, match=r"cannot be read: .*std"):
        statistics_of(Featurewise("std", file=str(tmp_path / "x.npz")), (4, 5, 3))
