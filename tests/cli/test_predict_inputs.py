"""`predict` on the input files that gcloud and saved_model_cli take, and on further formats."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.instances.tfrecords import masked_crc


def rows(out: str) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def project(cli: Any, work: Path) -> Path:
    """The two-class model read as the TF 1.15 reference pipeline did."""
    cli("init", work / "tiny_cnn.h5", "--reader", "tf1")
    return work / "tiny_cnn.toml"


def test_what_prepare_wrote_is_predicted_as_the_images_are(cli: Any, work: Path, project: Path) -> None:
    expected = [row["prediction"] for row in rows(cli("predict", project, work / "images", "--format", "jsonl").out)]
    for name in ("a.jsonl", "a.npz", "a.tfrecord", "a.tfrecord.gz"):
        assert cli("prepare", work / "images", "-o", work / name, "--project", project).code == 0
        done = cli("predict", project, work / name, "--format", "jsonl")
        assert (done.code, done.err) == (0, "")
        found = rows(done.out)
        assert [row["prediction"] for row in found] == expected
        assert [row["source"] for row in found] == [f"{work / name}:{n}" for n in range(1, 10)]
    shown = cli("predict", project, work / "a.jsonl")
    assert "a.jsonl:9" in shown.out


def test_files_with_the_usual_keys_are_taken(cli: Any, work: Path, project: Path) -> None:
    """Its numpy arrays and its TFRecord writer, line for line but for the re-encoding of every JPEG."""
    tf = pytest.importorskip("tensorflow")
    images = sorted((work / "images").iterdir())[:3]
    records = [path.read_bytes() for path in images]
    np.save(work / "inputs.npy", np.array(records, dtype=object).astype(bytes))
    with tf.io.TFRecordWriter(str(work / "tf_records-file")) as writer:
        for path, data in zip(images, records, strict=True):
            feature = {
                "input": tf.train.Feature(bytes_list=tf.train.BytesList(value=[data])),
                "metadata": tf.train.Feature(bytes_list=tf.train.BytesList(value=[str(path).encode()])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    expected = [row["prediction"] for row in rows(cli("predict", project, *images, "--format", "jsonl").out)]
    arrays = rows(cli("predict", project, work / "inputs.npy", "--format", "jsonl").out)
    assert [r["prediction"]["classes"] for r in arrays] == [p["classes"] for p in expected]
    assert [
        r["prediction"] for r in rows(cli("predict", project, work / "tf_records-file", "--format", "jsonl").out)
    ] == (expected)


def test_bad_records_are_rows_with_errors_and_end_with_1(cli: Any, work: Path, project: Path) -> None:
    cli("prepare", work / "images", "-o", work / "a.jsonl", "--project", project)
    text = (work / "a.jsonl").read_text().splitlines()
    (work / "a.jsonl").write_text("\n".join([text[0], "{broken", text[1]]))
    done = cli("predict", project, work / "a.jsonl", work / "images" / "img00.jpg", "--format", "jsonl")
    assert done.code == 1
    good, bad, other, image = rows(done.out)
    assert (bad["source"], bad["error"]["code"]) == (f"{work / 'a.jsonl'}:2", "NOT_JSON")
    assert all("prediction" in row for row in (good, other, image))
    assert image["source"] == str(work / "images" / "img00.jpg")


def bad_files(work: Path) -> dict[str, tuple[list[object], str]]:
    """Files that cannot be predicted, each with words of the one sentence."""
    np.save(work / "objects.npy", np.array([b"x", None], dtype=object), allow_pickle=True)
    np.savez(work / "strange.npz", colour=np.ones(3), size=np.ones(3))
    np.savez(work / "wrong.npz", input=np.zeros((2, 5, 5, 3), "float32"), metadata=np.array(["a", "b"]))
    (work / "text.tfrecord").write_text("no records in here")
    (work / "text.npz").write_text("no arrays in here")
    (work / "one.jsonl").write_text("{}\n")
    return {
        "pickle": ([work / "objects.npy"], "astype(bytes)"),
        "keys": ([work / "strange.npz"], "no key ['colour', 'size']"),
        "shape": ([work / "wrong.npz"], "[2, 5, 5, 3]"),
        "no tfrecord": ([work / "text.tfrecord"], "not a TFRecord file"),
        "no npz": ([work / "text.npz"], "not a complete npz file"),
        "no signature": ([work / "one.jsonl", "--signature", "other"], "no signature 'other'"),
        "images to floats": ([work / "images", "--signature", "tensor"], "has no image input"),
        "unknown key": ([work / "one.jsonl", "--set", "colour=1"], "no key 'colour'"),
    }


CASES = [
    "pickle", "keys", "shape", "no tfrecord", "no npz", "no signature", "images to floats", "unknown key",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_right_is_one_sentence(cli: Any, work: Path, project: Path, case: str) -> None:
    arguments, words = bad_files(work)[case]
    done = cli("predict", project, *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_hostile_tfrecord_does_not_take_the_program_along(cli: Any, work: Path, project: Path) -> None:
    # The length 2**60 with its right checksum: TensorFlow's own reader dies of it.
    head = struct.pack("<Q", 1 << 60)
    (work / "a.tfrecord").write_bytes(head + struct.pack("<I", masked_crc(head)) + bytes(50))
    done = cli("predict", project, work / "a.tfrecord", "--format", "jsonl")
    assert (done.code, rows(done.out)[0]["error"]["code"]) == (1, "BAD_TFRECORD")
