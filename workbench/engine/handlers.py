"""What the engine does for each request: `core.jobs`, with events instead of return values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.core import jobs
from workbench.core.progress import Report
from workbench.spec import messages as m
from workbench.spec.model import Row

Send = Callable[[m.AnyEvent], None]
Handler = Callable[[Any, Report, Send], m.AnyEvent]
"""Does one request; may send `Rows` on the way, returns the event that ends the job."""


def inspect(request: m.Inspect, report: Report, send: Send) -> m.AnyEvent:
    """Facts without loading."""
    return m.Facts(id=request.id, facts=jobs.inspect(Path(request.path), report, _extras(request)))


def load_facts(request: m.LoadFacts, report: Report, send: Send) -> m.AnyEvent:
    """Facts with exact shapes."""
    return m.Facts(id=request.id, facts=jobs.load_facts(Path(request.path), report, _extras(request)))


def _extras(request: m.Inspect | m.LoadFacts) -> Any:
    named = (request.custom, request.architecture)
    return jobs.extras(*(Path(name) if name else None for name in named))


def trust(request: m.Trust, report: Report, send: Send) -> m.AnyEvent:
    """Remember the user's consent for a file, or forget it."""
    return m.Facts(id=request.id, facts=jobs.trust(Path(request.path), allow=request.allow))


def show(request: m.Show, report: Report, send: Send) -> m.AnyEvent:
    """The signatures of any SavedModel, by our own reader: it waits for no TensorFlow."""
    from workbench.core.export.read import read_signatures

    read = read_signatures(Path(request.path))
    return m.Shown(
        id=request.id,
        signatures=read.signatures,
        tags=read.tags,
        tensorflow_version=read.tensorflow_version,
        fingerprint=read.fingerprint,
    )


def export(request: m.Export, report: Report, send: Send) -> m.AnyEvent:
    """Make or find the export."""
    output = Path(request.output) if request.output else None
    return m.Exported(id=request.id, result=jobs.export(request.project, Path(request.base), output, report))


def predict(request: m.Predict, report: Report, send: Send) -> m.AnyEvent:
    """Predict with the project's own export: what is tested is what is pushed."""
    start = time.perf_counter()
    made = jobs.export(request.project, Path(request.base), report=report)
    rows = jobs.predict(
        Path(made.path), request.inputs, values=request.values, features=request.features, report=report
    )
    return _send_rows(request.id, rows, send, start)


def push(request: m.Push, report: Report, send: Send) -> m.AnyEvent:
    """Push a version."""
    result = jobs.push(
        request.project,
        Path(request.base),
        request.project.target(request.target),
        model=request.model,
        version=request.version,
        default=request.default,
        report=report,
    )
    return m.Pushed(id=request.id, result=result)


def versions(request: m.Versions, report: Report, send: Send) -> m.AnyEvent:
    """List versions."""
    return m.VersionList(id=request.id, versions=jobs.versions(request.project.target(request.target), request.model))


def set_default(request: m.SetDefault, report: Report, send: Send) -> m.AnyEvent:
    """Change the default version."""
    target = request.project.target(request.target)
    return m.VersionList(id=request.id, versions=jobs.set_default(target, request.model, request.version))


def call(request: m.Call, report: Report, send: Send) -> m.AnyEvent:
    """Online prediction through the target."""
    start = time.perf_counter()
    rows = jobs.call(
        request.project.target(request.target),
        request.inputs,
        model=request.model,
        version=request.version,
        form=jobs.form_for(request.project, Path(request.base), report),
        values=request.values,
        features=request.features,
        report=report,
    )
    return _send_rows(request.id, rows, send, start)


def peek(request: m.Peek, report: Report, send: Send) -> m.AnyEvent:
    """One record of a file."""
    return m.Peeked(id=request.id, record=jobs.peek(Path(request.path), request.number))


def _send_rows(job: int, batches: Iterator[list[Row]], send: Send, start: float) -> m.RowsDone:
    count = failed = 0
    for rows in batches:
        send(m.Rows(id=job, first=count, rows=tuple(rows)))
        count += len(rows)
        failed += sum(1 for row in rows if row.error)
    return m.RowsDone(id=job, rows=count, failed=failed, seconds=time.perf_counter() - start)


HANDLERS: dict[type[m.Request], Handler] = {
    m.Inspect: inspect,
    m.LoadFacts: load_facts,
    m.Trust: trust,
    m.Show: show,
    m.Export: export,
    m.Predict: predict,
    m.Push: push,
    m.Versions: versions,
    m.SetDefault: set_default,
    m.Call: call,
    m.Peek: peek,
}
