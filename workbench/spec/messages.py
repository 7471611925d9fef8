"""The engine's wire: a closed union of requests and one of events, JSON lines on stdin/stdout.

One request is one job; every job ends in exactly one of `Done`, `Failed` or `Cancelled`.
Paths and statistics cross the wire, pixels never do.
"""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.data import Peeked as Record
from workbench.spec.deploy_messages import (
    AccessTold,
    BatchCancel,
    BatchJob,
    BatchJoined,
    BatchResults,
    BatchSubmit,
    BatchWatch,
    Credentials,
    DeleteVersion,
    Planned,
    Push,
    ReleaseLog,
    Releases,
    RollBack,
    SetDefault,
    SetTraffic,
    Versions,
)
from workbench.spec.diff_messages import DiffTold, DiffVersions
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.gate_messages import Check, CheckDone, CheckStarted, Gate, ReportWritten, WriteReport
from workbench.spec.model import ExportResult, ModelFacts, Progress, Row
from workbench.spec.project import Project
from workbench.spec.reading import Reading
from workbench.spec.rows_messages import Briefs, Look, Looked, Made, Reach, Reached, Saved, SaveRows
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.tensors import SignatureSpec
from workbench.spec.wire import Event, Request

__all__ = [
    "ENDINGS",
    "MAX_LINE",
    "AccessTold",
    "AnyEvent",
    "AnyRequest",
    "BatchCancel",
    "BatchJob",
    "BatchJoined",
    "BatchResults",
    "BatchSubmit",
    "BatchWatch",
    "Briefs",
    "Call",
    "Cancel",
    "Cancelled",
    "Check",
    "CheckDone",
    "CheckStarted",
    "Credentials",
    "DeleteVersion",
    "DiffTold",
    "DiffVersions",
    "Event",
    "Export",
    "Exported",
    "Facts",
    "Failed",
    "Gate",
    "Inspect",
    "LoadFacts",
    "Look",
    "Looked",
    "Made",
    "Peek",
    "Peeked",
    "Planned",
    "Predict",
    "Push",
    "Pushed",
    "Reach",
    "Reached",
    "Ready",
    "ReleaseLog",
    "Releases",
    "ReportWritten",
    "Request",
    "RollBack",
    "Rows",
    "RowsDone",
    "SaveRows",
    "Saved",
    "SetDefault",
    "SetTraffic",
    "Show",
    "Shown",
    "Trust",
    "VersionList",
    "Versions",
    "Warm",
    "Working",
    "WriteReport",
    "decode_event",
    "decode_request",
    "encode",
]

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is refused rather than buffered without end."""


class Inspect(Request, frozen=True):
    """Read a model's facts without running it. Answer: `Facts`.

    `custom` and `architecture` are files the user named for it, empty for none.
    """

    path: str
    custom: str = ""
    architecture: str = ""


class LoadFacts(Request, frozen=True):
    """Load the model and answer its facts with exact output shapes. Answer: `Facts`."""

    path: str
    custom: str = ""
    architecture: str = ""


class Trust(Request, frozen=True):
    """The user allows this very file to run its code, or takes that back. Remembered. Answer: `Facts`."""

    path: str
    allow: bool = True


class Show(Request, frozen=True):
    """Read the signatures of a SavedModel directory, anybody's, without TensorFlow. Answer: `Shown`."""

    path: str


class Export(Request, frozen=True):
    """Make (or find) the export of a project. `base` is the folder its paths start from."""

    project: Project
    base: str
    output: str = ""


class Predict(Request, frozen=True):
    """Predict on files with a project's export; rows go to the file `results` and come as `Briefs`, in input order.

    `values` are keys set for every instance; `features` maps a file's path to its own values. `reading` says what is
    told of a row. `compare` asks the original model too; `records` says that the inputs are files of records.
    """

    project: Project
    base: str
    inputs: tuple[str, ...]
    results: str
    reading: Reading = Reading()
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    compare: bool = False
    records: bool = False


class Call(Request, frozen=True):
    """Online prediction through the target's API; rows come as `Rows`. Empty `version` = the default one."""

    project: Project
    base: str
    model: str
    inputs: tuple[str, ...]
    target: str = "local"
    version: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    signature: str = ""


class Peek(Request, frozen=True):
    """One record of a file of instances, by the number its row names it by. Answer: `Peeked`.

    With a `folder` its pictures go there, and with a `project` the request that asks the project's export about it;
    `values` are keys set for every instance.
    """

    path: str
    number: int = 1
    folder: str = ""
    project: Project | None = None
    base: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)


class Cancel(Request, frozen=True):
    """Stop job `id` at its next step; the job itself answers `Cancelled` (or ends as it would)."""


AnyRequest = (
    Inspect
    | LoadFacts
    | Trust
    | Show
    | Export
    | Predict
    | Look
    | SaveRows
    | Reach
    | Push
    | Versions
    | SetDefault
    | RollBack
    | SetTraffic
    | DeleteVersion
    | DiffVersions
    | ReleaseLog
    | Credentials
    | BatchSubmit
    | BatchWatch
    | BatchCancel
    | BatchResults
    | Call
    | Peek
    | Check
    | WriteReport
    | Cancel
)


class Ready(Event, frozen=True):
    """The engine reads requests. Sent once, before TensorFlow is there."""

    pid: int


class Warm(Event, frozen=True):
    """TensorFlow has been imported, after so many seconds."""

    seconds: float


class Working(Event, frozen=True):
    """Progress of a job."""

    progress: Progress


class Rows(Event, frozen=True):
    """Some finished rows of a job; `first` is the place of the first among the inputs."""

    first: int
    rows: tuple[Row, ...]


class Facts(Event, frozen=True):
    """The answer to `Inspect`, `LoadFacts` and `Trust`; ends the job."""

    facts: ModelFacts


class Shown(Event, frozen=True):
    """The answer to `Show`; ends the job. `fingerprint` is ours, empty for a foreign export."""

    signatures: dict[str, SignatureSpec]
    tags: tuple[str, ...]
    tensorflow_version: str
    fingerprint: str = ""


class Exported(Event, frozen=True):
    """The answer to `Export`; ends the job."""

    result: ExportResult


class VersionList(Event, frozen=True):
    """The answer to `Versions` and `SetDefault`; ends the job."""

    versions: tuple[VersionInfo, ...]


class Pushed(Event, frozen=True):
    """The answer to `Push`; ends the job."""

    result: PushResult


class Peeked(Event, frozen=True):
    """The answer to `Peek`; ends the job. `request` is the file with the request's body, else `problem` says why."""

    record: Record
    request: str = ""
    problem: ErrorInfo | None = None


class RowsDone(Event, frozen=True):
    """The end of `Predict` and `Call`: how many rows and how many of them failed."""

    rows: int
    failed: int
    seconds: float


class Failed(Event, frozen=True):
    """The job ended in an error."""

    error: ErrorInfo


class Cancelled(Event, frozen=True):
    """The job ended because it was asked to."""


AnyEvent = (
    Ready
    | Warm
    | Working
    | Rows
    | Briefs
    | Made
    | Facts
    | Shown
    | Exported
    | Looked
    | Saved
    | Reached
    | VersionList
    | Pushed
    | DiffTold
    | Planned
    | Releases
    | AccessTold
    | BatchJob
    | BatchJoined
    | Peeked
    | RowsDone
    | CheckStarted
    | CheckDone
    | Gate
    | ReportWritten
    | Failed
    | Cancelled
)

ENDINGS: Final = (
    Facts,
    Shown,
    Exported,
    Looked,
    Saved,
    Reached,
    VersionList,
    Pushed,
    DiffTold,
    Planned,
    Releases,
    AccessTold,
    BatchJob,
    BatchJoined,
    Peeked,
    RowsDone,
    Gate,
    ReportWritten,
    Failed,
    Cancelled,
)
"""The events after which nothing more comes for a job."""

_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder()


def encode(message: Request | Event) -> bytes:
    """One message as one line, newline included."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """One line as a request. Raises `WorkbenchError` BAD_MESSAGE."""
    try:
        return _requests.decode(line)
    except msgspec.MsgspecError as err:
        raise WorkbenchError("BAD_MESSAGE", f"The engine was sent a request it does not know: {err}.") from err


def decode_event(line: bytes) -> AnyEvent:
    """One line as an event. Raises `WorkbenchError` BAD_MESSAGE."""
    try:
        return _events.decode(line)
    except msgspec.MsgspecError as err:
        raise WorkbenchError("BAD_MESSAGE", f"The engine sent an event the window does not know: {err}.") from err
