"""Images to files of instances: contents, counts, bad images, repeated ids, and nothing half-written."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from support import IMAGE, REFERENCE, facts

from workbench.core.data import array_writer, writers
from workbench.core.data.instance_schema import InstanceSchema, default_schema, wanted_by_project
from workbench.core.data.prepare import PrepareOrder, prepare
from workbench.core.data.writers import json_line, request_bytes
from workbench.core.instances.output_files import OutputLayout
from workbench.core.lazy import tensorflow
from workbench.core.progress import silent
from workbench.spec.data import PrepareResult
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.image_feeds import pictures
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import Passthrough, SignatureSettings
from workbench.spec.signature import compose


def run(inputs: list[Path], output: Path, **options: Any) -> PrepareResult:
    return prepare(PrepareOrder(inputs=inputs, output=output, **{"wanted": default_schema(), **options}), silent)


def wanted(*passthrough: str | Passthrough) -> InstanceSchema:
    """The form of a project with these passthrough keys and a vector of four."""
    known = facts(IMAGE, ("size", (None, 4)))
    keys = SignatureSettings(passthrough=passthrough)
    project = Project(model="m.h5", preprocess=Preprocess(size=(64, 48)), signature=keys)
    return wanted_by_project(compose(known, project), pictures(known, project))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_json_lines_have_the_usual_keys_with_the_files_own_bytes(images: Path, tmp_path: Path) -> None:
    done = run([images], tmp_path / "out" / "a.jsonl")
    paths = sorted(images.iterdir())
    assert lines(tmp_path / "out" / "a.jsonl") == [
        {"input": {"b64": base64.b64encode(p.read_bytes()).decode()}, "metadata": str(p)} for p in paths
    ]
    size = (tmp_path / "out" / "a.jsonl").stat().st_size
    assert (done.images, done.errors, done.bytes, done.keys) == (9, 0, size, ("input", "metadata"))
    assert (done.files, done.errors_file, done.notes_file) == ((str(tmp_path / "out" / "a.jsonl"),), "", "")
    assert names(tmp_path / "out") == ["a.jsonl"]


def test_tfrecords_hold_a_feature_for_each_key_in_the_list_of_its_kind(images: Path, tmp_path: Path) -> None:
    keys = wanted("metadata", Passthrough("shop", dtype="int32"), Passthrough("flags", dtype="bool", shape=(2,)))
    values: dict[str, object] = {"shop": 7, "flags": [True, False], "size": [1, 2, 3, 4.5]}
    run([images / "img00.jpg"], tmp_path / "a.tfrecord", wanted=keys, values=values)
    tf = tensorflow()
    (record,) = tf.data.TFRecordDataset(str(tmp_path / "a.tfrecord")).as_numpy_iterator()
    features = tf.train.Example.FromString(record).features.feature
    assert features["input"].bytes_list.value[0] == (images / "img00.jpg").read_bytes()
    assert features["metadata"].bytes_list.value[0].decode() == str(images / "img00.jpg")
    assert list(features["shop"].int64_list.value) == [7]
    assert list(features["flags"].int64_list.value) == [1, 0]
    assert list(features["size"].float_list.value) == [1, 2, 3, 4.5]


def test_an_npz_needs_no_pickle_and_has_an_array_for_each_key(images: Path, tmp_path: Path) -> None:
    keys = wanted("metadata", Passthrough("box", dtype="float32", shape=(2, 2)), Passthrough("words", shape=(-1,)))
    values: dict[str, object] = {"size": [1, 2, 3, 4], "box": [[1, 2], [3, 4]], "words": ["a", "Köln"]}
    run([images], tmp_path / "a.npz", wanted=keys, values=values)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert list(found["input"]) == [p.read_bytes() for p in sorted(images.iterdir())]
        assert found["metadata"][0].decode() == str(images / "gray.jpg")
        assert (found["size"].dtype, found["size"].shape) == (np.dtype("float32"), (9, 4))
        assert found["box"].tolist() == [[[1, 2], [3, 4]]] * 9
        assert found["words"][0].tolist() == [b"a", "Köln".encode()]


def test_padding_to_the_longest_image_is_packed_away(images: Path, tmp_path: Path) -> None:
    with (images / "img00.jpg").open("ab") as file:
        file.write(b"x" * 3_000_000)
    done = run([images], tmp_path / "a.npz")
    assert done.bytes < 6_000_000
    with np.load(tmp_path / "a.npz") as found:
        assert found["input"].itemsize > 3_000_000
        assert list(found["input"])[1] == (images / "img00.jpg").read_bytes()


def test_one_array_alone_goes_into_an_npy_and_several_do_not(images: Path, tmp_path: Path) -> None:
    form = msgspec.structs.replace(default_schema().form, inputs={"input": default_schema().form.inputs["input"]})
    bare = InstanceSchema(msgspec.structs.replace(form, passthrough=()), default_schema().taken)
    run([images], tmp_path / "a.npy", wanted=bare)
    assert list(np.load(tmp_path / "a.npy")) == [p.read_bytes() for p in sorted(images.iterdir())]
    with pytest.raises(WorkbenchError, match=r"\.npz") as caught:
        run([images], tmp_path / "b.npy")
    assert caught.value.code == "MANY_KEYS"


def test_bytes_that_end_in_nul_are_no_array_and_are_other_files(images: Path, tmp_path: Path) -> None:
    with (images / "img00.jpg").open("ab") as file:
        file.write(b"\0\0")
    done = run([images], tmp_path / "a.npz")
    assert (done.images, done.errors) == (8, 1)
    assert lines(tmp_path / "a.npz.errors.jsonl")[0]["code"] == "ENDS_IN_NUL"
    assert run([images], tmp_path / "a.jsonl").errors == 0


@pytest.mark.parametrize("ending", ["jsonl", "tfrecord", "npz"])
def test_shards_in_a_row_have_the_images_in_order(images: Path, tmp_path: Path, ending: str) -> None:
    done = run([images], tmp_path / f"a.{ending}", shards=4)
    assert [Path(f).name for f in done.files] == [f"a-0000{n}-of-00004.{ending}" for n in range(4)]
    assert sum(Path(f).stat().st_size for f in done.files) == done.bytes
    if ending == "jsonl":
        found = [line["metadata"] for f in done.files for line in lines(Path(f))]
        assert found == [str(p) for p in sorted(images.iterdir())]
        assert {len(lines(Path(f))) for f in done.files} == {2, 3}


def test_the_same_images_are_the_same_bytes_and_gzip_is_what_it_says(images: Path, tmp_path: Path) -> None:
    for ending in ("jsonl.gz", "npz", "tfrecord"):
        for name in ("a", "b"):
            run([images], tmp_path / f"{name}.{ending}")
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    run([images], tmp_path / "plain.jsonl")
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == (tmp_path / "plain.jsonl").read_bytes()
    run([images], tmp_path / "p.tfrecord", gzip=True)
    records = tensorflow().data.TFRecordDataset(str(tmp_path / "p.tfrecord.gz"), "GZIP")
    plain = tensorflow().data.TFRecordDataset(str(tmp_path / "a.tfrecord"))
    assert list(records.as_numpy_iterator()) == list(plain.as_numpy_iterator())


def spoil(images: Path, kinds: dict[str, bytes]) -> dict[str, str]:
    """Bad files among the good ones, by name with the code of each."""
    contents = {
        "text.jpg": (b"dear network", "NOT_AN_IMAGE"),
        "empty.jpg": (b"", "EMPTY_FILE"),
        "cut.jpg": (kinds["a.jpg"][:-100], "BAD_IMAGE"),
        "deep.png": (kinds["deep.png"], "SIXTEEN_BIT"),
        "cut.webp": (kinds["a.webp"][:-100], "BAD_IMAGE"),
    }
    for name, (content, _) in contents.items():
        (images / name).write_bytes(content)
    (images / "picture.png").write_bytes(kinds["a.png"])
    return {name: code for name, (_, code) in contents.items()}


@pytest.mark.parametrize("ending", ["jsonl", "npz", "tfrecord"])
def test_bad_images_are_listed_with_their_reasons_and_are_not_in_the_data(
    images: Path, kinds: dict[str, bytes], tmp_path: Path, ending: str
) -> None:
    bad = spoil(images, kinds)
    done = run([images], tmp_path / f"a.{ending}", shards=2)
    assert (done.images, done.errors, done.converted) == (10, len(bad), 1)
    told = lines(tmp_path / f"a.{ending}.errors.jsonl")
    assert {Path(line["source"]).name: line["code"] for line in told} == bad
    assert all(line["message"] for line in told)
    assert lines(tmp_path / f"a.{ending}.notes.jsonl") == [
        {
            "source": str(images / "picture.png"),
            "code": "CONVERTED",
            "message": "PNG was converted to JPEG of quality 95.",
        }
    ]
    for name in bad:
        (images / name).unlink()
    (images / "picture.png").unlink()
    again = run([images], tmp_path / f"a.{ending}", shards=2)
    assert (again.errors_file, again.notes_file) == ("", "")
    assert names(tmp_path) == [f"a-00000-of-00002.{ending}", f"a-00001-of-00002.{ending}", "images"]


def test_the_errors_file_may_lie_anywhere(images: Path, kinds: dict[str, bytes], tmp_path: Path) -> None:
    bad = spoil(images, kinds)
    done = run([images], tmp_path / "a.jsonl", errors=tmp_path / "there" / "bad.jsonl")
    assert done.errors_file == str(tmp_path / "there" / "bad.jsonl")
    assert len(lines(tmp_path / "there" / "bad.jsonl")) == len(bad)


def test_where_no_image_is_good_no_data_is_written_and_the_old_stays(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("text")
    (tmp_path / "a.jsonl").write_text("old")
    done = run([tmp_path / "a.jpg"], tmp_path / "a.jsonl")
    assert (done.images, done.errors, done.files, done.bytes) == (0, 1, (), 0)
    assert (tmp_path / "a.jsonl").read_text() == "old"


def test_ids_that_come_again_are_reported(images: Path, tmp_path: Path) -> None:
    again = [images / "img00.jpg", images / "img01.jpg", images / "img00.jpg", images / "img00.jpg"]
    (repeated,) = run(again, tmp_path / "a.jsonl").repeated
    assert (repeated.key, repeated.count, repeated.example) == ("metadata", 2, str(images / "img00.jpg"))
    features = {p.name: {"metadata": "same"} for p in images.iterdir()}
    assert run([images], tmp_path / "a.jsonl", features=features).repeated[0].count == 8
    # Set for all of them it is no id, and the user knows.
    assert run([images], tmp_path / "a.jsonl", values={"metadata": "same"}).repeated == ()


def test_numbers_that_may_be_ids_are_looked_at_too_and_flags_are_not(images: Path, tmp_path: Path) -> None:
    form = wanted("metadata", Passthrough("shop", dtype="int64"), Passthrough("flag", dtype="bool"))
    features = {p.name: {"shop": n // 2, "flag": True} for n, p in enumerate(sorted(images.iterdir()))}
    values: dict[str, object] = {"size": [1, 2, 3, 4]}
    done = run([images], tmp_path / "a.jsonl", wanted=form, features=features, values=values)
    assert [(r.key, r.count, r.example) for r in done.repeated] == [("shop", 4, "0")]


def test_instances_larger_than_a_request_are_counted_and_named(images: Path, tmp_path: Path) -> None:
    with (images / "img00.jpg").open("ab") as file:
        file.write(b"x" * 1_300_000)
    done = run([images], tmp_path / "a.tfrecord")
    assert (done.above_request, done.errors) == (1, 0)
    (note,) = lines(tmp_path / "a.tfrecord.notes.jsonl")
    assert (Path(note["source"]).name, note["code"]) == ("img00.jpg", "ABOVE_REQUEST")


def test_the_size_in_a_request_is_that_of_the_line(images: Path) -> None:
    instance = {"input": (images / "img00.jpg").read_bytes(), "metadata": "Köln", "size": [1.5, 2], "more": b"\xff"}
    text = json.dumps(
        {**instance, "input": {"b64": "x" * 4 * ((len(instance["input"]) + 2) // 3)}, "more": {"b64": "/w=="}}
    )
    assert request_bytes(instance) == len(json_line(instance)) == len(text)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4096, 100_001])
def test_base64_is_the_standard_librarys(size: int) -> None:
    data = os.urandom(size)
    assert json.loads(json_line({"input": data})) == {"input": {"b64": base64.b64encode(data).decode()}}


def test_values_come_from_features_and_a_bad_one_costs_its_own_image(images: Path, tmp_path: Path) -> None:
    form = wanted("metadata", Passthrough("shop", dtype="int64"))
    good: dict[str, object] = {"size": [1, 2, 3, 4], "shop": 5}
    features = {f"img0{n}.jpg": dict(good) for n in range(8)} | {"gray.jpg": dict(good)}
    features["img01.jpg"]["size"] = [1, 2]
    features["img02.jpg"]["shop"] = "five"
    features["img03.jpg"]["size"] = [1, 2, 3, float("nan")]
    del features["img04.jpg"]["shop"]
    done = run([images], tmp_path / "a.jsonl", wanted=form, features=features)
    told = {Path(line["source"]).name: line["code"] for line in lines(tmp_path / "a.jsonl.errors.jsonl")}
    assert told == {
        "img01.jpg": "BAD_VALUE", "img02.jpg": "BAD_VALUE", "img03.jpg": "NOT_FINITE", "img04.jpg": "MISSING_VALUE",
    }  # fmt: skip
    assert done.images == 5
    assert run([images], tmp_path / "a.tfrecord", wanted=form, features=features).errors == 3


def test_values_of_several_lengths_are_no_array(images: Path, tmp_path: Path) -> None:
    form = wanted("metadata", Passthrough("marks", dtype="int64", shape=(-1,)))
    features = {p.name: {"marks": [1, 2]} for p in images.iterdir()} | {"img05.jpg": {"marks": [1, 2, 3]}}
    values: dict[str, object] = {"size": [0, 0, 0, 0]}
    done = run([images], tmp_path / "a.npz", wanted=form, features=features, values=values)
    (error,) = lines(tmp_path / "a.npz.errors.jsonl")
    assert (done.images, Path(error["source"]).name, error["code"]) == (8, "img05.jpg", "BAD_VALUE")
    assert run([images], tmp_path / "a.jsonl", wanted=form, features=features, values=values).images == 9


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"values": {"colour": 1}}, "UNKNOWN_KEY"),
        ({"wanted": wanted("metadata")}, "MISSING_VALUE"),
        ({"shards": 10}, "BAD_OPTION"),
        ({"shards": 0}, "BAD_OPTION"),
        ({"format": "tfrecord"}, "BAD_OUTPUT"),
        ({"inputs": [REFERENCE / "tiny_cnn_expected.npz"]}, "NOT_IMAGES"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused_before_anything_is_written(
    images: Path, tmp_path: Path, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        run(**{"inputs": [images], "output": tmp_path / "out" / "a.jsonl", **options})
    assert caught.value.code == code
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "npz", "tfrecord"])
def test_stopped_half_way_it_leaves_what_was_there(images: Path, tmp_path: Path, ending: str) -> None:
    for place in range(3):
        shutil.copytree(images, images / f"more{place}")
    (tmp_path / f"a.{ending}").write_bytes(b"old")

    def stop(progress: Progress) -> None:
        if progress.done > 16:
            raise CancelledError

    with pytest.raises(CancelledError):
        prepare(PrepareOrder(inputs=[images], output=tmp_path / f"a.{ending}", wanted=default_schema()), stop)
    assert names(tmp_path) == [f"a.{ending}", "images"]
    assert (tmp_path / f"a.{ending}").read_bytes() == b"old"


@pytest.mark.parametrize(("writer", "ending"), [(writers.JsonLines, "jsonl"), (array_writer.ArrayWriter, "npz")])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: Any, ending: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "finish", full)
    with pytest.raises(WorkbenchError, match="No space left") as caught:
        run([images], tmp_path / f"a.{ending}")
    assert caught.value.code == "CANNOT_WRITE"
    assert names(tmp_path) == ["images"]


def fill(writer: writers.InstanceWriter, pack: Callable[[dict[str, Any]], Any]) -> None:
    with closing(writer):
        for number in range(9):
            writer.put(pack({"input": os.urandom(100_000), "metadata": str(number)}))
        writer.finish()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["jsonl", "tfrecord"])
def test_a_disk_that_refuses_bytes_is_an_error_of_the_disk(kind: str, packed: bool) -> None:
    full, keys = Path("/dev/full"), default_schema().form.inputs
    layout = OutputLayout("jsonl" if kind == "jsonl" else "tfrecord", (full,), packed)
    with pytest.raises(OSError, match="No space left"):
        fill(writers.writer_for(layout, full, full, keys), writers.packer_for(layout, keys))
