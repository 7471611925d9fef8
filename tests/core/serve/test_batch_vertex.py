"""Across modules. Batch prediction of `aiplatform` v1 through googleapiclient."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch_files import contents, line, write_records

from workbench.core.lazy import tensorflow

PLACE = "projects/p/locations/us-central1"
IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
MACHINES = {"machineSpec": {"machineType": "n1-standard-2"}, "startingReplicaCount": 1}
Refusal = Callable[[Any], dict[str, Any]]


class Vertex:
    """The few calls of `aiplatform` v1 that every test here makes."""

    def __init__(self, vertex: Any, bucket: Any, finished: Any) -> None:
        self.vertex, self.bucket, self.finished = vertex, bucket, finished
        self.jobs = vertex.batchPredictionJobs()

    def upload(self, uri: str, **model: Any) -> str:
        body = {"displayName": "flowers", "artifactUri": uri, "containerSpec": {"imageUri": IMAGE}, **model}
        begun = self.vertex.models().upload(parent=PLACE, body={"model": body}).execute()
        name: str = self.finished(self.vertex.models(), begun)["response"]["model"]
        return name

    def body(self, model: str, uri: str, form: str = "jsonl", **more: Any) -> dict[str, Any]:
        return {
            "displayName": "job",
            "model": model,
            "inputConfig": {"instancesFormat": form, "gcsSource": {"uris": [uri]}},
            "outputConfig": {
                "predictionsFormat": "jsonl",
                "gcsDestination": {"outputUriPrefix": "gs://workbench/out"},
            },
            "dedicatedResources": MACHINES,
            **more,
        }

    def run(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        """The ended job, and the JSON lines of its files."""
        job = self.jobs.create(parent=PLACE, body=body).execute()
        until = time.monotonic() + 60
        while job["state"] not in ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"):
            assert time.monotonic() < until, job
            time.sleep(0.05)
            job = self.jobs.get(name=job["name"]).execute()
        directory = job.get("outputInfo", {}).get("gcsOutputDirectory", "gs://workbench/none")
        found = contents(self.bucket, directory.removeprefix("gs://workbench/") + "/")
        return job, {name: list(map(json.loads, lines)) for name, lines in found.items()}


@pytest.fixture
def cloud(vertex: Any, bucket: Any, finished: Any) -> Vertex:
    return Vertex(vertex, bucket, finished)


RESULTS, ERRORS = "prediction.results-00000-of-00001", "prediction.errors_stats-00000-of-00001"


def test_a_vertex_job_tells_each_instance_with_its_prediction_or_its_error(
    cloud: Vertex, saved_model: Path, upload: Any
) -> None:
    model = cloud.upload(upload(cloud.bucket, saved_model, "m"))
    lines = [line(1, "a"), line("cat", "b"), "{no json", line(3, "c")]
    cloud.bucket.blob("in.jsonl").upload_from_string("\n".join(lines))
    job, files = cloud.run(cloud.body(f"{model}@1", "gs://workbench/in.jsonl"))
    assert (job["state"], job["completionStats"]) == (
        "JOB_STATE_SUCCEEDED",
        {"successfulCount": "2", "failedCount": "2"},
    )
    assert (job["model"], job["modelVersionId"]) == (model, "1")
    assert job["outputInfo"]["gcsOutputDirectory"].startswith("gs://workbench/out/prediction-flowers-20")
    assert [row["instance"] for row in files[RESULTS]] == [json.loads(lines[0]), json.loads(lines[3])]
    assert [row["prediction"]["scores"] for row in files[RESULTS]] == [[1.0, 2.0], [3.0, 6.0]]
    assert [row["instance"] for row in files[ERRORS]] == [json.loads(lines[1]), lines[2]]
    assert [set(row["error"]) for row in files[ERRORS]] == [{"code", "message"}] * 2
    done = cloud.finished(cloud.jobs, cloud.jobs.delete(name=job["name"]).execute())
    assert done["response"]["@type"].endswith("Empty")
    assert cloud.jobs.list(parent=PLACE).execute() == {}


def test_a_key_field_stands_for_the_instance_and_is_not_sent(cloud: Vertex, by_example: Path, upload: Any) -> None:
    model = cloud.upload(upload(cloud.bucket, by_example, "e"))
    tf = tensorflow()
    examples = []
    for number in range(2):
        message = tf.train.Example()
        message.features.feature["n"].float_list.value.append(number)
        message.features.feature["key"].bytes_list.value.append(b"inner")
        examples.append({"b64": base64.b64encode(message.SerializeToString()).decode()})
    rows = [{"id": f"row{n}", "note": n, "examples": example} for n, example in enumerate(examples)]
    cloud.bucket.blob("in.jsonl").upload_from_string("\n".join(map(json.dumps, [*rows, {"id": "row9"}])))
    config = {"keyField": "id", "excludedFields": ["note"]}
    _, files = cloud.run(cloud.body(model, "gs://workbench/in.jsonl", instanceConfig=config))
    assert files[RESULTS] == [{"key": f"row{n}", "prediction": {"y": 2.0 * n, "key": "inner"}} for n in range(2)]
    assert [row["key"] for row in files[ERRORS]] == ["row9"]
    config = {"includedFields": ["examples"]}
    _, files = cloud.run(cloud.body(model, "gs://workbench/in.jsonl", instanceConfig=config))
    assert [row["instance"] for row in files[RESULTS]] == [{"examples": example} for example in examples]


@pytest.mark.parametrize(("form", "options"), [("tf-record", ""), ("tf-record-gzip", "GZIP")])
def test_vertex_records_become_base64_objects(
    cloud: Vertex, by_example: Path, upload: Any, tmp_path: Path, form: str, options: str
) -> None:
    schemata = {"instanceSchemaUri": "gs://workbench/i.yaml", "predictionSchemaUri": "gs://workbench/p.yaml"}
    model = cloud.upload(upload(cloud.bucket, by_example, "e"), predictSchemata=schemata)
    cloud.bucket.blob("in/r").upload_from_filename(str(write_records(tmp_path / "r", 3, options)))
    _, files = cloud.run(cloud.body(model, "gs://workbench/in/*", form))
    # A model that says what its instances are has the files that the API's description names.
    assert list(files) == ["predictions_0001.jsonl"]
    assert [row["prediction"] for row in files["predictions_0001.jsonl"]] == [
        {"y": 2.0 * n, "key": f"k{n}"} for n in range(3)
    ]
    assert all(set(row["instance"]) == {"b64"} for row in files["predictions_0001.jsonl"])


def test_a_list_of_files_is_read_file_by_file(cloud: Vertex, by_example: Path, upload: Any, tmp_path: Path) -> None:
    from workbench.core.instances.tfrecords import read_records

    model = cloud.upload(upload(cloud.bucket, by_example, "e"))
    for number, record in read_records(str(write_records(tmp_path / "r", 2))):
        assert isinstance(record, bytes)
        cloud.bucket.blob(f"files/{number}").upload_from_string(record)
    cloud.bucket.blob("list.txt").upload_from_string("gs://workbench/files/1\ngs://workbench/files/2\n")
    _, files = cloud.run(cloud.body(model, "gs://workbench/list.txt", "file-list"))
    assert [row["prediction"]["key"] for row in files[RESULTS]] == ["k0", "k1"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"displayName": ""}, "display_name"),
        ({"model": "projects/p/locations/europe-west4/models/m"}, "same region"),
        ({"model": f"{PLACE}/models/none"}, "does not exist"),
        ({"inputConfig": {"instancesFormat": "csv", "gcsSource": {"uris": ["gs://b/x"]}}}, "instances_format"),
        ({"inputConfig": {"instancesFormat": "jsonl"}}, "gcs_source"),
        ({"inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": ["x"]}}}, "not a gs:// path"),
        ({"outputConfig": {"predictionsFormat": "bigquery"}}, "predictions_format"),
        ({"dedicatedResources": {}}, "dedicated_resources"),
        ({"instanceConfig": {"includedFields": ["a"], "excludedFields": ["b"]}}, "Only one of"),
        ({"inputCnfig": {}}, 'Unknown name "inputCnfig"'),
    ],
)
def test_a_vertex_job_that_cannot_run_is_refused_at_once(
    cloud: Vertex, refusal: Refusal, change: dict[str, Any], word: str
) -> None:
    body = cloud.body(f"{PLACE}/models/none", "gs://workbench/in") | change
    assert word in refusal(cloud.jobs.create(parent=PLACE, body=body))["message"]
    assert cloud.jobs.list(parent=PLACE).execute() == {}
