"""The engine's end of the wire: takes descriptors 0 and 1 for itself, reads requests, sends events and rows."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from workbench.core.progress import Report
from workbench.spec.errors import WorkbenchError, plain_text
from workbench.spec.messages import (
    MAX_LINE,
    AnyEvent,
    AnyRequest,
    Failed,
    FinishedRows,
    RowsDone,
    decode_request,
    encode,
    number_of,
)
from workbench.spec.model import Row

Send = Callable[[AnyEvent], None]

Handler = Callable[[Any, Report, Send], AnyEvent]
"""Does one request; may send `Rows` on the way, returns the event that ends the job."""


class Wire:
    """JSON lines over two private descriptors; `send` may be called from any thread."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()

    def send(self, event: AnyEvent) -> None:
        """Send one event. A parent that is gone is noticed by `requests`, not here. Raises as `encode`."""
        line = encode(event)
        with self._lock:
            try:
                self._writer.write(line)
                self._writer.flush()
            except (BrokenPipeError, ValueError):
                # Nobody reads any more; the reader thread sees the end of stdin and ends the process.
                return

    def requests(self) -> Iterator[AnyRequest]:
        """The parent's requests until it closes the wire; a bad line is answered and passed over."""
        while line := self._reader.readline(MAX_LINE + 1):
            if not line.endswith(b"\n"):
                if len(line) > MAX_LINE:
                    self.send(Failed(error=WorkbenchError("BAD_MESSAGE", "The request is too long.").info()))
                return
            try:
                yield decode_request(line)
            except WorkbenchError as err:
                # Under its number, where it told one: a job without an ending would be waited for.
                self.send(Failed(id=number_of(line), error=plain_text(err.info())))


def take_stdio() -> Wire:
    """Make the process's stdin and stdout the wire, and give everyone else /dev/null and stderr instead.

    Done before any heavy import: prints and C++ logs then go to stderr and cannot damage a line.
    """
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return Wire(reader, writer)


def send_rows(job: int, batches: Iterator[list[Row]], send: Send, start: float) -> RowsDone:
    count = failed = 0
    for rows in batches:
        send(FinishedRows(id=job, first=count, rows=tuple(rows)))
        count += len(rows)
        failed += sum(1 for row in rows if row.error)
    return RowsDone(id=job, rows=count, failed=failed, seconds=time.perf_counter() - start)
