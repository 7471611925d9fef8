"""Rows kept on the disk and saved in every format, each read back by somebody else's reader; and what training saw."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.core.predict.result_store import read_rows, spilled
from workbench.core.predict.save import save_rows
from workbench.core.training.image_reading import read_one
from workbench.core.training.pixel_scaling import as_picture
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import Row
from workbench.spec.preprocess import Preprocess
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import RowSummary
from workbench.spec.scale import SCALES
from workbench.spec.tensors import TensorSpec

IMAGES = sorted((REFERENCE / "images").glob("img*.jpg"))
READING = ReplyKeys("classes", labels=("cat", "<dog>"))
ANSWERS = {"classes": TensorSpec("DT_FLOAT", (-1, 2), "c:0"), "metadata": TensorSpec("DT_STRING", (-1,), "m:0")}
ROWS = [
    Row("/x/none.jpg", error=ErrorInfo("CANNOT_READ", "The file cannot be read.", hint="Look at it.")),
    Row(str(IMAGES[0]), prediction={"classes": [0.25, 0.75], "metadata": "a,b"}, milliseconds=4.5),
    Row("/x/é.jpg", prediction={"classes": [0.9, 0.1], "metadata": 'say "hi"'}),
]


@pytest.fixture
def kept(tmp_path: Path) -> list[tuple[Path, int, int]]:
    """The rows on the disk, in two batches."""
    results = tmp_path / "results" / "1.jsonl"
    briefs = [b for batch in spilled(iter([ROWS[:1], ROWS[1:]]), results, READING) for b in batch]
    return [(results, brief.at, brief.size) for brief in briefs]


def saved(kept: list[tuple[Path, int, int]], output: Path) -> Path:
    save_rows(read_rows(kept), output, total=len(kept), reading=READING, answers=ANSWERS)
    return output


def test_every_row_is_found_where_its_brief_says(kept: list[tuple[Path, int, int]]) -> None:
    assert list(read_rows(reversed(kept))) == ROWS[::-1]


def test_a_batch_is_on_the_disk_when_it_is_told(tmp_path: Path) -> None:
    results = tmp_path / "1.jsonl"
    told = spilled(iter([ROWS[:2], ROWS[2:]]), results, READING)
    first: list[RowSummary] = next(told)
    assert [msgspec.json.decode(line, type=Row) for line in results.read_bytes().splitlines()] == ROWS[:2]
    assert [(line.name, line.value) for line in first[1].lines] == [(1, 0.75), (0, 0.25)]


def test_results_that_are_gone_or_changed_are_one_sentence(kept: list[tuple[Path, int, int]]) -> None:
    kept[0][0].write_bytes(b"{}")
    with pytest.raises(WorkbenchError, match="gone"):
        list(read_rows(kept))


def test_csv_is_read_back_by_pythons_reader(kept: list[tuple[Path, int, int]], tmp_path: Path) -> None:
    with saved(kept, tmp_path / "o.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["error"] == "CANNOT_READ: The file cannot be read."
    assert json.loads(rows[1]["classes"]) == [0.25, 0.75]
    assert [row["metadata"] for row in rows] == ["", "a,b", 'say "hi"']


def test_json_lines_are_those_of_the_command_line(kept: list[tuple[Path, int, int]], tmp_path: Path) -> None:
    lines = [json.loads(line) for line in saved(kept, tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert lines[0]["error"] == {"code": "CANNOT_READ", "message": "The file cannot be read. Look at it."}
    assert lines[2] == {"source": "/x/é.jpg", "prediction": ROWS[2].prediction}


def test_npy_is_one_row_of_scores_each_and_nan_where_a_row_failed(
    kept: list[tuple[Path, int, int]], tmp_path: Path
) -> None:
    scores = np.load(saved(kept, tmp_path / "o.npy"), allow_pickle=False)
    assert (scores.dtype, scores.shape) == (np.dtype("float32"), (3, 2))
    assert np.isnan(scores[0]).all()
    np.testing.assert_array_equal(scores[1:], np.asarray([[0.25, 0.75], [0.9, 0.1]], "float32"))


def test_tfrecord_is_read_back_by_tensorflow(kept: list[tuple[Path, int, int]], tmp_path: Path) -> None:
    tf = tensorflow()
    found: list[Mapping[str, Any]] = []
    for record in tf.data.TFRecordDataset(str(saved(kept, tmp_path / "o.tfrecord"))):
        found.append(tf.train.Example.FromString(record.numpy()).features.feature)
    assert [f["source"].bytes_list.value[0].decode() for f in found] == [row.source for row in ROWS]
    assert set(found[0]) == {"source", "error"}
    assert list(found[2]["classes"].float_list.value) == pytest.approx([0.9, 0.1])


def test_the_page_is_whole_escaped_and_has_the_pictures_in_it(
    kept: list[tuple[Path, int, int]], tmp_path: Path
) -> None:
    text = saved(kept, tmp_path / "o.html").read_text("utf-8")
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Reader().feed(text)
    assert (tags.count("tr"), tags.count("img"), tags.count("dog")) == (4, 1, 0)
    assert "&lt;dog&gt;" in text
    assert "http" not in text


def test_another_ending_and_replies_without_scores_are_refused_and_leave_nothing(
    kept: list[tuple[Path, int, int]], tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError, match="does not set the format"):
        saved(kept, tmp_path / "o.xls")
    with pytest.raises(WorkbenchError, match="no scores"):
        saved(kept[:1], tmp_path / "o.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.parametrize("scale", [*SCALES, "mean/std:10,20,30/2,3,4"])
def test_the_networks_picture_undoes_the_scale_to_the_very_pixel_values(scale: str) -> None:
    size = (20, 24)
    data = IMAGES[0].read_bytes()
    pixels = preprocess_function(Preprocess(size=size, scale=scale), 3)(tensorflow().constant([data])).numpy()[0]
    with Image.open(IMAGES[0]) as picture:
        wanted = np.asarray(picture.convert("RGB").resize(size[::-1], Image.Resampling.NEAREST))
    assert np.abs(as_picture(pixels, Preprocess(size=size, scale=scale)).astype(int) - wanted).max() <= 1


def test_what_training_could_not_have_read_is_one_sentence() -> None:
    with pytest.raises(WorkbenchError, match="cannot be read on the training path"):
        read_one(b"no picture", Preprocess(size=(8, 8)), 3)
