"""Base classes of the wire's messages, and the messages common to all jobs."""

from __future__ import annotations

import msgspec

from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Progress


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every request carries: the job's number, chosen by the sender."""

    id: int


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every event carries: the job it belongs to; 0 is the engine itself."""

    id: int = 0


class Numbered(msgspec.Struct, frozen=True):
    """Of a message that cannot be read otherwise, the job it belongs to."""

    id: int = 0


class Cancel(Request, frozen=True):
    """Stop job `id` at its next step; the job itself answers `Cancelled` (or ends as it would)."""


class Ready(Event, frozen=True):
    """The engine reads requests. Sent once, before TensorFlow is there."""

    pid: int


class RuntimeReady(Event, frozen=True):
    """Exports can be run; TensorFlow's Python, which makes them, is not imported yet."""


class TensorFlowReady(Event, frozen=True):
    """TensorFlow has been imported, after so many seconds."""

    seconds: float


class JobProgress(Event, frozen=True):
    """Progress of a job."""

    progress: Progress


class Failed(Event, frozen=True):
    """The job ended in an error."""

    error: ErrorInfo


class Cancelled(Event, frozen=True):
    """The job ended because it was asked to."""
