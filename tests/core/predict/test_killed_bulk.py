"""Across modules. Predictions into files by processes that are killed: no row is lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bulk_child
import pytest
from support import REFERENCE

from workbench.core.predict.bulk import predict_to_files
from workbench.core.progress import silent
from workbench.spec.data import BulkResult

pytest.importorskip("pyarrow")


def kills(export: str, folder: Path, form: str, count: int, seed: int) -> None:
    """Start the child again and again, kill it when its files have grown to some place, and let the last one end."""
    good = sorted((REFERENCE / "images").iterdir())
    (folder / "images").mkdir()
    for number in range(600):
        (folder / "images" / f"img{number}.jpg").symlink_to(good[number % len(good)])
    predictor = bulk_child.predictor_for(export)

    def written(kind: str) -> BulkResult:
        return predict_to_files(
            predictor, bulk_child.order(folder / "images", folder / f"whole.{kind}", kind, 3), silent
        )

    whole = written(form)
    size = written("jsonl").bytes if form == "parquet" else whole.bytes  # Its rows wait as JSON lines.
    predictor.close()
    chance = random.Random(seed)
    places = sorted(0.95 * chance.random() for _ in range(count))
    names = (bulk_child.__file__, export, folder / "images", folder / f"a.{form}")
    command = [sys.executable, *map(str, names), form, "3"]
    for place in places:
        work = folder / f".a.{form}.predicting"
        assert killed(command, work, int(size * place)), "it ended before it was killed"
    subprocess.run(command, check=True, timeout=120)
    for number, name in enumerate(whole.files):
        assert (folder / f"a-{number:05}-of-00003.{form}").read_bytes() == Path(name).read_bytes()
    assert not (folder / f".a.{form}.predicting").exists()


def killed(command: list[str], work: Path, size: int) -> bool:
    """Kill -9 as soon as so many bytes are there and some of them are its own; whether it still ran."""
    size = max(size, _bytes_in(work))
    with subprocess.Popen(command) as child:
        limit = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < limit:
            if _bytes_in(work) > size:
                child.kill()
            time.sleep(0.001)
        child.kill()
        return child.wait() == -9


def _bytes_in(work: Path) -> int:
    return sum(path.stat().st_size for path in work.glob("0000?"))


def test_no_row_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    kills(bulk_child.STAND_IN, tmp_path, "csv", 3, seed=7)


@pytest.mark.heavy
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "tfrecord"])
def test_no_row_is_lost_or_doubled_by_ten_kills(tmp_path: Path, form: str) -> None:
    kills(bulk_child.STAND_IN, tmp_path, form, 10, seed=2026)


@pytest.mark.heavy
def test_no_row_of_a_model_is_lost_or_doubled_by_ten_kills(exported: Callable[[str], Path], tmp_path: Path) -> None:
    kills(str(exported("tiny_cnn")), tmp_path, "csv", 10, seed=2027)
