"""The wire: every message comes back equal, and what is no message is refused."""

from __future__ import annotations

import pytest
from support import IMAGE, facts

from workbench.spec import messages as m
from workbench.spec.data import Peeked, PeekedValue
from workbench.spec.defaults import default_project
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import ExportResult, Progress, Row, StepTime
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.tensors import SignatureSpec, TensorSpec

PROJECT = default_project(facts(IMAGE), "m.h5")
SIGNATURE = SignatureSpec("tensorflow/serving/predict", {"x": TensorSpec("DT_FLOAT", None, "x:0")}, {})

REQUESTS: list[m.AnyRequest] = [
    m.Inspect(id=1, path="a.h5"),
    m.LoadFacts(id=2, path="a.h5", custom="objects.py", architecture="a.json"),
    m.Trust(id=9, path="a.h5", allow=False),
    m.Show(id=10, path="/exports/digits"),
    m.Export(id=3, project=PROJECT, base="/b", output="out"),
    m.Predict(id=4, project=PROJECT, base="/b", inputs=("x.jpg",), values={"a": [1, 2.5]}, features={"f": {"b": "c"}}),
    m.Push(id=5, project=PROJECT, base="/b", model="m", version="v1", default=True),
    m.Versions(id=6, project=PROJECT, model="m"),
    m.SetDefault(id=7, project=PROJECT, model="m", version="v2"),
    m.Call(id=8, project=PROJECT, base="/b", model="m", inputs=("x",)),
    m.Peek(id=8, path="a.tfrecord", number=3),
    m.Cancel(id=4),
]

EVENTS: list[m.AnyEvent] = [
    m.Ready(pid=7),
    m.Warm(seconds=4.5),
    m.Working(id=1, progress=Progress("Loading", 1, 4)),
    m.Rows(id=4, first=16, rows=(Row("a", {"classes": [0.5]}), Row("b", error=ErrorInfo("BAD", "no")))),
    m.Facts(id=1, facts=facts(IMAGE)),
    m.Shown(id=10, signatures={"predict": SIGNATURE}, tags=("serve",), tensorflow_version="1.15.5", fingerprint="f"),
    m.Exported(id=3, result=ExportResult("p", 1, 1, 0.5, "f", steps=(StepTime("load", 0.1),))),
    m.VersionList(id=6, versions=(VersionInfo("v1", "projects/p", "READY", default=True),)),
    m.Pushed(id=5, result=PushResult("r", "v1", "m", "gs://b/x", 1, 2, 0.5, default=False)),
    m.Peeked(id=8, record=Peeked("a.tfrecord", "tfrecord", 3, (PeekedValue("n", "int64", (2,), "1, 2"),))),
    m.RowsDone(id=4, rows=2, failed=1, seconds=0.5),
    m.Failed(id=1, error=ErrorInfo("NO_FILE", "gone", "a.h5", "look again", 2)),
    m.Cancelled(id=4),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
def test_every_request_comes_back_equal(request_: m.AnyRequest) -> None:
    line = m.encode(request_)
    assert line.count(b"\n") == 1
    assert m.decode_request(line) == request_


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
def test_every_event_comes_back_equal(event: m.AnyEvent) -> None:
    assert m.decode_event(m.encode(event)) == event


def test_every_kind_of_message_is_tried_above() -> None:
    assert {type(r) for r in REQUESTS} == set(m.AnyRequest.__args__)
    assert {type(e) for e in EVENTS} == set(m.AnyEvent.__args__)


@pytest.mark.parametrize("line", [b"", b"{}", b"nonsense", b'{"type":"Nothing","id":1}', b'{"type":"Inspect","id":1}'])
def test_what_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(WorkbenchError) as caught:
        m.decode_request(line)
    assert caught.value.code == "BAD_MESSAGE"


def test_an_unknown_field_is_refused_not_dropped() -> None:
    with pytest.raises(WorkbenchError):
        m.decode_event(b'{"type":"Ready","pid":1,"mood":"good"}')
