"""Types shared by the engine's handlers, and sending of rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from workbench.core.progress import Report
from workbench.spec import messages as m
from workbench.spec.model import Row

Send = Callable[[m.AnyEvent], None]
Handler = Callable[[Any, Report, Send], m.AnyEvent]
"""Does one request; may send `Rows` on the way, returns the event that ends the job."""


def send_rows(job: int, batches: Iterator[list[Row]], send: Send, start: float) -> m.RowsDone:
    count = failed = 0
    for rows in batches:
        send(m.FinishedRows(id=job, first=count, rows=tuple(rows)))
        count += len(rows)
        failed += sum(1 for row in rows if row.error)
    return m.RowsDone(id=job, rows=count, failed=failed, seconds=time.perf_counter() - start)
