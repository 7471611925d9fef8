"""The engine's wire: a closed union of requests and one of events, JSON lines on stdin/stdout.

One request is one job; every job ends in exactly one of `Done`, `Failed` or `Cancelled`.
Paths and statistics cross the wire, pixels never do.
"""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.data import Peeked as Record
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import ExportResult, ModelFacts, Progress, Row
from workbench.spec.project import Project
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.tensors import SignatureSpec

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is refused rather than buffered without end."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every request carries: the job's number, chosen by the sender."""

    id: int


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
    """Predict on files with a project's export; rows come as `Rows`, in input order.

    `values` are keys set for every instance; `features` maps a file's path to its own values.
    """

    project: Project
    base: str
    inputs: tuple[str, ...]
    values: dict[str, object] = {}
    features: dict[str, dict[str, object]] = {}


class Push(Request, frozen=True):
    """Push a project's export as a version. Empty `version` = the next free one."""

    project: Project
    base: str
    model: str
    target: str = "local"
    version: str = ""
    default: bool = False


class Versions(Request, frozen=True):
    """List a model's versions at a target. Answer: `VersionList`."""

    project: Project
    model: str
    target: str = "local"


class SetDefault(Request, frozen=True):
    """Make a version the default. Answer: `VersionList`."""

    project: Project
    model: str
    version: str
    target: str = "local"


class Call(Request, frozen=True):
    """Online prediction through the target's API; rows come as `Rows`. Empty `version` = the default one."""

    project: Project
    base: str
    model: str
    inputs: tuple[str, ...]
    target: str = "local"
    version: str = ""
    values: dict[str, object] = {}
    features: dict[str, dict[str, object]] = {}


class Peek(Request, frozen=True):
    """One record of a file of instances, counted from 1. Answer: `Peeked`."""

    path: str
    number: int = 1


class Cancel(Request, frozen=True):
    """Stop job `id` at its next step; the job itself answers `Cancelled` (or ends as it would)."""


AnyRequest = Inspect | LoadFacts | Trust | Show | Export | Predict | Push | Versions | SetDefault | Call | Peek | Cancel


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every event carries: the job it belongs to; 0 is the engine itself."""

    id: int = 0


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
    """The answer to `Peek`; ends the job."""

    record: Record


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
    | Facts
    | Shown
    | Exported
    | VersionList
    | Pushed
    | Peeked
    | RowsDone
    | Failed
    | Cancelled
)

ENDINGS: Final = (Facts, Shown, Exported, VersionList, Pushed, Peeked, RowsDone, Failed, Cancelled)
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
