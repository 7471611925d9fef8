"""The wire's closed unions of requests and of events, and their form: one JSON line a message."""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.messages import base, deploy, gate, match, model, predict, reading, rows

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is refused rather than buffered without end."""


AnyRequest = (
    model.ReadProject
    | model.Inspect
    | model.LoadFacts
    | model.SetTrust
    | model.AllowCode
    | model.AllowHost
    | model.ReadSignatures
    | model.Export
    | predict.Predict
    | rows.PreviewInput
    | reading.PreviewReading
    | reading.CompareReaders
    | rows.SaveRows
    | rows.ReadReach
    | match.MatchCode
    | match.MatchImages
    | deploy.PushVersion
    | deploy.ListVersions
    | deploy.SetDefault
    | deploy.RollBack
    | deploy.SetTraffic
    | deploy.DeleteVersion
    | deploy.DiffVersions
    | deploy.ReleaseLog
    | deploy.CheckAccess
    | deploy.BatchSubmit
    | deploy.BatchWatch
    | deploy.BatchCancel
    | deploy.BatchResults
    | predict.CallVersion
    | predict.ReadRecord
    | gate.RunGate
    | gate.WriteReport
    | base.Cancel
)


AnyEvent = (
    base.Ready
    | base.RuntimeReady
    | base.TensorFlowReady
    | base.JobProgress
    | predict.FinishedRows
    | rows.RowSummaries
    | rows.ExportReady
    | model.ModelFactsRead
    | model.Allowed
    | model.ProjectRead
    | model.SignaturesRead
    | model.Exported
    | rows.InputPreviewed
    | reading.ReadingPreviewed
    | reading.ReadersCompared
    | rows.Saved
    | rows.ReachRead
    | match.CodeMatched
    | match.ImagesMatched
    | deploy.VersionList
    | deploy.VersionPushed
    | deploy.VersionDiff
    | deploy.PushPlanned
    | deploy.ReleasesRead
    | deploy.AccessReport
    | deploy.BatchJob
    | deploy.BatchJoined
    | predict.RecordRead
    | predict.RowsDone
    | gate.CheckStarted
    | gate.CheckDone
    | gate.Judged
    | gate.GateFinished
    | gate.ReportWritten
    | base.Failed
    | base.Cancelled
)

ENDINGS: Final = (
    model.ModelFactsRead,
    model.Allowed,
    model.ProjectRead,
    model.SignaturesRead,
    model.Exported,
    rows.InputPreviewed,
    reading.ReadingPreviewed,
    reading.ReadersCompared,
    rows.Saved,
    rows.ReachRead,
    match.CodeMatched,
    match.ImagesMatched,
    deploy.VersionList,
    deploy.VersionPushed,
    deploy.VersionDiff,
    deploy.PushPlanned,
    deploy.ReleasesRead,
    deploy.AccessReport,
    deploy.BatchJob,
    deploy.BatchJoined,
    predict.RecordRead,
    predict.RowsDone,
    gate.GateFinished,
    gate.ReportWritten,
    base.Failed,
    base.Cancelled,
)
"""The events after which nothing more comes for a job."""

_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder()


def encode(message: base.Request | base.Event) -> bytes:
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
        return msgspec.json.decode(line, type=base.Numbered).id
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
