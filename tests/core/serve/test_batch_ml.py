"""Across modules. Batch prediction of `ml` v1 through googleapiclient: jobs over the bucket's objects, faults
included."""

from __future__ import annotations

import ast
import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from batch_files import contents, line, write_records

from workbench.core.serve.faults import DiskFull, FailOperation, Faults, HangOperation, Rule
from workbench.core.serve.run import running

PARENT = "projects/p"
MODEL = "projects/p/models/m"
Refusal = Callable[[Any], dict[str, Any]]


class Ml:
    """The few calls of `ml` v1 that every test here makes."""

    def __init__(self, ml: Any, bucket: Any) -> None:
        self.ml, self.bucket, self.jobs = ml, bucket, ml.jobs()

    def submit(self, name: str, paths: list[str], **wish: Any) -> dict[str, Any]:
        full = {
            "dataFormat": "JSON",
            "inputPaths": paths,
            "outputPath": f"gs://workbench/out/{name}/",
            "region": "us-central1",
            "modelName": MODEL,
        }
        body = {"jobId": name, "predictionInput": {k: v for k, v in (full | wish).items() if v is not None}}
        job: dict[str, Any] = self.jobs.create(parent=PARENT, body=body).execute()
        return job

    def ended(self, name: str, seconds: float = 150) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            job: dict[str, Any] = self.jobs.get(name=f"{PARENT}/jobs/{name}").execute()
            if job["state"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return job
            assert time.monotonic() < until, job
            time.sleep(0.05)

    def run(self, name: str, paths: list[str], **wish: Any) -> dict[str, Any]:
        self.submit(name, paths, **wish)
        return self.ended(name)


@pytest.fixture
def batch(ml: Any, bucket: Any, deploy: Callable[..., Any]) -> Ml:
    deploy("v1")
    return Ml(ml, bucket)


def test_a_job_predicts_every_line_of_the_files_that_a_pattern_means(batch: Ml) -> None:
    batch.bucket.blob("in/a.jsonl").upload_from_string("\n".join(line(n, f"a{n}") for n in range(3)) + "\n")
    packed = gzip.compress("\n".join(line(n, f"b{n}") for n in range(3)).encode())
    batch.bucket.blob("in/b.jsonl").upload_from_string(packed)
    batch.bucket.blob("in/deeper/c.jsonl").upload_from_string(line(9, "c"))
    batch.bucket.blob("in/other.txt").upload_from_string("nothing of it")
    job = batch.run("j1", ["gs://workbench/in/*.jsonl"], batchSize="2")
    assert (job["state"], job["predictionOutput"]) == (
        "SUCCEEDED",
        {"outputPath": "gs://workbench/out/j1/", "predictionCount": "6", "errorCount": "0"},
    )
    assert job["createTime"] <= job["startTime"] <= job["endTime"]
    found = contents(batch.bucket, "out/j1/")
    assert {name: [json.loads(text)["key"] for text in lines] for name, lines in found.items()} == {
        "prediction.results-00000-of-00002": ["a0", "a1", "a2"],
        "prediction.results-00001-of-00002": ["b0", "b1", "b2"],
        "prediction.errors_stats-00000-of-00001": [],
    }
    online = batch.ml.predict(name=MODEL, body={"instances": [json.loads(line(2, "a2"))]}).execute()
    assert json.loads(found["prediction.results-00000-of-00002"][2]) == online["predictions"][0]


def test_a_batch_with_a_bad_line_is_lost_as_a_whole_and_counted(batch: Ml) -> None:
    lines = [line(0, "0"), line(1, "1"), line("cat", "2"), line(3, "3"), "{no json", line(5, "5"), line(6, "6")]
    batch.bucket.blob("in.jsonl").upload_from_string("\n".join(lines))
    job = batch.run("j1", ["gs://workbench/in.jsonl"], batchSize=2)
    assert job["predictionOutput"]["predictionCount"] == "3"
    assert (job["state"], job["predictionOutput"]["errorCount"]) == ("SUCCEEDED", "4")
    found = contents(batch.bucket, "out/j1/")
    keys = [json.loads(text)["key"] for text in found["prediction.results-00000-of-00001"]]
    assert keys == ["0", "1", "6"]
    errors = [ast.literal_eval(text) for text in found["prediction.errors_stats-00000-of-00001"]]
    assert [count for _, count in errors] == [1, 1]
    assert "Exception during running the graph" in errors[0][0]
    assert "Invalid JSON" in errors[1][0]


@pytest.mark.parametrize(("form", "options"), [("TF_RECORD", ""), ("TF_RECORD_GZIP", "GZIP")])
def test_records_are_predicted_from_a_model_in_the_bucket(
    ml: Any, bucket: Any, by_example: Path, tmp_path: Path, upload: Any, root: Path, form: str, options: str
) -> None:
    batch = Ml(ml, bucket)
    uri = upload(bucket, by_example, "exports/e")
    bucket.blob("in.tfrecord").upload_from_filename(str(write_records(tmp_path / "r", 5, options)))
    job = batch.run("j1", ["gs://workbench/in.tfrecord"], dataFormat=form, modelName=None, uri=uri)
    assert (job["state"], job["predictionOutput"]["predictionCount"]) == ("SUCCEEDED", "5")
    lines = contents(bucket, "out/j1/")["prediction.results-00000-of-00001"]
    assert [json.loads(text) for text in lines] == [{"y": 2.0 * n, "key": f"k{n}"} for n in range(5)]
    assert list((root / "versions").iterdir()) == []


def test_a_damaged_record_file_and_a_pattern_without_files_fail_the_job(batch: Ml, tmp_path: Path) -> None:
    data = write_records(tmp_path / "r", 3).read_bytes()
    batch.bucket.blob("cut.tfrecord").upload_from_string(data[:-3])
    job = batch.run("j1", ["gs://workbench/cut.tfrecord"], dataFormat="TF_RECORD")
    assert (job["state"], "cut.tfrecord, record 3" in job["errorMessage"]) == ("FAILED", True)
    job = batch.run("j2", ["gs://workbench/none/*"])
    assert "No files found based on the file pattern gs://workbench/none/*" in job["errorMessage"]
    batch.bucket.blob("in.jsonl").upload_from_string(line(1, "1"))
    job = batch.run("j3", ["gs://workbench/in.jsonl"], outputPath="gs://nowhere/out")
    assert (job["state"], "bucket does not exist" in job["errorMessage"]) == ("FAILED", True)
    assert contents(batch.bucket, "out/") == {}


def test_jobs_are_listed_labelled_and_refused_a_second_time(batch: Ml, refusal: Refusal) -> None:
    batch.bucket.blob("in.jsonl").upload_from_string(line(1, "1"))
    job = batch.run("j1", ["gs://workbench/in.jsonl"])
    batch.run("j2", ["gs://workbench/in.jsonl"], versionName=f"{MODEL}/versions/v1", modelName=None)
    assert [one["jobId"] for one in batch.jobs.list(parent=PARENT).execute()["jobs"]] == ["j2", "j1"]
    found = batch.jobs.list(parent=PARENT, filter="state=SUCCEEDED AND jobId:j1").execute()["jobs"]
    assert found == [job]
    patch = {"name": f"{PARENT}/jobs/j1", "updateMask": "labels"}
    changed = batch.jobs.patch(**patch, body={"labels": {"a": "b"}, "etag": job["etag"]}).execute()
    assert (changed["labels"], changed["etag"] != job["etag"]) == ({"a": "b"}, True)
    assert refusal(batch.jobs.patch(**patch, body={"labels": {}, "etag": job["etag"]}))["code"] == 409
    full = {"jobId": "j1", "predictionInput": job["predictionInput"]}
    assert refusal(batch.jobs.create(parent=PARENT, body=full))["status"] == "ALREADY_EXISTS"
    assert refusal(batch.jobs.cancel(name=f"{PARENT}/jobs/j1"))["status"] == "FAILED_PRECONDITION"
    assert refusal(batch.jobs.get(name=f"{PARENT}/jobs/none"))["status"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"versionName": f"{MODEL}/versions/v1"}, "Exactly one of"),
        ({"modelName": None}, "Exactly one of"),
        ({"modelName": "m"}, "not a model or version name"),
        ({"modelName": "projects/p/models/none"}, "was not found"),
        ({"dataFormat": None}, "data_format"),
        ({"dataFormat": "XML"}, "Invalid JSON payload"),
        ({"region": None}, "region"),
        ({"inputPaths": []}, "input_paths"),
        ({"inputPaths": ["/etc/passwd"]}, "not a gs:// path"),
        ({"outputPath": "out"}, "not a gs:// path"),
        ({"batchSize": "0"}, "Invalid JSON payload"),
    ],
)
def test_a_job_that_cannot_run_is_refused_at_once(
    batch: Ml, refusal: Refusal, change: dict[str, Any], word: str
) -> None:
    full = {
        "dataFormat": "JSON",
        "inputPaths": ["gs://workbench/in"],
        "outputPath": "gs://workbench/out",
        "region": "us-central1",
        "modelName": MODEL,
    }
    wish = {k: v for k, v in (full | change).items() if v is not None}
    error = refusal(batch.jobs.create(parent=PARENT, body={"jobId": "j", "predictionInput": wish}))
    assert word in error["message"]
    assert batch.jobs.list(parent=PARENT).execute() == {}


@pytest.fixture
def faulty(
    root: Path, ml_at: Any, storage_at: Any, saved_model: Path, upload: Any, settle: Any
) -> Iterator[Callable[..., Ml]]:
    """A server that fails by rules, with a version and one line of input."""
    with ExitStack() as stack:

        def start(*rules: Rule) -> Ml:
            url = stack.enter_context(running(root, faults=Faults(rules=rules)))
            ml, bucket = ml_at(url), storage_at(url).create_bucket("workbench")
            ml.models().create(parent=PARENT, body={"name": "m"}).execute()
            body = {"name": "v1", "deploymentUri": upload(bucket, saved_model, "m")}
            settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())
            bucket.blob("in.jsonl").upload_from_string(line(1, "1"))
            return Ml(ml, bucket)

        yield start


def test_a_job_hangs_fails_and_meets_a_full_disk_by_rule(faulty: Callable[..., Ml]) -> None:
    batch = faulty(
        Rule(match="POST .*/jobs", nth=1, action=HangOperation()),
        Rule(match="POST .*/jobs\\?", nth=2, action=FailOperation(message="Quota.")),
        Rule(match="POST .*/jobs\\?", nth=3, action=DiskFull(after_bytes=10)),
    )
    paths = ["gs://workbench/in.jsonl"]
    batch.submit("j1", paths)
    while batch.jobs.get(name=f"{PARENT}/jobs/j1").execute()["state"] == "QUEUED":
        time.sleep(0.02)
    assert batch.jobs.get(name=f"{PARENT}/jobs/j1").execute()["state"] == "RUNNING"
    batch.jobs.cancel(name=f"{PARENT}/jobs/j1").execute()
    assert batch.ended("j1")["state"] == "CANCELLED"
    assert batch.run("j2", paths)["errorMessage"] == "Quota."
    assert "No space left" in batch.run("j3", paths)["errorMessage"]
    assert contents(batch.bucket, "out/") == {}
    assert batch.run("j4", paths)["state"] == "SUCCEEDED"


def test_a_job_that_a_stop_interrupted_runs_at_the_next_start(
    faulty: Callable[..., Ml], root: Path, ml_at: Any, storage_at: Any
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(running(root, faults=Faults(rules=(Rule(match="/jobs", action=HangOperation()),))))
        bucket = storage_at(url).create_bucket("workbench")
        batch = Ml(ml_at(url), bucket)
        bucket.blob("in.jsonl").upload_from_string("x")
        batch.submit("j1", ["gs://workbench/in.jsonl"], modelName=None, uri="gs://workbench/none")
    with running(root) as url:
        job = Ml(ml_at(url), None).ended("j1")
        assert (job["state"], "expected to contain files" in job["errorMessage"]) == ("FAILED", True)
