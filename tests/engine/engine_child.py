"""A real engine process with jobs that misbehave or tell of themselves; with `warm` it warms up as well."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import msgspec

from workbench.core.progress import Report
from workbench.engine import main
from workbench.engine.handlers import HANDLERS, Send
from workbench.spec import messages as m
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Progress

FACTS = ModelFacts("p", "s", 1, "h5", "2", "tensorflow", "Model", 1, 1, (), (), "tf_keras")


def inspect(request: m.Inspect, report: Report, send: Send) -> m.AnyEvent:
    """Does what the path says."""
    match request.path:
        case "fail":
            raise WorkbenchError("NO_FILE", "gone", where="a.h5", hint="look again")
        case "mistake":
            raise ZeroDivisionError("oops")
        case "slow":
            for step in range(10_000):
                report(Progress("Working", step, 10_000))
                time.sleep(0.01)
        case "stubborn":
            report(Progress("Working"))
            time.sleep(600)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "untellable":
            return m.ModelFactsRead(id=request.id, facts=msgspec.structs.replace(FACTS, class_name="half \ud83d"))
        case "untellable error":
            raise WorkbenchError("NO_FILE", "half \ud83d", where="\udce9.h5")
        case "untellable step":
            report(Progress("half \ud83d"))
        case "mistake of no text":
            raise ZeroDivisionError("half \ud83d")
        case "noise":
            print("a print of somebody's library")
            os.write(1, b"a line written to descriptor 1\n")
            sys.stdout.flush()
    return m.ModelFactsRead(id=request.id, facts=FACTS)


def credentials(request: m.CheckAccess, report: Report, send: Send) -> m.AnyEvent:
    """Waits for a server that does not answer, until it is cancelled."""
    while True:
        report(Progress("Waiting"))
        time.sleep(0.01)


def predict(request: m.Predict, report: Report, send: Send) -> m.AnyEvent:
    """Predicts; each event of rows is told on stderr, with whether TensorFlow's Python was being imported by then."""

    def told(event: m.AnyEvent) -> None:
        if isinstance(event, m.RowSummaries):
            print(f"{len(event.briefs)} rows, tensorflow {'tensorflow' in sys.modules}", file=sys.stderr, flush=True)
        send(event)

    return HANDLERS[m.Predict](request, report, told)


if __name__ == "__main__":
    handlers: dict[Any, Any] = {**HANDLERS, m.Inspect: inspect, m.CheckAccess: credentials, m.Predict: predict}
    main(handlers, warm="warm" in sys.argv)
