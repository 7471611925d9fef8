"""Predictions into files: the rows of `predict`, in every format, and none lost or doubled by a stop."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import REFERENCE

from workbench.core.instances.inputs import InstanceRecord
from workbench.core.instances.sources import Sources
from workbench.core.lazy import tensorflow
from workbench.core.predict import Predictor, bulk
from workbench.core.predict.bulk import BulkOrder, predict_to_files
from workbench.core.predict.run_journal import RunJournal
from workbench.core.progress import silent
from workbench.spec.data import BulkResult
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.model import Progress, Row

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def tiny(exported: Callable[[str], Path]) -> Iterator[Predictor]:
    """The reference model of two classes."""
    found = Predictor(exported("tiny_cnn"))
    yield found
    found.close()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Forty images in folders, some of them bad: text, cut off, damaged in the middle, not there."""
    folder = tmp_path / "images"
    good = sorted((REFERENCE / "images").iterdir())
    for number in range(36):
        place = folder / f"part{number // 10}" / f"img{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(good[number % len(good)], place)
    whole = good[1].read_bytes()
    (folder / "part1" / "text.jpg").write_text("dear network")
    (folder / "part1" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "part2" / "empty.jpg").touch()
    (folder / "part2" / "damaged.jpg").write_bytes(whole[:300] + bytes(400) + whole[700:])
    return folder


def ordered(images: Path, output: Path, **options: Any) -> BulkOrder:
    given = {"sources": Sources([images]), "output": output, "format": "jsonl", "batch": 5, "mark_every": 0.0}
    return BulkOrder(**{**given, **options})


def write(predictor: Predictor, images: Path, output: Path, **options: Any) -> BulkResult:
    return predict_to_files(predictor, ordered(images, output, **options), silent)


def documents(predictor: Predictor, images: Path) -> list[dict[str, Any]]:
    return [row.document() for row in predictor.predict_images([images])]


def lines(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def close(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    """The same rows but for the last bits of scores, which depend on a batch's size."""
    assert [r["source"] for r in one] == [r["source"] for r in other]
    assert [r.get("error") for r in one] == [r.get("error") for r in other]
    for mine, theirs in zip(one, other, strict=True):
        if "prediction" in mine:
            assert mine["prediction"]["classes"] == pytest.approx(theirs["prediction"]["classes"], abs=1e-6)
            assert mine["prediction"]["metadata"] == theirs["prediction"]["metadata"]


def test_the_rows_are_those_of_predict_in_order_and_a_bad_image_is_its_own_row(
    tiny: Predictor, images: Path, tmp_path: Path
) -> None:
    expected = documents(tiny, images)
    done = write(tiny, images, tmp_path / "out" / "rows.jsonl")
    found = lines(tmp_path / "out" / "rows.jsonl")
    close(found, expected)
    assert (done.rows, done.failed, done.resumed) == (40, sum("error" in row for row in expected), 0)
    assert {row["error"]["code"] for row in found if "error" in row} >= {"NOT_AN_IMAGE", "BAD_IMAGE", "EMPTY_FILE"}
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["rows.jsonl"]
    assert done.bytes == (tmp_path / "out" / "rows.jsonl").stat().st_size


def test_csv_parquet_and_tfrecord_hold_the_same_rows(tiny: Predictor, images: Path, tmp_path: Path) -> None:
    import pyarrow.parquet

    write(tiny, images, tmp_path / "a.jsonl")
    expected = lines(tmp_path / "a.jsonl")
    write(tiny, images, tmp_path / "a.csv", format="csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        for cells, row in zip(csv.DictReader(file), expected, strict=True):
            assert cells["source"] == row["source"]
            assert json.loads(cells["classes"] or "null") == row.get("prediction", {}).get("classes")
            assert cells["error"].partition(":")[0] == row.get("error", {}).get("code", "")
    write(tiny, images, tmp_path / "a.parquet", format="parquet")
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert str(table.schema.field("classes").type) == "list<element: float>"
    for cells, row in zip(table.to_pylist(), expected, strict=True):
        assert cells["classes"] == row.get("prediction", {}).get("classes")
        assert cells["error_code"] == row.get("error", {}).get("code")
    write(tiny, images, tmp_path / "a.tfrecord", format="tfrecord")
    tf = tensorflow()
    records = list(tf.data.TFRecordDataset(str(tmp_path / "a.tfrecord")).as_numpy_iterator())
    for record, row in zip(records, expected, strict=True):
        feature = tf.train.Example.FromString(record).features.feature
        assert feature["source"].bytes_list.value[0].decode() == row["source"]
        assert list(feature["classes"].float_list.value) == row.get("prediction", {}).get("classes", [])
        assert ("error_code" in feature) == ("error" in row)


@pytest.mark.parametrize("shards", [2, 7])
def test_shards_in_a_row_are_the_whole_and_each_has_its_share(
    tiny: Predictor, images: Path, tmp_path: Path, shards: int
) -> None:
    write(tiny, images, tmp_path / "a.csv", format="csv")
    done = write(tiny, images, tmp_path / "s.csv", format="csv", shards=shards)
    parts = [Path(name).read_bytes().splitlines(keepends=True) for name in done.files]
    whole = (tmp_path / "a.csv").read_bytes().splitlines(keepends=True)
    assert {len(part) - 1 for part in parts} <= {40 // shards, 40 // shards + 1}
    assert [part[0] for part in parts] == [whole[0]] * shards
    assert [line for part in parts for line in part[1:]] == whole[1:]


def test_records_are_counted_where_shards_need_to_know_and_predicted_as_the_images_are(
    tiny: Predictor, images: Path, tmp_path: Path
) -> None:
    from workbench.core import jobs

    folder = images / "part0"
    expected = documents(tiny, folder)
    for name in ("a.jsonl", "a.tfrecord", "a.npz"):
        jobs.prepare([folder], tmp_path / name, values={}, features={})
        order = ordered(folder, tmp_path / "rows.jsonl", sources=Sources([tmp_path / name, folder]), shards=3)
        done = predict_to_files(tiny, order, silent)
        found = lines(*map(Path, done.files))
        assert [r["source"] for r in found[:10]] == [f"{tmp_path / name}:{n}" for n in range(1, 11)]
        assert [r["prediction"]["metadata"] for r in found] == [r["source"] for r in expected] * 2
        assert [len(lines(Path(file))) for file in done.files] == [6, 7, 7]


def stop_after(rows: int) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        if progress.done >= rows:
            raise CancelledError

    return report


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "tfrecord"])
def test_a_stopped_run_is_gone_on_with_to_the_same_bytes(
    tiny: Predictor, images: Path, tmp_path: Path, form: str
) -> None:
    whole = write(tiny, images, tmp_path / f"whole.{form}", format=form, shards=3)
    order = ordered(images, tmp_path / f"cut.{form}", format=form, shards=3, resume=True)
    for rows in (7, 20, 33):
        with pytest.raises(CancelledError) as caught:
            predict_to_files(tiny, order, stop_after(rows))
        assert "--resume" in caught.value.__notes__[0]
        assert not list(tmp_path.glob("cut-*"))
    done = predict_to_files(tiny, order, silent)
    assert (done.rows, done.failed, done.resumed) == (40, whole.failed, 35)
    for mine, theirs in zip(done.files, whole.files, strict=True):
        assert Path(mine).read_bytes() == Path(theirs).read_bytes()
    assert not list(tmp_path.glob(".cut*"))


def stopped(predictor: Predictor, images: Path, output: Path, **options: Any) -> None:
    with pytest.raises(CancelledError):
        predict_to_files(predictor, ordered(images, output, **options), stop_after(10))


def code(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(WorkbenchError) as caught:
        work()
    return caught.value.code, str(caught.value)


def test_a_run_that_did_nothing_leaves_nothing_and_one_that_did_is_not_overwritten(
    tiny: Predictor, images: Path, tmp_path: Path
) -> None:
    with pytest.raises(CancelledError):
        predict_to_files(tiny, ordered(images, tmp_path / "a.jsonl"), stop_after(0))
    assert [p.name for p in tmp_path.iterdir()] == ["images"]
    stopped(tiny, images, tmp_path / "a.jsonl")
    word, text = code(lambda: write(tiny, images, tmp_path / "a.jsonl"))
    assert (word, "10 rows" in text, "--resume" in text) == ("UNFINISHED", True, True)
    assert write(tiny, images, tmp_path / "a.jsonl", resume=True).resumed == 10


def test_another_export_other_inputs_or_options_are_not_gone_on_with(
    tiny: Predictor, images: Path, tmp_path: Path
) -> None:
    output, parts = tmp_path / "a.jsonl", {"export": "1", "shards": "1"}
    stopped(tiny, images, output, parts=parts)

    def again(**options: Any) -> tuple[str, str]:
        return code(lambda: write(tiny, images, output, resume=True, **{"parts": parts, **options}))

    word, text = again(parts={"export": "2", "shards": "3"})
    assert (word, "export has changed" in text, "--shards was '1' and is '3'" in text) == ("CHANGED", True, True)
    image = images / "part3" / "img35.jpg"
    before = image.stat()
    image.write_bytes(image.read_bytes())
    assert "inputs have changed" in again()[1]
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    (images / "new.jpg").touch()
    assert "inputs have changed" in again()[1]
    (images / "new.jpg").unlink()
    assert write(tiny, images, output, resume=True, parts=parts).resumed == 10


def test_two_processes_do_not_work_on_one_output(tiny: Predictor, images: Path, tmp_path: Path) -> None:
    stopped(tiny, images, tmp_path / "a.jsonl")
    other = RunJournal.again(tmp_path / ".a.jsonl.predicting")
    assert other is not None
    assert code(lambda: write(tiny, images, tmp_path / "a.jsonl", resume=True))[0] == "RUNNING"
    other.close()
    assert write(tiny, images, tmp_path / "a.jsonl", resume=True).rows == 40


def test_a_journal_cut_off_within_a_line_goes_back_to_the_line_before(
    tiny: Predictor, images: Path, tmp_path: Path
) -> None:
    write(tiny, images, tmp_path / "whole.jsonl")
    stopped(tiny, images, tmp_path / "a.jsonl")
    journal = tmp_path / ".a.jsonl.predicting" / "journal"
    journal.write_bytes(journal.read_bytes()[:-9])
    done = write(tiny, images, tmp_path / "a.jsonl", resume=True)
    assert 0 < done.resumed < 10 or done.resumed == 10
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_run_that_ended_among_the_last_moves_finishes_them(
    tiny: Predictor, images: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write(tiny, images, tmp_path / f"whole.{form}", format=form, shards=3)
    replace = Path.replace
    moved: list[Path] = []

    def fails(self: Path, target: Path) -> Path:
        if len(moved) == 1:
            raise OSError(28, "No space left on device")
        moved.append(target)
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fails)
        assert code(lambda: write(tiny, images, tmp_path / f"a.{form}", format=form, shards=3))[0] == "CANNOT_WRITE"
    assert moved
    done = write(tiny, images, tmp_path / f"a.{form}", format=form, shards=3, resume=True)
    assert (done.rows, done.resumed) == (40, 40)
    for mine, theirs in zip(done.files, whole.files, strict=True):
        assert Path(mine).read_bytes() == Path(theirs).read_bytes()


def test_large_images_make_small_batches(
    tiny: Predictor, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH_BYTES", 3000)
    sizes: list[int] = []
    rows = tiny.rows

    def counted(records: Sequence[InstanceRecord], start: float | None = None) -> list[Row]:
        sizes.append(len(records))
        return rows(records, start)

    monkeypatch.setattr(tiny, "rows", counted)
    write(tiny, images, tmp_path / "a.jsonl", batch=64)
    assert sum(sizes) == 40
    assert max(sizes) < 10


def test_progress_tells_rate_and_time_left(tiny: Predictor, images: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    predict_to_files(tiny, ordered(images, tmp_path / "a.jsonl"), told.append)
    during = [p for p in told if p.step == "Predicting"]
    assert [p.done for p in during] == [0, *range(5, 41, 5)]
    assert all(p.total == 40 for p in during)
    assert all(p.rate > 0 for p in during[1:])
    assert during[-1].left == 0.0


def test_a_key_that_is_a_column_of_every_table_is_refused_there(tiny: Predictor, images: Path, tmp_path: Path) -> None:
    spec = tiny.served.signatures["serving_default"]
    outputs = {"source": spec.outputs["classes"]}
    served = {**tiny.served.signatures, "serving_default": msgspec.structs.replace(spec, outputs=outputs)}
    other = Predictor.__new__(Predictor)
    other.session, other.form = tiny.session, tiny.form
    other.served = msgspec.structs.replace(tiny.served, signatures=served)
    assert code(lambda: write(other, images, tmp_path / "a.csv", format="csv"))[0] == "KEY_TAKEN"
    assert [p.name for p in tmp_path.iterdir()] == ["images"]
