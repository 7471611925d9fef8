"""The engine process: handles requests one after the other and ends with its parent.

Only a look for credentials goes beside: a server that does not answer it would hold up the pushes behind it.
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Final

from workbench.core import jobs
from workbench.core.lazy import hush_libraries
from workbench.core.progress import Report
from workbench.engine.handlers import HANDLERS, Handler
from workbench.engine.wire import Wire, take_stdio
from workbench.spec import messages as m
from workbench.spec.errors import CancelledError, ErrorInfo, WorkbenchError, plain_text
from workbench.spec.model import Progress

BESIDE: Final[tuple[type[m.Request], ...]] = (m.CheckAccess,)
"""Requests that wait for nothing but a server's answer and change nothing: each has a thread of its own."""


class Engine:
    """One worker thread for the jobs in their order; the reader hears `Cancel` and the end of the wire meanwhile."""

    def __init__(self, wire: Wire, handlers: Mapping[type[m.Request], Handler]) -> None:
        self._wire = wire
        self._handlers = handlers
        self._waiting: queue.Queue[m.Request] = queue.Queue()
        self._cancelled: set[int] = set()

    def run(self) -> None:
        """Serve until the parent closes the wire."""
        threading.Thread(target=self._work, name="jobs", daemon=True).start()
        self._wire.send(m.Ready(pid=os.getpid()))
        for request in self._wire.requests():
            if isinstance(request, m.Cancel):
                self._cancelled.add(request.id)
            elif isinstance(request, BESIDE):
                threading.Thread(target=self._do, args=(request,), name="beside", daemon=True).start()
            else:
                self._waiting.put(request)

    def _work(self) -> None:
        while True:
            self._do(self._waiting.get())
            # Keras models hang in circles; without this a closed model's weights stay until Python looks by chance.
            gc.collect()
            self._waiting.task_done()

    def wait_idle(self) -> None:
        """Wait until no job runs and none waits."""
        self._waiting.join()

    def _do(self, request: m.Request) -> None:
        """Do one job and tell its ending; one that cannot be told is a failure, and the next job comes after it."""
        try:
            self._wire.send(self._end_of(request))
        except WorkbenchError as err:
            self._wire.send(m.Failed(id=request.id, error=plain_text(err.info())))
        except Exception as err:  # noqa: BLE001 - a worker that ends would leave every later job without an answer
            traceback.print_exc()
            self._wire.send(m.Failed(id=request.id, error=plain_text(_mistake(err))))
        self._cancelled.discard(request.id)

    def _end_of(self, request: m.Request) -> m.AnyEvent:
        """Do one job; whatever happens, exactly one ending comes of it."""
        try:
            self._stop_if_cancelled(request.id)
            return self._handlers[type(request)](request, self._report(request.id), self._wire.send)
        except CancelledError:
            return m.Cancelled(id=request.id)
        except WorkbenchError as err:
            return m.Failed(id=request.id, error=plain_text(err.info()))
        except Exception as err:  # noqa: BLE001 - the last line of defence: a defect must not end the engine
            traceback.print_exc()
            return m.Failed(id=request.id, error=plain_text(_mistake(err)))

    def _report(self, job: int) -> Report:
        def report(progress: Progress) -> None:
            self._stop_if_cancelled(job)
            self._wire.send(m.JobProgress(id=job, progress=progress))

        return report

    def _stop_if_cancelled(self, job: int) -> None:
        if job in self._cancelled:
            raise CancelledError


def _mistake(error: Exception) -> ErrorInfo:
    """A fault of ours as data."""
    text = f"Internal error: {type(error).__name__}: {error}"
    return ErrorInfo("INTERNAL", text[:500], hint="See the log for details, and please report it.")


def warm_up(wire: Wire, engine: Engine) -> None:
    """Load what runs exports, then import TensorFlow and tf_keras, in the background: the next job finds them there.

    That import shares Python's lock with the jobs for seconds, so it waits until none is left. One that needs it
    imports it itself.
    """

    def exports_run() -> None:
        wire.send(m.RuntimeReady())
        engine.wait_idle()

    def work() -> None:
        start = time.perf_counter()
        jobs.warm_up(exports_run)
        wire.send(m.TensorFlowReady(seconds=time.perf_counter() - start))

    threading.Thread(target=work, name="warm-up", daemon=True).start()


def main(handlers: Mapping[type[m.Request], Handler] = HANDLERS, *, warm: bool = True) -> None:
    """Run the engine on this process's stdin and stdout until stdin ends.

    The process then ends at once, whatever runs: a parent that is gone wants no more answers, and
    threads inside TensorFlow cannot be asked.
    """
    hush_libraries()
    wire = take_stdio()
    engine = Engine(wire, handlers)
    if warm:
        warm_up(wire, engine)
    engine.run()
    sys.stderr.flush()
    os._exit(0)
