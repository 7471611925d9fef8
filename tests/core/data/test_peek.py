"""One record of a file, for a person to look at."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core import jobs
from workbench.core.instances.tfrecords import read_records
from workbench.core.lazy import tensorflow
from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.data import RecordContents, RecordValue
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project


def values(record: RecordContents) -> dict[str, RecordValue]:
    return {value.key: value for value in record.values}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.npz", "a.tfrecord", "a.tfrecord.gz"])
def test_a_record_is_the_same_in_every_format(images: Path, tmp_path: Path, name: str) -> None:
    jobs.prepare([images], tmp_path / name, values={}, features={})
    found = jobs.peek(tmp_path / name, 2)
    image = sorted(images.iterdir())[1]
    assert found.number == 2
    assert values(found)["input"].image == "JPEG 640x480"
    assert values(found)["input"].bytes == image.stat().st_size
    assert str(image).startswith(values(found)["metadata"].text.removesuffix("..."))


def test_numbers_and_lists_have_dtype_shape_and_a_cut_text(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", size=np.arange(24, dtype="float32").reshape(2, 3, 4), id=np.array([5, 6]))
    found = values(jobs.peek(tmp_path / "a.npz", 1))
    assert (found["size"].dtype, found["size"].shape) == ("float32", (3, 4))
    assert found["size"].text == "0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, ... (12 values)"
    assert (found["id"].dtype, found["id"].shape, found["id"].text) == ("int64", (), "5")
    (tmp_path / "a.jsonl").write_text(json.dumps({"t": "x" * 500, "o": {"k": [1]}, "n": None, "w": ["a", "b"]}))
    found = values(jobs.peek(tmp_path / "a.jsonl", 1))
    assert found["t"].text == "x" * 77 + "..."
    assert (found["w"].dtype, found["w"].shape, found["w"].text) == ("string", (2,), "a, b")
    assert (found["o"].dtype, found["n"].dtype) == ("dict", "NoneType")


def test_an_example_of_anybodys_and_a_record_that_is_none(tmp_path: Path) -> None:
    tf = tensorflow()
    example = tf.train.Example()
    example.features.feature["n"].int64_list.value.extend(range(3))
    example.features.feature["f"].float_list.value.append(0.5)
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as out:
        out.write(example.SerializeToString())
        out.write(b"a line of text")
    found = values(jobs.peek(tmp_path / "a.tfrecord", 1))
    assert [(v.dtype, v.shape, v.text) for v in found.values()] == [
        ("float32", (1,), "0.5"),
        ("int64", (3,), "0, 1, 2"),
    ]
    assert values(jobs.peek(tmp_path / "a.tfrecord", 2))[""].text == "a line of text"


def test_an_image_file_is_one_record(images: Path) -> None:
    (value,) = jobs.peek(images / "img00.jpg", 1).values
    assert (value.dtype, value.image) == ("bytes", "JPEG 640x480")


def test_what_is_not_there_or_damaged_is_one_sentence(images: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{broken\n')
    for path, number, code in (
        (tmp_path / "none.jsonl", 1, "NO_FILE"),
        (tmp_path / "a.jsonl", 3, "NO_RECORD"),
        (tmp_path / "a.jsonl", 0, "NO_RECORD"),
        (tmp_path / "a.jsonl", 2, "NOT_JSON"),
        (images / "img00.jpg", 2, "NO_RECORD"),
    ):
        with pytest.raises(WorkbenchError) as caught:
            jobs.peek(path, number)
        assert caught.value.code == code


def test_the_engine_answers_with_the_record(images: Path, tmp_path: Path) -> None:
    jobs.prepare([images], tmp_path / "a.jsonl", values={}, features={})
    event = HANDLERS[m.ReadRecord](
        m.ReadRecord(id=4, path=str(tmp_path / "a.jsonl"), number=3), silent, lambda event: None
    )
    assert event == m.RecordRead(id=4, record=jobs.peek(tmp_path / "a.jsonl", 3))


def test_blank_lines_count_as_they_do_in_the_names_of_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n{"a": 3}\n')
    assert jobs.peek(tmp_path / "a.jsonl", 3).values[0].text == "3"
    with pytest.raises(WorkbenchError, match="no record 2"):
        jobs.peek(tmp_path / "a.jsonl", 2)


def test_pictures_are_put_beside_as_they_are_and_pixels_stretched(images: Path, tmp_path: Path) -> None:
    image = (images / "img00.jpg").read_bytes()
    line = {"input": {"b64": base64.b64encode(image).decode()}, "metadata": "x"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    found = values(jobs.peek(tmp_path / "a.jsonl", 1, tmp_path / "one"))
    assert Path(found["input"].picture).read_bytes() == image
    assert found["metadata"].picture == ""
    pixels = np.linspace(-1, 1, 2 * 4 * 6 * 3, dtype="float32").reshape(2, 4, 6, 3)
    np.savez(tmp_path / "a.npz", pixels=pixels, box=np.zeros((2, 4)))
    found = values(jobs.peek(tmp_path / "a.npz", 2, tmp_path / "two"))
    with Image.open(found["pixels"].picture) as picture:
        assert (picture.size, picture.getextrema()) == ((6, 4), ((0, 248), (4, 251), (7, 255)))
    assert found["box"].picture == ""


def test_the_engine_writes_the_request_that_the_record_is_predicted_by(
    reference_project: Callable[[str], Project], images: Path, tmp_path: Path
) -> None:
    project, pictures = reference_project("tiny_cnn"), tmp_path / "seen"
    jobs.prepare([images], tmp_path / "a.tfrecord", values={}, features={})
    asked = m.ReadRecord(
        id=1, path=str(tmp_path / "a.tfrecord"), number=2, folder=str(pictures), project=project, base=str(REFERENCE)
    )
    event = HANDLERS[m.ReadRecord](asked, silent, lambda event: None)
    assert isinstance(event, m.RecordRead)
    body = json.loads(Path(event.request).read_text())
    example = base64.b64decode(body["instances"][0]["examples"]["b64"])
    assert body["signature_name"] == "tf_example"
    assert example == [data for _, data in read_records(asked.path)][1]
    np.savez(tmp_path / "a.npz", input=np.array([b"x", b"yy"]))
    asked = msgspec.structs.replace(asked, path=str(tmp_path / "a.npz"))
    event = HANDLERS[m.ReadRecord](asked, silent, lambda event: None)
    assert isinstance(event, m.RecordRead)
    body = json.loads(Path(event.request).read_text())
    assert body == {"instances": [{"input": {"b64": "eXk="}, "metadata": f"{asked.path}:2"}]}
    np.savez(tmp_path / "a.npz", inputs=np.array([b"x", b"yy"]), other=np.array([1, 2]))
    event = HANDLERS[m.ReadRecord](asked, silent, lambda event: None)
    assert isinstance(event, m.RecordRead)
    assert event.problem is not None
    assert (event.request, event.problem.code) == ("", "UNKNOWN_KEY")
