"""Pipelines on Beam's own local runner: the files and the answers of the local commands, the bad ones apart."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import REFERENCE

from workbench.core import jobs
from workbench.core.instances.feature_index import FeatureIndex
from workbench.core.lazy import tensorflow
from workbench.core.predict import Predictor
from workbench.spec.data import PipelineResult
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FeaturesFile

pytest.importorskip("apache_beam")

pytestmark = pytest.mark.filterwarnings("default")  # Beam and what it imports warn of each other.


@pytest.fixture
def images(images: Path) -> Path:
    """The nine reference images, in two folders, with three bad ones and a text."""
    (images / "sub").mkdir()
    for name in ("img03.jpg", "img07.jpg"):
        (images / name).rename(images / "sub" / name)
    whole = (images / "img00.jpg").read_bytes()
    (images / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (images / "text.jpg").write_text("dear network")
    (images / "sub" / "empty.jpg").touch()
    (images / "notes.txt").write_text("no image")
    return images


def shards(pattern: str) -> list[Path]:
    return sorted(Path(pattern).parent.glob(Path(pattern).name))


def lines(pattern: str) -> list[dict[str, Any]]:
    return [json.loads(line) for path in shards(pattern) for line in path.read_text().splitlines()]


def by(key: str, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({row[key] for row in rows}) == len(rows), "a row came twice"
    return {row[key]: row for row in rows}


def prepared(*inputs: str, output: Path, **options: Any) -> PipelineResult:
    return jobs.prepare_pipeline(inputs, str(output), runner="local", **{"values": {}, **options})


def test_instances_are_those_of_the_local_command(images: Path, tmp_path: Path) -> None:
    here = jobs.prepare([images], tmp_path / "here.jsonl", values={}, features={})
    done = prepared(str(images), output=tmp_path / "b" / "there.jsonl", shards=2)
    assert [p.name for p in shards(done.outputs["instances"])] == [f"there-0000{n}-of-00002.jsonl" for n in range(2)]
    assert by("metadata", lines(done.outputs["instances"])) == by("metadata", lines(here.files[0]))
    assert by("source", lines(done.outputs["errors"])) == by("source", lines(here.errors_file))
    assert (done.state, done.images, done.errors) == ("DONE", 12, 3)
    sizes = [len(base64.b64decode(line["input"]["b64"])) for line in lines(done.outputs["instances"])]
    assert done.bytes == sum(sizes)
    assert 0 < done.work_seconds < 60


def test_records_are_examples_that_tensorflow_reads(images: Path, tmp_path: Path) -> None:
    done = prepared(f"{images}/*.jpg", f"{images}/sub/img0?.jpg", output=tmp_path / "a.tfrecord", gzip=True)
    tf = tensorflow()
    found = {}
    for path in shards(done.outputs["instances"]):
        assert path.name.endswith(".tfrecord.gz")
        for record in tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator():
            features = tf.train.Example.FromString(record).features.feature
            found[features["metadata"].bytes_list.value[0].decode()] = features["input"].bytes_list.value[0]
    good = [p for p in images.rglob("*.jpg") if p.name not in ("cut.jpg", "text.jpg", "empty.jpg")]
    assert found == {str(path): path.read_bytes() for path in good}


def test_lists_and_manifests_name_the_images_and_their_ids(images: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{images}/img00.jpg\n\n{images}/none.jpg\n")
    manifest = [{"file": f"{images}/img0{n}.jpg", "metadata": f"id-{n}", "other": 1} for n in (1, 2)]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, manifest)))
    done = prepared(output=tmp_path / "a.jsonl", lists=[str(tmp_path / n) for n in ("list.txt", "m.jsonl")])
    ids = {row["metadata"] for row in lines(done.outputs["instances"])}
    assert ids == {f"{images}/img00.jpg", "id-1", "id-2"}
    (dead,) = lines(done.outputs["errors"])
    assert (dead["source"], dead["code"]) == (f"{images}/none.jpg", "CANNOT_READ")


def test_what_was_converted_is_noted(images: Path, tmp_path: Path, kinds: dict[str, bytes]) -> None:
    (images / "sub" / "a.png").write_bytes(kinds["a.png"])
    done = prepared(str(images / "sub"), output=tmp_path / "a.jsonl")
    (note,) = lines(done.outputs["notes"])
    assert (Path(note["source"]).name, note["code"]) == ("a.png", "CONVERTED")


@pytest.fixture(scope="module")
def tiny(exported: Callable[[str], Path]) -> Path:
    """The reference model of two classes."""
    return exported("tiny_cnn")


def predicted(directory: Path, *inputs: str, output: Path, **options: Any) -> PipelineResult:
    return jobs.predict_pipeline(directory, inputs, str(output), runner="local", **{"values": {}, **options})


def local_rows(directory: Path, *inputs: Path) -> list[dict[str, Any]]:
    predictor = Predictor(directory)
    try:
        return [row.document() for row in predictor.predict_images(list(inputs))]
    finally:
        predictor.close()


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    mine, theirs = by("source", found), by("source", expected)
    assert set(mine) == set(theirs)
    for source, row in mine.items():
        assert row["prediction"]["metadata"] == theirs[source]["prediction"]["metadata"]
        assert row["prediction"]["classes"] == pytest.approx(theirs[source]["prediction"]["classes"], abs=1e-6)


def test_answers_are_those_of_the_local_command_on_the_same_images(
    tiny: Path, images: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = local_rows(tiny, images)
    done = predicted(tiny, str(images), output=tmp_path / "rows.jsonl", batch=4)
    assert_same(lines(done.outputs["rows"]), [row for row in expected if "prediction" in row])
    dead = by("source", lines(done.outputs["errors"]))
    assert dead == by("source", [row for row in expected if "error" in row])
    assert (done.images, done.errors) == (len(expected), 3)
    assert not [record for record in caplog.records if "Resource module" in record.message]


@pytest.mark.parametrize("form", ["csv", "tfrecord", "parquet"])
def test_answers_go_into_every_format(tiny: Path, images: Path, tmp_path: Path, form: Any) -> None:
    pytest.importorskip("pyarrow")
    done = predicted(tiny, str(images / "sub"), output=tmp_path / f"rows.{form}", format=form, shards=1)
    (path,) = shards(done.outputs["rows"])
    assert sources_in(path, form) == {str(images / "sub" / name) for name in ("img03.jpg", "img07.jpg")}


def sources_in(path: Path, form: str) -> set[str]:
    if form == "csv":
        head, *rows = path.read_text().splitlines()
        assert head == "source,classes,metadata,error"
        return {row.partition(",")[0] for row in rows}
    if form == "parquet":
        import pyarrow.parquet

        return set(pyarrow.parquet.read_table(path).column("source").to_pylist())
    tf = tensorflow()
    records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    features = [tf.train.Example.FromString(record).features.feature for record in records]
    return {feature["source"].bytes_list.value[0].decode() for feature in features}


def test_prepared_records_are_predicted_by_the_pipeline_too(tiny: Path, images: Path, tmp_path: Path) -> None:
    for name in ("a.tfrecord", "a.jsonl"):
        jobs.prepare([images / "sub"], tmp_path / name, values={}, features={})
    expected = local_rows(tiny, tmp_path / "a.tfrecord", tmp_path / "a.jsonl")
    done = predicted(tiny, f"{tmp_path}/a.*l*", f"{tmp_path}/a.tfrecord", output=tmp_path / "out" / "rows.jsonl")
    assert_same(lines(done.outputs["rows"]), expected)


def test_a_models_other_inputs_come_from_the_manifest(
    exported: Callable[[str], Path], images: Path, tmp_path: Path
) -> None:
    vector = [0.1 * n for n in range(8)]
    rows = [{"file": f"{images}/img00.jpg", "Features": vector, "metadata": "a"}, {"file": f"{images}/img01.jpg"}]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = predicted(exported("image_and_features"), output=tmp_path / "r.jsonl", lists=[str(tmp_path / "m.jsonl")])
    (good,), (bad,) = lines(done.outputs["rows"]), lines(done.outputs["errors"])
    assert good["prediction"]["metadata"] == "a"
    assert (bad["source"], bad["error"]["code"]) == (f"{images}/img01.jpg", "MISSING_VALUE")


def table(folder: Path, *rows: str) -> FeaturesFile:
    """A features file with two columns that are taken and one that is not."""
    (folder / "f.csv").write_text("\n".join(["image,Features,sku,other", *rows]))
    return FeaturesFile(str(folder / "f.csv"), "image", {"Features": "Features", "sku": "metadata"})


def test_values_of_a_features_file_are_those_of_the_local_command(
    exported: Callable[[str], Path], images: Path, tmp_path: Path
) -> None:
    cells = [f'"[{", ".join(str(n / 10) for n in range(k, k + 8))}]"' for k in range(3)]
    file = table(
        tmp_path,
        f"{images}/img00.jpg,{cells[0]},a,1",
        f"img03.jpg,{cells[1]},b,2",
        f"cut.jpg,{cells[2]},c,3",
        "img01.jpg,five,d,4",
    )
    export = exported("image_and_features")
    index = FeatureIndex(Path(file.address), file_key=file.file_key, take=file.take)
    predictor = Predictor(export)
    try:
        here = jobs.prepare([images], tmp_path / "here.jsonl", project=export, values={}, features=index)
        rows = [row.document() for row in predictor.predict_images([images], features=index)]
    finally:
        index.close()
        predictor.close()
    done = prepared(str(images), output=tmp_path / "there.jsonl", project=export, features=file)
    assert by("metadata", lines(done.outputs["instances"])) == by("metadata", lines(here.files[0]))
    assert by("source", lines(done.outputs["errors"])) == by("source", lines(here.errors_file))
    answered = predicted(export, str(images), output=tmp_path / "rows.jsonl", features=file)
    assert_same(lines(answered.outputs["rows"]), [row for row in rows if "prediction" in row])
    dead = by("source", lines(answered.outputs["errors"]))
    assert dead == by("source", [row for row in rows if "error" in row])
    assert {row["error"]["code"] for row in dead.values()} >= {"MISSING_VALUE", "BAD_VALUE", "BAD_IMAGE"}


def test_images_without_a_row_are_noted_as_the_local_command_does(images: Path, tmp_path: Path) -> None:
    file = table(tmp_path, "img00.jpg,1,a,1")
    given = FeaturesFile(file.address, "image", {"sku": "metadata"})
    done = prepared(f"{images}/*.jpg", output=tmp_path / "a.jsonl", features=given)
    ids = {Path(row["metadata"]).name for row in lines(done.outputs["instances"])}
    assert ids == {"a", *(p.name for p in images.glob("*.jpg") if p.stem[:3] in ("img", "gra"))} - {"img00.jpg"}
    noted = {Path(note["source"]).name: note["code"] for note in lines(done.outputs["notes"])}
    assert noted == dict.fromkeys(ids - {"a"}, "NO_ROW")


def test_a_features_file_is_refused_before_anything_runs_where_it_cannot_be_right(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.data.beam import features

    def code(file: FeaturesFile) -> tuple[str, str]:
        with pytest.raises(WorkbenchError) as caught:
            prepared(str(images), output=tmp_path / "a.jsonl", features=file)
        return caught.value.code, str(caught.value)

    file = table(tmp_path, "img00.jpg,1,a,1")
    assert code(FeaturesFile(file.address, "image", {"shop": "metadata"}))[0] == "NO_COLUMN"
    assert code(FeaturesFile(file.address, "image"))[0] == "UNKNOWN_KEY"
    assert code(FeaturesFile(str(tmp_path / "none.csv")))[0] == "NO_FILE"
    monkeypatch.setattr(features, "MOST", 10)
    word, text = code(file)
    assert (word, "--list" in text, '{"file": PATH, KEY: VALUE}' in text) == ("FEATURES_TOO_LARGE", True, True)
    assert not list(tmp_path.glob("a*"))


def test_the_export_is_loaded_once_and_batches_are_the_runners(
    tiny: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.data.beam.handler import SavedModelHandler

    loads: list[int] = []
    sizes: list[int] = []
    load, infer = SavedModelHandler.load_model, SavedModelHandler.run_inference

    def counted(self: Any) -> Predictor:
        loads.append(1)
        return load(self)

    def sized(self: Any, batch: Any, model: Any, arguments: Any = None) -> Any:
        sizes.append(len(batch))
        return infer(self, batch, model, arguments)

    monkeypatch.setattr(SavedModelHandler, "load_model", counted)
    monkeypatch.setattr(SavedModelHandler, "run_inference", sized)
    for number in range(40):
        shutil.copyfile(REFERENCE / "images" / "img00.jpg", images / f"more{number}.jpg")
    predicted(tiny, str(images), output=tmp_path / "r.jsonl", batch=8)
    assert len(loads) == 1
    assert sum(sizes) == 52
    assert 1 < max(sizes) <= 8


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an array": ({"output": "a.npz"}, "BAD_OPTION"),
    "no ending": ({"output": "a"}, "BAD_OUTPUT"),
    "no such file": ({"inputs": ["none.jpg"], "output": "a.jsonl"}, "NO_FILE"),
    "nothing named": ({"inputs": [], "output": "a.jsonl"}, "NO_INPUTS"),
    "an unknown key": ({"output": "a.jsonl", "values": {"shop": 1}}, "UNKNOWN_KEY"),
    "an unknown runner": ({"output": "a.jsonl", "runner": "Hadoop"}, "BAD_OPTION"),
    "shards that are there": ({"output": "there.jsonl"}, "SHARDS_THERE"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_cannot_be_right_is_refused_before_anything_runs(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there-00000-of-00002.jsonl").touch()
    before = sorted(tmp_path.rglob("*"))
    options, code = REFUSED[case]
    given = {"inputs": [str(images)], "runner": "local", "values": {}, **options}
    with pytest.raises(WorkbenchError) as caught:
        jobs.prepare_pipeline(**given)
    assert caught.value.code == code
    assert sorted(tmp_path.rglob("*")) == before
