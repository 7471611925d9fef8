"""The engine's wire: a closed union of requests and one of events, JSON lines on stdin/stdout.

One request is one job; every job ends in exactly one of `Done`, `Failed` or `Cancelled`.
Paths and statistics cross the wire, pixels never do.
"""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.messages.base import Cancel, Cancelled, Event, Failed, Ready, Request, Warm, Working
from workbench.spec.messages.deploy import (
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
    Pushed,
    ReleaseLog,
    Releases,
    RollBack,
    SetDefault,
    SetTraffic,
    VersionList,
    Versions,
)
from workbench.spec.messages.diff import DiffTold, DiffVersions
from workbench.spec.messages.gate import Check, CheckDone, CheckStarted, Gate, Judged, ReportWritten, WriteReport
from workbench.spec.messages.model import Export, Exported, Facts, Inspect, LoadFacts, Show, Shown, Trust
from workbench.spec.messages.predict import Call, Peek, Peeked, Predict, Rows, RowsDone
from workbench.spec.messages.rows import Briefs, Look, Looked, Made, Reach, Reached, Saved, SaveRows

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
    "Judged",
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
    | Judged
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
