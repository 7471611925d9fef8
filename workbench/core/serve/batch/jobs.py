"""Batch jobs of both APIs: their rows, and the one worker that runs them."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final

import msgspec

from workbench.core.serve.faults import points
from workbench.core.serve.faults.spec import FailOperation, HangOperation
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import TargetStore, timestamp
from workbench.spec.errors import WorkbenchError

_log = logging.getLogger(__name__)

QUEUED: Final = "QUEUED"
RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
CANCELLING: Final = "CANCELLING"
CANCELLED: Final = "CANCELLED"

ENDED: Final = (SUCCEEDED, FAILED, CANCELLED)

_EVERY: Final = 0.5
"""Seconds between two updates of a running job's counts in the store."""


class JobRow(msgspec.Struct, frozen=True):
    """A job as it is stored. `result` is what is known of its outcome: counts, output, error."""

    api: str
    place: str
    id: str
    body: dict[str, Any]
    state: str
    result: dict[str, Any]
    created: str
    started: str
    ended: str
    changes: int


class JobStopped(Exception):
    """The job has to end now: it was cancelled, or the server is stopping."""


class JobControl:
    """Lets a running job report its progress and learn that it has to stop."""

    def __init__(self, jobs: Jobs, row: JobRow) -> None:
        self._jobs = jobs
        self._row = row
        self._told = 0.0

    def report(self, result: dict[str, Any]) -> None:
        """Store the progress. Raises `JobStopped` if the job has to end."""
        if self._jobs.must_stop(self._row):
            raise JobStopped
        if time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            self._jobs.write(self._row, result=result)


Runner = Callable[[JobRow, JobControl], dict[str, Any]]
"""Does the work of a job and returns its result. Raises `ApiError` or `WorkbenchError` if it fails."""


class Jobs:
    """The jobs of a store, run one after the other. Its methods may be called from any thread."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store
        self._runners: dict[str, Runner] = {}
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(1, "batch-job")

    def register(self, api: str, runner: Runner) -> None:
        """Set the runner for the jobs of an API."""
        self._runners[api] = runner

    def start(self) -> None:
        """Rerun the jobs that a killed process left unfinished: results are written only at the end."""
        for row in self._rows("state NOT IN (?, ?, ?) ORDER BY created", *ENDED):
            self._submit(row)

    def add(self, api: str, place: str, name: str, body: dict[str, Any]) -> JobRow:
        """Add a job to the queue. Raises `ApiError` 409."""
        with self._store.transaction() as database:
            if self.find(api, place, name) is not None:
                raise ApiError(409, "A job with this id already exists.", field="job.job_id")
            values = (api, place, name, json.dumps(body), QUEUED, "{}", timestamp(), "", "", 0)
            database.execute("INSERT INTO jobs VALUES (?,?,?,?,?,?,?,?,?,?)", values)
            row = self.get(api, place, name)
        self._submit(row)
        return row

    def _submit(self, row: JobRow) -> None:
        # The context carries the injected faults of the request that created the job.
        future = self._pool.submit(copy_context().run, self._run, row)
        future.add_done_callback(lambda done: self._see_off(row, done))

    def _see_off(self, row: JobRow, done: Future[None]) -> None:
        """Record an unexpected exception as the job's failure, so that no job stays running for ever."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.error("job %s failed", row.id, exc_info=error)
            self._end(row, FAILED, {"error": f"Internal error encountered: {type(error).__name__}: {error}"})

    def get(self, api: str, place: str, name: str) -> JobRow:
        """The job. Raises `ApiError` 404 if there is none."""
        row = self.find(api, place, name)
        if row is None:
            raise ApiError(404, f'The job resource: "{name}" was not found')
        return row

    def find(self, api: str, place: str, name: str) -> JobRow | None:
        """The job, or `None`."""
        rows = self._rows("api = ? AND place = ? AND id = ?", api, place, name)
        return rows[0] if rows else None

    def all(self, api: str, place: str) -> list[JobRow]:
        """All jobs of a place, newest first."""
        return self._rows("api = ? AND place = ? ORDER BY created DESC", api, place)

    def _rows(self, where: str, *values: object) -> list[JobRow]:
        return [_job(row) for row in self._store.rows(f"SELECT * FROM jobs WHERE {where}", *values)]

    def write(self, row: JobRow, **changes: Any) -> JobRow:
        """Change columns of a job that has not ended."""
        packed = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in changes.items()}
        columns = ", ".join(f"{name} = ?" for name in packed)
        key = (row.api, row.place, row.id)
        with self._store.transaction() as database:
            sql = f"UPDATE jobs SET {columns}, changes = changes + 1 WHERE api = ? AND place = ? AND id = ?"
            database.execute(sql, (*packed.values(), *key))
            return self.get(*key)

    def cancel(self, row: JobRow) -> None:
        """Request a cancel; a job that has ended stays as it is."""
        with self._store.transaction():
            if self.get(row.api, row.place, row.id).state not in ENDED:
                self.write(row, state=CANCELLING)

    def delete(self, row: JobRow) -> None:
        """Delete an ended job. Raises `ApiError` 400 for one that has not ended."""
        with self._store.transaction() as database:
            if row.state not in ENDED:
                raise precondition("name", "The job has not ended; cancel it first.")
            database.execute("DELETE FROM jobs WHERE api = ? AND place = ? AND id = ?", (row.api, row.place, row.id))

    def must_stop(self, row: JobRow) -> bool:
        """Whether the job was cancelled or the server is stopping."""
        return self._closing.is_set() or self.get(row.api, row.place, row.id).state == CANCELLING

    def _run(self, row: JobRow) -> None:
        if self._closing.is_set():
            return
        try:
            if self.must_stop(row):
                raise JobStopped
            row = self.write(row, state=RUNNING, started=timestamp())
            self._fail_on_purpose(row)
            result = self._runners[row.api](row, JobControl(self, row))
            if self.must_stop(row):
                raise JobStopped
            self._end(row, SUCCEEDED, result)
        except JobStopped:
            # When the server stops, the job stays unfinished for the next start.
            if not self._closing.is_set():
                self._end(row, CANCELLED, {"error": "The job was cancelled."})
        except (ApiError, WorkbenchError) as err:
            self._end(row, FAILED, {"error": err.message})

    def _fail_on_purpose(self, row: JobRow) -> None:
        fault = points.operation.get()
        if isinstance(fault, FailOperation):
            raise ApiError(500, fault.message)
        while isinstance(fault, HangOperation):
            if self._closing.wait(0.02) or (fault.cancellable and self.must_stop(row)):
                raise JobStopped

    def _end(self, row: JobRow, state: str, result: dict[str, Any]) -> None:
        with self._store.transaction():
            known = self.get(row.api, row.place, row.id).result
            self.write(row, state=state, result=known | result, ended=timestamp())

    def close(self) -> None:
        """Stop the running job between two batches; it and the queued ones resume at the next start."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _job(row: sqlite3.Row) -> JobRow:
    fields = {name: row[name] for name in JobRow.__struct_fields__}
    return JobRow(**(fields | {"body": json.loads(row["body"]), "result": json.loads(row["result"])}))
