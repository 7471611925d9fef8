"""The wire's requests and events about predicted rows: stored, inspected, saved."""

from __future__ import annotations

import msgspec

from workbench.spec.messages.base import Event, Request
from workbench.spec.model import ExportResult, RuntimeReach
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import InputPreview, RowSummary
from workbench.spec.tensors import TensorSpec


class PreviewInput(Request, frozen=True):
    """What the network sees of one image, or of a `record` of a file from 1 on, as PNGs in `folder`.

    Answer: `InputPreviewed`.
    """

    project: Project
    base: str
    source: str
    folder: str
    record: int = 0
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)


class SaveRows(Request, frozen=True):
    """Write kept rows to `output`, whose ending says the format. Answer: `Saved`.

    `places` are (number of the results file in `results`, offset, bytes), in the order wanted; `answers` are the
    reply's keys.
    """

    results: tuple[str, ...]
    places: tuple[tuple[int, int, int], ...]
    output: str
    reading: ReplyKeys = ReplyKeys()
    answers: dict[str, TensorSpec] = msgspec.field(default_factory=dict)


class ReadReach(Request, frozen=True):
    """Which TensorFlow releases read a project's export. Answer: `ReachRead`."""

    project: Project
    base: str


class RowSummaries(Event, frozen=True):
    """Some finished rows of `Predict` in short; `first` is the place of the first among the inputs."""

    first: int
    briefs: tuple[RowSummary, ...]


class ExportReady(Event, frozen=True):
    """A job has made, or found, the export it works with, and goes on."""

    result: ExportResult


class InputPreviewed(Event, frozen=True):
    """The answer to `PreviewInput`; ends the job."""

    seen: tuple[InputPreview, ...]


class Saved(Event, frozen=True):
    """The answer to `SaveRows`; ends the job."""

    path: str
    rows: int
    bytes: int


class ReachRead(Event, frozen=True):
    """The answer to `ReadReach`; ends the job."""

    reach: RuntimeReach
