"""The wire: every message comes back equal, and what is no message is refused."""

from __future__ import annotations

import msgspec
import pytest
from support import IMAGE, facts

from workbench.spec import messages as m
from workbench.spec.access import Access
from workbench.spec.batch import BatchInfo, JoinSummary
from workbench.spec.data import RecordContents, RecordValue
from workbench.spec.defaults import default_project
from workbench.spec.diff import SignatureChange, SignatureDiff
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.match_candidates import MatchCandidate
from workbench.spec.model import ExportResult, Progress, Row, RuntimeHold, RuntimeReach, StepTime, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_found import FoundLine, ReadingFound, SourceLine
from workbench.spec.reading_preview import PixelDifference, ReaderPreview, ReadingPreview
from workbench.spec.release import DryRun, Release, RestCall, TargetIdentity
from workbench.spec.reply_keys import PredictionLine as ReadLine
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.report import (
    Chart,
    ChartSeries,
    CheckResult,
    ConfusionEvidence,
    EvidenceImage,
    EvidenceImages,
    EvidenceTable,
    GateRecord,
    GateReport,
)
from workbench.spec.row_summary import InputPreview, KerasDifference, RowSummary
from workbench.spec.settings import TrainingSettings
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.targets.base import Machine
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import AutoScaling, MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget
from workbench.spec.tensors import SignatureSpec, TensorSpec

LINE = Release(
    action="push",
    outcome="done",
    when="2026-11-22T10:00:00Z",
    who="me@here",
    workbench="1",
    place=TargetIdentity("local", "http://127.0.0.1:9"),
    model="m",
    gate=GateRecord("fail", override="a reason"),
    traffic={"1": 10},
)
MACHINE = Machine("n1-standard-4", 1, 3, "NVIDIA_TESLA_T4", 2, {"team": "a"}, "a test")
PROJECT = default_project(facts(IMAGE), "m.h5")
CLOUDS = msgspec.structs.replace(
    PROJECT,
    targets={
        "v": VertexTarget(project="my-project", region="us-central1", bucket="b-b", aliases=("prod",)),
        "m": MlEngineTarget(project="my-project", bucket="b-b", auto_scaling=AutoScaling(1, 2, 60)),
        "f": FolderTarget(path="gs://b-b/models"),
        "l": LocalTarget(),
    },
)
SIGNATURE = SignatureSpec("tensorflow/serving/predict", {"x": TensorSpec("DT_FLOAT", None, "x:0")}, {})

CHECK = CheckResult(
    name="skew",
    title="Skew",
    verdict="fail",
    measured=8.1,
    limit="1",
    evidence=(
        EvidenceTable("t", ("a", "b"), (("x", None), (1, 2.5))),
        EvidenceImages("p", (EvidenceImage("a.jpg", "worst", 8.1, "o.png", "t.png", "s.png", "d.png"),)),
        ConfusionEvidence("c", ("a", "b"), ((1, 2), (3, 4))),
        Chart("h", "bars", ("1",), (ChartSeries("l", (1.5,)),)),
    ),
)
REPORT = GateReport(verdict="fail", checks=(CHECK,), versions={"keras": "3"})

READING = Preprocess(size=(8, 8), reader="load_img:box", steps=("resize 8x8", "scale -1..1"))
IMAGE_INPUT = TensorFacts("image", "float32", (None, 8, 8, 3))
SEEN = InputPreview("training", "/r/1.png", (8, 8, 3), 0.0, 1.0, (0.5, 0.5, 0.5))

REQUESTS: list[m.AnyRequest] = [
    m.ReadProject(id=1, path="p.toml"),
    m.Inspect(id=1, path="a.h5"),
    m.LoadFacts(id=2, path="a.h5", custom="objects.py", architecture="a.json"),
    m.SetTrust(id=9, path="a.h5", allow=False),
    m.AllowCode(id=9, path="/p/layers.py", role="custom"),
    m.AllowHost(id=9, address="https://ml.example.org", allow=False),
    m.ReadSignatures(id=10, path="/exports/digits"),
    m.Export(id=3, project=PROJECT, base="/b", output="out"),
    m.Predict(
        id=4,
        project=PROJECT,
        base="/b",
        inputs=("x.jpg",),
        results="/r/1.jsonl",
        reading=ReplyKeys("classes", labels=("a", "b")),
        values={"a": [1, 2.5]},
        features={"f": {"b": "c"}},
    ),
    m.PreviewInput(id=11, project=PROJECT, base="/b", source="x.jpg", folder="/r"),
    m.PreviewReading(
        id=15,
        preprocess=READING,
        training=TrainingSettings(reader="tf1"),
        tensor=IMAGE_INPUT,
        base="/b",
        sources=("x.jpg", "/folder"),
        folder="/r",
    ),
    m.CompareReaders(
        id=16,
        preprocess=READING,
        readers=("tf1", "cv2:area"),
        tensor=IMAGE_INPUT,
        base="/b",
        source="x.jpg",
        folder="/r",
    ),
    m.SaveRows(id=12, results=("/r/1.jsonl",), places=((0, 17, 120),), output="o.csv", answers=SIGNATURE.inputs),
    m.ReadReach(id=13, project=PROJECT, base="/b"),
    m.MatchCode(id=14, text="img = 1"),
    m.MatchImages(id=15, project=PROJECT, base="/b", kind="arrays", images=("a.jpg",), seen="/b/seen.npz"),
    m.PushVersion(id=5, project=PROJECT, base="/b", model="m", version="v1", default=True),
    m.PushVersion(
        id=11, project=PROJECT, base="/b", model="m", traffic=10, machine=MACHINE, override="now", dry_run=True
    ),
    m.PushVersion(id=12, project=CLOUDS, base="/b", model="m", target="v"),
    m.RollBack(id=13, project=PROJECT, model="m"),
    m.SetTraffic(id=14, project=PROJECT, model="m", split={"1": 90, "2": 10}),
    m.DeleteVersion(id=15, project=PROJECT, model="m", version="v1", base="/b"),
    m.DiffVersions(id=22, project=PROJECT, model="m", old="v1", new="v2", base="/b"),
    m.ReleaseLog(id=16, project=PROJECT, model="m"),
    m.CheckAccess(id=17, project=PROJECT),
    m.BatchSubmit(id=18, project=PROJECT, base="/b", model="m", inputs=("a.jsonl",), key="metadata"),
    m.BatchWatch(id=19, project=PROJECT, job="j"),
    m.BatchCancel(id=20, project=PROJECT, job="j"),
    m.BatchResults(id=21, project=PROJECT, job="j", values={"a": 1}),
    m.ListVersions(id=6, project=PROJECT, model="m"),
    m.SetDefault(id=7, project=PROJECT, model="m", version="v2"),
    m.CallVersion(id=8, project=PROJECT, base="/b", model="m", inputs=("x",)),
    m.RunGate(
        id=11, project=PROJECT, base="/b", images=("x",), values={"a": 1}, against="local/m/v1", accept_golden=True
    ),
    m.WriteReport(id=12, report=REPORT, folder="/evidence", path="gate.html"),
    m.ReadRecord(id=8, path="a.tfrecord", number=3),
    m.ReadRecord(id=8, path="a.tfrecord", folder="/f", project=PROJECT, base="/b", values={"a": 1}),
    m.Cancel(id=4),
]

EVENTS: list[m.AnyEvent] = [
    m.Ready(pid=7),
    m.RuntimeReady(),
    m.TensorFlowReady(seconds=4.5),
    m.JobProgress(id=1, progress=Progress("Loading", 1, 4)),
    m.FinishedRows(id=4, first=16, rows=(Row("a", {"classes": [0.5]}), Row("b", error=ErrorInfo("BAD", "no")))),
    m.RowSummaries(
        id=4,
        first=16,
        briefs=(
            RowSummary(
                0,
                90,
                (ReadLine(3, 0.75, True), ReadLine("b")),
                4.25,
                compared=KerasDifference(0.5, True),
                source="a.jsonl:2",
            ),
            RowSummary(91, 20, error=ErrorInfo("BAD", "no")),
        ),
    ),
    m.ExportReady(id=4, result=ExportResult("p", 1, 1, 0.5, "f")),
    m.InputPreviewed(id=11, seen=(InputPreview("input", "/r/0.png", (32, 32, 3), 0.0, 1.0, (0.5, 0.25, 0.125)),)),
    m.ReadingPreviewed(
        id=15,
        preview=ReadingPreview(
            "x.jpg",
            training=SEEN,
            serving=SEEN,
            difference=PixelDifference(3.0, 0.5, 0.25, "/r/2.png", 64),
            serving_error=ErrorInfo("CMYK", "no"),
        ),
    ),
    m.ReadersCompared(id=16, readers=(ReaderPreview("tf1", SEEN), ReaderPreview("x", error=ErrorInfo("NO", "no")))),
    m.Saved(id=12, path="o.csv", rows=2, bytes=90),
    m.CodeMatched(
        id=14,
        readings=(ReadingFound((FoundLine("reader", "tf1", 3, "x"),), (SourceLine(4, "y", "why"),)),),
    ),
    m.ImagesMatched(
        id=15,
        kind="labels",
        candidates=(MatchCandidate(Preprocess(size=(2, 3)), "tf1 2x3", ("size = [2, 3]",), right=3, accuracy=0.75),),
        images=4,
        tried=9,
        clear=True,
        unread={"cv2:area": "no"},
    ),
    m.ReachRead(id=13, reach=RuntimeReach("2.4", (RuntimeHold("A", "2.4", "n"),))),
    m.ModelFactsRead(id=1, facts=facts(IMAGE)),
    m.Allowed(id=9, what="ml.example.org"),
    m.ProjectRead(id=9, project=PROJECT),
    m.SignaturesRead(
        id=10, signatures={"predict": SIGNATURE}, tags=("serve",), tensorflow_version="1.15.5", fingerprint="f"
    ),
    m.Exported(id=3, result=ExportResult("p", 1, 1, 0.5, "f", steps=(StepTime("load", 0.1),))),
    m.VersionList(id=6, versions=(VersionInfo("v1", "projects/p", "READY", default=True),)),
    m.VersionPushed(id=5, result=PushResult("r", "v1", "m", "gs://b/x", 1, 2, 0.5, default=False)),
    m.VersionDiff(id=22, diff=SignatureDiff("breaking", (SignatureChange("breaking", "tensor", "It was removed."),))),
    m.PushPlanned(id=11, plan=DryRun((RestCall("POST", "https://x", {"name": "v1"}),), ("gcloud x",), ("note",))),
    m.ReleasesRead(id=16, lines=(LINE,)),
    m.AccessReport(id=17, access=Access("adc", "a@b", missing=("storage.objects.get",))),
    m.BatchJob(id=18, info=BatchInfo("j", "projects/p/jobs/j", "running", done=3)),
    m.BatchJoined(id=21, joined=JoinSummary(3, 2, missing=("c",))),
    m.RecordRead(id=8, record=RecordContents("a.tfrecord", "tfrecord", 3, (RecordValue("n", "int64", (2,), "1, 2"),))),
    m.RecordRead(id=8, record=RecordContents("a", "npy", 1, ()), request="/f/r.json", problem=ErrorInfo("NO", "no")),
    m.RowsDone(id=4, rows=2, failed=1, seconds=0.5),
    m.CheckStarted(id=11, name="skew", title="Skew", number=4, total=12),
    m.CheckDone(id=11, check=CHECK),
    m.Judged(id=1, report=REPORT, folder="/f", verdict="a" * 64),
    m.GateFinished(id=11, report=REPORT, folder="/evidence"),
    m.ReportWritten(id=12, path="/gate.html"),
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
