"""Across modules. A Dataflow job built and submitted by the real client, with the local target as its bucket; no
worker runs here."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from workbench.core import jobs
from workbench.core.data.beam.runner import options_for
from workbench.core.serve.run import running
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.features import FeaturesFile

pytest.importorskip("apache_beam.io.gcp.gcsio")

pytestmark = pytest.mark.filterwarnings("default")  # Beam and what it imports warn of each other.


class _Jobs(BaseHTTPRequestHandler):
    """As much of the Dataflow API as creating a job and asking for it takes."""

    made: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        """Keep the job, and answer that it waits."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.made.append((self.path.partition("?")[0], body))
        self._answer({**body, "id": "2026-11-25_1", "currentState": "JOB_STATE_PENDING"})

    def do_GET(self) -> None:
        """The same job again."""
        self._answer({**self.made[-1][1], "id": "2026-11-25_1", "currentState": "JOB_STATE_PENDING"})

    def _answer(self, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def dataflow() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """The API's URL and what was made; Beam takes no other name than localhost for it."""
    made: list[tuple[str, dict[str, Any]]] = []
    server = ThreadingHTTPServer(("localhost", 0), type("Jobs", (_Jobs,), {"made": made}))
    thread = threading.Thread(target=server.serve_forever, name="dataflow")
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}", made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], list[str]]]:
    """`gs://bkt`, which holds the nine images; asked for names below a prefix."""
    with running(tmp_path / "root") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        post(f"{url}/storage/v1/b?project=p", b'{"name": "bkt"}', "application/json")

        def names(prefix: str) -> list[str]:
            with urllib.request.urlopen(f"{url}/storage/v1/b/bkt/o?prefix={prefix}") as reply:
                return [item["name"] for item in json.load(reply).get("items", [])]

        yield names


def post(url: str, data: bytes, kind: str) -> None:
    request = urllib.request.Request(url, data, {"content-type": kind})
    urllib.request.urlopen(request).close()


def arguments(*more: str) -> list[str]:
    return ["--project=my-proj", "--region=us-central1", "--temp_location=gs://bkt/tmp", "--no_auth", *more]


def test_a_job_is_staged_and_submitted_with_the_export_where_workers_find_it(
    exported: Callable[[str], Path], bucket: Callable[[str], list[str]]
) -> None:
    with dataflow() as (url, made):
        done = jobs.predict_pipeline(
            exported("tiny_cnn"),
            ["gs://bkt/images/"],
            "gs://bkt/out/rows.jsonl",
            runner="DataflowRunner",
            arguments=arguments(f"--dataflow_endpoint={url}", "--sdk_container_image=example/worker:1"),
            values={},
        )
    ((path, job),) = made
    assert path == "/v1b3/projects/my-proj/locations/us-central1/jobs"
    (pool,) = job["environment"]["workerPools"]
    assert pool["workerHarnessContainerImage"] == "example/worker:1"
    assert "use_runner_v2" in job["environment"]["experiments"]
    staged = {package["location"].partition("/bkt/")[2] for package in pool["packages"]}
    assert staged <= set(bucket("tmp/"))
    (pipeline,) = [name for name in bucket("tmp/") if name.endswith("/pipeline.pb")]
    assert pipeline
    export = bucket("tmp/workbench-")
    assert {name.rpartition("/")[2] for name in export} >= {"saved_model.pb", "workbench.json"}
    assert (done.job, done.outputs["rows"]) == ("2026-11-25_1", "gs://bkt/out/rows-?????-of-?????.jsonl")
    assert done.state == "PENDING"


def test_the_pipeline_that_is_submitted_names_our_steps(bucket: Callable[[str], list[str]]) -> None:
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.portability.api import beam_runner_api_pb2

    with dataflow() as (url, _):
        jobs.prepare_pipeline(
            ["gs://bkt/images/*.jpg"],
            "gs://bkt/out/a.tfrecord",
            runner="dataflow",
            arguments=arguments(f"--dataflow_endpoint={url}"),
            values={},
        )
        (name,) = [name for name in bucket("tmp/") if name.endswith("/pipeline.pb")]
        with FileSystems.open(f"gs://bkt/{name}") as file:
            pipeline = beam_runner_api_pb2.Pipeline.FromString(file.read())
    steps = {transform.unique_name for transform in pipeline.components.transforms.values()}
    assert {"Make instances", "Write instances", "Write errors", "Write notes"} <= steps


def test_images_and_lists_in_a_bucket_are_read(
    bucket: Callable[[str], list[str]], reference_images: list[Path], tmp_path: Path
) -> None:
    from apache_beam.io.filesystems import FileSystems

    options = arguments()
    options_for("local", options)  # Before the first look into the bucket: it says that no account is needed.
    for path in reference_images:
        with FileSystems.create(f"gs://bkt/images/{path.name}", "application/octet-stream") as out:
            out.write(path.read_bytes())
    with FileSystems.create("gs://bkt/list.jsonl") as out:
        out.write(b'{"file": "gs://bkt/images/img00.jpg", "metadata": "listed"}\n{"file": "gs://bkt/none.jpg"}\n')
    done = jobs.prepare_pipeline(
        ["gs://bkt/images/"],
        str(tmp_path / "a.jsonl"),
        runner="local",
        arguments=options,
        lists=["gs://bkt/list.jsonl"],
        values={},
        shards=1,
    )
    rows = [json.loads(line) for line in (tmp_path / "a-00000-of-00001.jsonl").read_text().splitlines()]
    assert {row["metadata"] for row in rows} == {"listed", *(f"gs://bkt/images/{p.name}" for p in reference_images)}
    assert (done.images, done.errors) == (11, 1)
    with pytest.raises(OutsideError):
        jobs.prepare_pipeline(
            ["gs://bkt/none/"], str(tmp_path / "b.jsonl"), runner="local", arguments=options, values={}
        )


def test_the_local_runner_writes_into_a_bucket(
    exported: Callable[[str], Path],
    bucket: Callable[[str], list[str]],
    reference_images: list[Path],
    tmp_path: Path,
) -> None:
    from apache_beam.io.filesystems import FileSystems

    images, features = [str(p) for p in reference_images], tmp_path / "f.csv"
    features.write_text("file,metadata\nimg01.jpg,one\n")
    options_for("local", ["--no_auth"])
    with FileSystems.create("gs://bkt/f.csv") as out:
        out.write(features.read_bytes())
    here = jobs.prepare(images, tmp_path / "a.jsonl", values={}, features={"img01.jpg": {"metadata": "one"}})
    given: dict[str, Any] = {"runner": "local", "arguments": ["--no_auth"], "values": {}}
    there = FeaturesFile("gs://bkt/f.csv")
    jobs.prepare_pipeline(images, "gs://bkt/out/a.jsonl", **given, shards=1, features=there)
    with FileSystems.open("gs://bkt/out/a-00000-of-00001.jsonl") as file:
        assert sorted(file.read().splitlines()) == sorted(Path(here.files[0]).read_bytes().splitlines())
    jobs.predict_pipeline(exported("tiny_cnn"), images, "gs://bkt/out/r.csv", **given, format="csv", shards=1)
    with FileSystems.open("gs://bkt/out/r-00000-of-00001.csv") as file:
        assert {line.partition(b",")[0].decode() for line in file.read().splitlines()} == {"source", *images}
    assert len(bucket("out/")) == 5


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: Callable[[str], list[str]], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    given: dict[str, Any] = {"runner": "local", "arguments": ["--no_auth"], "values": {}}
    with pytest.raises(OutsideError) as caught:
        jobs.prepare_pipeline([str(tmp_path)], "gs://none/a.jsonl", **given)
    assert (caught.value.code, caught.value.where.startswith("gs://none/a-")) == ("CANNOT_REACH", True)
    assert "bucket does not exist" in str(caught.value)
    with pytest.raises(WorkbenchError) as strange:
        jobs.prepare_pipeline([str(tmp_path)], "ftp://none/a.jsonl", **given)
    assert strange.value.code == "NO_FILESYSTEM"
