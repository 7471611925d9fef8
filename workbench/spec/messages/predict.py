"""The wire's requests and events for predictions, local and at a target, and for records of files."""

from __future__ import annotations

import msgspec

from workbench.spec.data import RecordContents as Record
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages.base import Event, Request
from workbench.spec.model import Row
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys


class Predict(Request, frozen=True):
    """Predict on files with a project's export; rows go to the file `results` and come as `Briefs`, in input order.

    `values` are keys set for every instance; `features` maps a file's path to its own values. `reading` says what is
    told of a row. `compare` asks the original model too; `records` says that the inputs are files of records.
    """

    project: Project
    base: str
    inputs: tuple[str, ...]
    results: str
    reading: ReplyKeys = ReplyKeys()
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    compare: bool = False
    records: bool = False


class CallVersion(Request, frozen=True):
    """Online prediction through the target's API; rows come as `FinishedRows`. Empty `version` = the default one."""

    project: Project
    base: str
    model: str
    inputs: tuple[str, ...]
    target: str = "local"
    version: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    signature: str = ""


class ReadRecord(Request, frozen=True):
    """One record of a file of instances, by the number its row names it by. Answer: `RecordRead`.

    With a `folder` its pictures go there, and with a `project` the request that asks the project's export about it;
    `values` are keys set for every instance.
    """

    path: str
    number: int = 1
    folder: str = ""
    project: Project | None = None
    base: str = ""
    values: dict[str, object] = msgspec.field(default_factory=dict)


class FinishedRows(Event, frozen=True):
    """Some finished rows of a job; `first` is the place of the first among the inputs."""

    first: int
    rows: tuple[Row, ...]


class RowsDone(Event, frozen=True):
    """The end of `Predict` and `CallVersion`: how many rows and how many of them failed."""

    rows: int
    failed: int
    seconds: float


class RecordRead(Event, frozen=True):
    """The answer to `ReadRecord`; ends the job. `request` is the file with the request body, or `problem` says why."""

    record: Record
    request: str = ""
    problem: ErrorInfo | None = None
