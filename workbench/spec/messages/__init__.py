"""The engine's wire: closed unions of requests and of events, as JSON lines on stdin and stdout.

One request is one job; every job ends in exactly one of `Done`, `Failed` or `Cancelled`.
Paths and statistics cross the wire, pixels never do.
"""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.messages.base import (
    Cancel,
    Cancelled,
    Event,
    Failed,
    JobProgress,
    Numbered,
    Ready,
    Request,
    RuntimeReady,
    TensorFlowReady,
)
from workbench.spec.messages.deploy import (
    AccessReport,
    BatchCancel,
    BatchJob,
    BatchJoined,
    BatchResults,
    BatchSubmit,
    BatchWatch,
    CheckAccess,
    DeleteVersion,
    DiffVersions,
    ListVersions,
    PushPlanned,
    PushVersion,
    ReleaseLog,
    ReleasesRead,
    RollBack,
    SetDefault,
    SetTraffic,
    VersionDiff,
    VersionList,
    VersionPushed,
)
from workbench.spec.messages.gate import (
    CheckDone,
    CheckStarted,
    GateFinished,
    Judged,
    ReportWritten,
    RunGate,
    WriteReport,
)
from workbench.spec.messages.match import CodeMatched, MatchCode
from workbench.spec.messages.model import (
    AllowCode,
    Allowed,
    AllowHost,
    Export,
    Exported,
    Inspect,
    LoadFacts,
    ModelFactsRead,
    ProjectRead,
    ReadProject,
    ReadSignatures,
    SetTrust,
    SignaturesRead,
)
from workbench.spec.messages.predict import CallVersion, FinishedRows, Predict, ReadRecord, RecordRead, RowsDone
from workbench.spec.messages.rows import (
    ExportReady,
    InputPreviewed,
    PreviewInput,
    ReachRead,
    ReadReach,
    RowSummaries,
    Saved,
    SaveRows,
)

__all__ = [
    "ENDINGS",
    "MAX_LINE",
    "AccessReport",
    "AllowCode",
    "AllowHost",
    "Allowed",
    "AnyEvent",
    "AnyRequest",
    "BatchCancel",
    "BatchJob",
    "BatchJoined",
    "BatchResults",
    "BatchSubmit",
    "BatchWatch",
    "CallVersion",
    "Cancel",
    "Cancelled",
    "CheckAccess",
    "CheckDone",
    "CheckStarted",
    "CodeMatched",
    "DeleteVersion",
    "DiffVersions",
    "Event",
    "Export",
    "ExportReady",
    "Exported",
    "Failed",
    "FinishedRows",
    "GateFinished",
    "InputPreviewed",
    "Inspect",
    "JobProgress",
    "Judged",
    "ListVersions",
    "LoadFacts",
    "MatchCode",
    "ModelFactsRead",
    "Predict",
    "PreviewInput",
    "ProjectRead",
    "PushPlanned",
    "PushVersion",
    "ReachRead",
    "ReadProject",
    "ReadReach",
    "ReadRecord",
    "ReadSignatures",
    "Ready",
    "RecordRead",
    "ReleaseLog",
    "ReleasesRead",
    "ReportWritten",
    "Request",
    "RollBack",
    "RowSummaries",
    "RowsDone",
    "RunGate",
    "RuntimeReady",
    "SaveRows",
    "Saved",
    "SetDefault",
    "SetTraffic",
    "SetTrust",
    "SignaturesRead",
    "TensorFlowReady",
    "VersionDiff",
    "VersionList",
    "VersionPushed",
    "WriteReport",
    "decode_event",
    "decode_request",
    "encode",
    "number_of",
]

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is refused rather than buffered without end."""


AnyRequest = (
    ReadProject
    | Inspect
    | LoadFacts
    | SetTrust
    | AllowCode
    | AllowHost
    | ReadSignatures
    | Export
    | Predict
    | PreviewInput
    | SaveRows
    | ReadReach
    | MatchCode
    | PushVersion
    | ListVersions
    | SetDefault
    | RollBack
    | SetTraffic
    | DeleteVersion
    | DiffVersions
    | ReleaseLog
    | CheckAccess
    | BatchSubmit
    | BatchWatch
    | BatchCancel
    | BatchResults
    | CallVersion
    | ReadRecord
    | RunGate
    | WriteReport
    | Cancel
)


AnyEvent = (
    Ready
    | RuntimeReady
    | TensorFlowReady
    | JobProgress
    | FinishedRows
    | RowSummaries
    | ExportReady
    | ModelFactsRead
    | Allowed
    | ProjectRead
    | SignaturesRead
    | Exported
    | InputPreviewed
    | Saved
    | ReachRead
    | CodeMatched
    | VersionList
    | VersionPushed
    | VersionDiff
    | PushPlanned
    | ReleasesRead
    | AccessReport
    | BatchJob
    | BatchJoined
    | RecordRead
    | RowsDone
    | CheckStarted
    | CheckDone
    | Judged
    | GateFinished
    | ReportWritten
    | Failed
    | Cancelled
)

ENDINGS: Final = (
    ModelFactsRead,
    Allowed,
    ProjectRead,
    SignaturesRead,
    Exported,
    InputPreviewed,
    Saved,
    ReachRead,
    CodeMatched,
    VersionList,
    VersionPushed,
    VersionDiff,
    PushPlanned,
    ReleasesRead,
    AccessReport,
    BatchJob,
    BatchJoined,
    RecordRead,
    RowsDone,
    GateFinished,
    ReportWritten,
    Failed,
    Cancelled,
)
"""The events after which nothing more comes for a job."""

_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder()


def encode(message: Request | Event) -> bytes:
    """One message as one line, newline included.

    Raises `WorkbenchError` UNTELLABLE for what JSON has no form for: half of a character pair, which names of files
    and texts of others may hold, or a number beyond 64 bits.
    """
    try:
        return _encoder.encode(message) + b"\n"
    except UnicodeEncodeError as err:
        shown = ascii(err.object[max(0, err.start - 20) : err.end + 20])
        text = f"The text {shown} is no text: it holds half of a character pair."
        raise WorkbenchError("UNTELLABLE", text, hint="Rename what has that name.") from err
    except (OverflowError, RecursionError, TypeError, ValueError) as err:
        text = f"A value cannot be told: {str(err)[:200]}."
        raise WorkbenchError("UNTELLABLE", text, hint="Use numbers of at most 64 bits.") from err


def number_of(line: bytes) -> int:
    """The job of a message that cannot be read otherwise; 0 where even that is not told."""
    try:
        return msgspec.json.decode(line, type=Numbered).id
    except DECODE_ERRORS:
        return 0


def decode_request(line: bytes) -> AnyRequest:
    """One line as a request. Raises `WorkbenchError` BAD_MESSAGE."""
    try:
        return _requests.decode(line)
    except DECODE_ERRORS as err:
        raise WorkbenchError("BAD_MESSAGE", f"The engine received an unknown request: {err}.") from err


def decode_event(line: bytes) -> AnyEvent:
    """One line as an event. Raises `WorkbenchError` BAD_MESSAGE."""
    try:
        return _events.decode(line)
    except DECODE_ERRORS as err:
        raise WorkbenchError("BAD_MESSAGE", f"The window received an unknown event: {err}.") from err
