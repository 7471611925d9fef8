"""Batches concurrent requests: one session run per batch; each request gets its own rows.

While a batch runs, the next requests queue up; so a single request never waits and concurrent ones share a batch.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from workbench.spec.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

Outputs = dict[str, "Array"]
Run = Callable[[str, Outputs], Outputs]


class _BatchedRequest:
    """One request: its columns, each with one value per instance. Requests with the same `key` can be joined."""

    def __init__(self, signature: str, columns: Outputs, count: int, alone: bool) -> None:
        self.signature, self.columns, self.count = signature, columns, count
        shapes = tuple((alias, str(a.dtype), a.shape[1:]) for alias, a in sorted(columns.items()))
        self.key: object = self if alone or count == 0 else (signature, shapes)
        self.done: Future[Outputs] = Future()


class Batcher:
    """Runs the requests of one version, up to `runs` batches at a time.

    `run` is the session's; `joins` decides which signatures may be batched.
    """

    def __init__(self, run: Run, joins: Callable[[str], bool], *, batch: int, linger: float, runs: int) -> None:
        self._run, self._joins = run, joins
        self._batch, self._linger, self._runs = batch, linger, runs
        self._queue: deque[_BatchedRequest] = deque()
        self._coming = 0
        self._closed = False
        self._changed = threading.Condition()
        self._workers: list[threading.Thread] = []

    def expect(self, change: int) -> None:
        """Announce that a request is being read (+1), or that this is over: it was read, or will not be submitted
        (-1)."""
        with self._changed:
            self._coming += change
            self._changed.notify_all()

    def run(self, signature: str, columns: Outputs, count: int) -> Outputs:
        """The outputs for these instances only. Raises what the session raises for these instances alone."""
        job = _BatchedRequest(signature, columns, count, not self._joins(signature))
        with self._changed:
            if len(self._workers) < self._runs:
                self._workers.append(threading.Thread(target=self._work, name="batches", daemon=True))
                self._workers[-1].start()
            self._queue.append(job)
            self._changed.notify_all()
        return job.done.result()

    def close(self) -> None:
        """End the workers once the queue is empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while jobs := self._next():
            self._answer(jobs)

    def _next(self) -> list[_BatchedRequest]:
        """The next batch; empty if the batcher is closed and the queue is empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            # Another worker may take the queued requests while this one waits for more.
            while self._queue and self._coming and self._linger and not self._full():
                if not self._changed.wait_for(lambda: not self._coming or self._full(), self._linger):
                    break
            while not self._queue and not self._closed:
                self._changed.wait()
            return self._taken() if self._queue else []

    def _full(self) -> bool:
        return sum(job.count for job in self._queue) >= self._batch

    def _taken(self) -> list[_BatchedRequest]:
        first = self._queue.popleft()
        jobs, rest, room = [first], deque[_BatchedRequest](), self._batch - first.count
        for job in self._queue:
            if job.key == first.key and job.count <= room:
                jobs.append(job)
                room -= job.count
            else:
                rest.append(job)
        self._queue = rest
        return jobs

    def _answer(self, jobs: list[_BatchedRequest]) -> None:
        if len(jobs) > 1 and self._together(jobs):
            return
        # One bad instance fails the whole run; run alone, only its own request fails.
        for job in jobs:
            try:
                job.done.set_result(self._run(job.signature, job.columns))
            except BaseException as err:  # noqa: BLE001 - it belongs to the thread that waits for it.
                job.done.set_exception(err)

    def _together(self, jobs: list[_BatchedRequest]) -> bool:
        import numpy as np

        aliases = jobs[0].columns
        total = sum(job.count for job in jobs)
        joined = {alias: np.concatenate([job.columns[alias] for job in jobs]) for alias in aliases}
        try:
            outputs = self._run(jobs[0].signature, joined)
        except WorkbenchError:
            return False
        if any(a.ndim == 0 or len(a) != total for a in outputs.values()):
            return False
        start = 0
        for job in jobs:
            job.done.set_result({alias: a[start : start + job.count] for alias, a in outputs.items()})
            start += job.count
        return True
