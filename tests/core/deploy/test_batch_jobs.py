"""Across modules. Batch prediction: jobs through the real clients, and results met with the inputs they answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from deploying import clouds, push, storage_client

from workbench.core import jobs
from workbench.core.deploy import batch as batch_module
from workbench.core.deploy.result_join import join
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.instances.inputs import InstanceRecord
from workbench.core.progress import silent
from workbench.core.serve.faults import Faults, HangOperation, Rule
from workbench.core.serve.run import running
from workbench.spec.batch import BatchInfo, format_of
from workbench.spec.errors import ErrorInfo, OutsideError, WorkbenchError
from workbench.spec.target import AnyTarget

LINES = [{"number": str(n), "key": f"k{n}"} for n in range(5)]


@pytest.fixture(autouse=True)
def _quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(batch_module, "_POLL", (0.05, 0.2))


def write(path: Path, lines: list[Any]) -> str:
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return str(path)


def run(target: AnyTarget, inputs: list[str], **more: Any) -> BatchInfo:
    info = jobs.batch_submit(target, inputs, model="batch", values={}, features={}, **more)
    return jobs.batch_watch(target, info.name)


def results(target: AnyTarget, info: BatchInfo, **more: Any) -> Any:
    return jobs.batch_results(target, info.name or info.resource, values={}, features={}, **more)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("local", "a.jsonl"),
        ("local", "a.jsonl.gz"),
        ("mlengine", "a.jsonl"),
        ("vertex", "a.jsonl"),
        ("vertex", "a.jsonl.gz"),
    ],
)
def test_results_come_back_in_the_order_of_the_inputs(
    server: str, golden: tuple[Path, Path], tmp_path: Path, kind: str, name: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    push(golden[1], target, model="batch", default=True, report=silent)
    info = run(target, [write(tmp_path / name, LINES)])
    assert (info.state, info.failed) == ("succeeded", 0)
    rows, joined = results(target, info)
    assert [row.prediction for row in rows] == [{"scores": n * 2.0, "key": f"k{n}"} for n in range(5)]
    assert joined.clean
    assert (joined.inputs, joined.answered) == (5, 5)


@pytest.mark.parametrize("kind", ["local", "vertex"])
def test_what_cannot_be_predicted_is_an_error_at_its_row(
    server: str, golden: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    push(golden[1], target, model="batch", default=True, report=silent)
    bad = [*LINES[:2], {"number": "two", "key": "bad"}, *LINES[3:]]
    rows, joined = results(target, run(target, [write(tmp_path / "a.jsonl", bad)]))
    assert joined.clean is False
    assert [row.prediction is not None for row in rows].count(True) == joined.answered
    assert rows[2].error is not None
    assert joined.answered + joined.failed + len(joined.missing) >= 5


def test_files_that_are_in_a_bucket_are_read_where_they_are(
    server: str, golden: tuple[Path, Path], tmp_path: Path
) -> None:
    target = clouds(server, tmp_path)["local"]
    push(golden[1], target, model="batch", default=True, report=silent)
    client = storage_client(server)
    client.bucket("stage-bucket").blob("in/b.jsonl").upload_from_string("\n".join(map(json.dumps, LINES)))
    client.close()
    info = run(target, ["gs://stage-bucket/in/b.jsonl"])
    rows, joined = results(target, info)
    assert joined.clean
    assert rows[4].prediction == {"scores": 8.0, "key": "k4"}


def test_a_job_of_elsewhere_and_one_that_is_not_done_are_told(
    server: str, golden: tuple[Path, Path], tmp_path: Path
) -> None:
    target = clouds(server, tmp_path)["local"]
    with pytest.raises(WorkbenchError) as nowhere:
        jobs.batch_state(target, "nobody_123")
    assert nowhere.value.code == "NO_JOB"
    hang = Faults(rules=(Rule(match="POST .*/jobs", nth=1, times=0, action=HangOperation()),))
    with running(tmp_path / "hanging", faults=hang) as url:
        stuck = clouds(url, tmp_path)["local"]
        push(golden[0], stuck, model="batch", default=True, report=silent)
        info = jobs.batch_submit(stuck, [write(tmp_path / "a.jsonl", LINES)], model="batch", values={}, features={})
        with pytest.raises(WorkbenchError) as early:
            results(stuck, info)
        assert early.value.code == "JOB_NOT_DONE"
        seen: list[str] = []

        def stop(progress: Any) -> None:
            seen.append(progress.step)
            if len(seen) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            jobs.batch_watch(stuck, info.name, stop)
        jobs.batch_cancel(stuck, info.name)
        assert jobs.batch_watch(stuck, info.name).state == "cancelled"


def test_a_folder_runs_no_jobs_and_a_model_that_passes_nothing_through_needs_a_key(tmp_path: Path, server: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        batch_module.submit(
            clouds(server, tmp_path)["disk"],
            [],
            model="m",
            version="",
            format="jsonl",
            key="k",
            sources=(),
            report=silent,
        )
    assert caught.value.code == "NO_BATCH"


@pytest.mark.parametrize(
    ("names", "format"),
    [
        (("a.jsonl", "b.NDJSON"), "jsonl"),
        (("a.jsonl.gz",), "jsonl.gz"),
        (("gs://b/x-*.tfrecord",), "tfrecord"),
        (("a.tfrecord.gz",), "tfrecord.gz"),
    ],
)
def test_the_format_is_read_off_the_names(names: tuple[str, ...], format: str) -> None:
    assert format_of(names) == format


@pytest.mark.parametrize("names", [("a.jsonl", "b.tfrecord"), ("a.csv",), ("a.jsonl", "b.jsonl.gz")])
def test_other_files_and_mixed_ones_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(WorkbenchError) as caught:
        format_of(names)
    assert caught.value.code == "BAD_INPUT"


def records(*ids: str) -> list[InstanceRecord]:
    return [InstanceRecord(f"a.jsonl:{n}", "s", {"key": one}) for n, one in enumerate(ids, 1)]


def joined_from(tmp_path: Path, lines: list[Any], ids: list[InstanceRecord], name: str = "prediction.results-0") -> Any:
    return join(ids, [Path(write(tmp_path / name, lines))], "key")


def test_missing_twice_answered_and_unasked_ids_are_told(tmp_path: Path) -> None:
    lines = [{"key": "c", "x": 3}, {"key": "a", "x": 1}, {"key": "c", "x": 4}, {"key": "z", "x": 9}]
    rows, told = joined_from(tmp_path, lines, records("a", "b", "c"))
    assert [row.prediction and row.prediction["x"] for row in rows] == [1, None, 4]
    assert rows[1].error is not None
    assert rows[1].error.code == "MISSING"
    assert (told.missing, told.duplicate, told.unknown) == (("b",), ("c",), ("z",))
    assert not told.clean


def test_an_id_that_two_inputs_share_is_told(tmp_path: Path) -> None:
    rows, told = joined_from(tmp_path, [{"key": "a", "x": 1}], records("a", "a"))
    assert [row.prediction is not None for row in rows] == [True, True]
    assert told.duplicate == ("a",)


def test_vertex_lines_and_their_errors_are_read(tmp_path: Path) -> None:
    lines = [
        {"instance": {"key": "a"}, "prediction": {"x": 1, "key": "a"}},
        {"instance": {"key": "b"}, "prediction": [0.5]},
        {"instance": {"key": "c"}, "error": {"code": 3, "message": "no image"}},
        {"key": "d", "prediction": {"x": 2}},
    ]
    rows, told = joined_from(tmp_path, lines, records("a", "b", "c", "d"))
    assert [row.prediction for row in rows] == [{"x": 1, "key": "a"}, {"predictions": [0.5]}, None, {"x": 2}]
    assert rows[2].error == ErrorInfo("PREDICTION_FAILED", "no image")
    assert (told.answered, told.failed) == (3, 1)


def test_numbers_as_ids_and_refused_inputs_keep_their_places(tmp_path: Path) -> None:
    ids = [
        InstanceRecord("a:1", "s", {"key": 7}),
        InstanceRecord("a:2", "s", ErrorInfo("NOT_JSON", "x")),
        InstanceRecord("a:3", "s", {"key": b"t"}),
    ]
    rows, told = joined_from(tmp_path, [{"key": 7, "x": 1}, {"key": "t", "x": 2}], ids)
    assert [row.prediction and row.prediction["x"] for row in rows] == [1, None, 2]
    assert told.failed == 1


@pytest.mark.parametrize(("lines", "code"), [(["x"], "BAD_RESULTS"), ([{"x": 1}], "NO_KEY")])
def test_what_is_no_result_is_told(tmp_path: Path, lines: list[Any], code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        joined_from(tmp_path, lines, records("a"))
    assert caught.value.code == code
    assert not isinstance(caught.value, OutsideError)


DAMAGED = [b"[" * 100_000, b'{"key": ' + b"9" * 5000 + b"}", b"\xff\xfe\xfd", gzip.compress(b'{"key": "a"}')[:-9]]


@pytest.mark.parametrize("content", DAMAGED, ids=["deep", "large number", "no text", "cut"])
def test_a_damaged_file_of_results_is_told_with_its_line(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "prediction.results-0"
    place.write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        join(records("a"), [place], "key")
    assert (caught.value.code, caught.value.where[:20]) == ("BAD_RESULTS", "prediction.results-0")
