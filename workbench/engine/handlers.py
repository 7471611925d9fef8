"""Handlers of the engine's requests: `core.jobs`, with events instead of return values."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from workbench.core import jobs
from workbench.core.progress import Report
from workbench.engine.deploy_handlers import DEPLOY_HANDLERS, target_of
from workbench.engine.match_handlers import MATCH_HANDLERS
from workbench.engine.wire import Handler, Send, send_rows
from workbench.spec import messages as m
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.manifest import manifest_shown
from workbench.spec.model import ExportResult, ModelExtras
from workbench.spec.project import load_project
from workbench.spec.report import report_sha256

__all__ = ["HANDLERS", "Handler", "Send"]


def read_project(request: m.ReadProject, report: Report, send: Send) -> m.AnyEvent:
    """A project file."""
    return m.ProjectRead(id=request.id, project=load_project(Path(request.path)))


def inspect(request: m.Inspect, report: Report, send: Send) -> m.AnyEvent:
    """Facts without loading."""
    return m.ModelFactsRead(id=request.id, facts=jobs.inspect(Path(request.path), report, _extras(request)))


def load_facts(request: m.LoadFacts, report: Report, send: Send) -> m.AnyEvent:
    """Facts with exact shapes."""
    return m.ModelFactsRead(id=request.id, facts=jobs.load_facts(Path(request.path), report, _extras(request)))


def _extras(request: m.Inspect | m.LoadFacts) -> ModelExtras:
    named = (request.custom, request.architecture)
    return ModelExtras(*(Path(name) if name else None for name in named))


def trust(request: m.SetTrust, report: Report, send: Send) -> m.AnyEvent:
    """Remember the user's consent for a file, or forget it."""
    return m.ModelFactsRead(id=request.id, facts=jobs.trust(Path(request.path), allow=request.allow))


def allow_code(request: m.AllowCode, report: Report, send: Send) -> m.AnyEvent:
    """Remember that a file a project names may run, or forget it."""
    jobs.trust_file(Path(request.path), request.role, allow=request.allow)
    return m.Allowed(id=request.id, what=request.path)


def allow_host(request: m.AllowHost, report: Report, send: Send) -> m.AnyEvent:
    """Remember that a host may receive tokens, or forget it."""
    return m.Allowed(id=request.id, what=jobs.trust_host(request.address, allow=request.allow))


def show(request: m.ReadSignatures, report: Report, send: Send) -> m.AnyEvent:
    """The signatures of any SavedModel, by our own reader: it waits for no TensorFlow."""
    read = jobs.saved_signatures(Path(request.path))
    manifest, trouble = manifest_shown(Path(request.path))
    return m.SignaturesRead(
        id=request.id,
        signatures=read.signatures,
        tags=read.tags,
        tensorflow_version=read.tensorflow_version,
        fingerprint=read.fingerprint,
        manifest=manifest,
        trouble=trouble,
    )


def export(request: m.Export, report: Report, send: Send) -> m.AnyEvent:
    """Make or find the export."""
    output = Path(request.output) if request.output else None
    return m.Exported(id=request.id, result=jobs.export(request.project, Path(request.base), output, report))


def _made(request: m.Predict | m.PreviewInput | m.ReadReach, report: Report, send: Send) -> ExportResult:
    """The project's export, reported as soon as it is available."""
    result = jobs.export(request.project, Path(request.base), report=report)
    send(m.ExportReady(id=request.id, result=result))
    return result


def predict(request: m.Predict, report: Report, send: Send) -> m.AnyEvent:
    """Predict with the project's own export: what is tested is what is pushed."""
    start = time.perf_counter()
    base = Path(request.base)
    made = _made(request, report, send)
    named: dict[str, Any] = {"values": request.values, "features": request.features, "report": report}
    beside = jobs.original(request.project, base, **named) if request.compare and not request.records else None
    rows = jobs.predict(Path(made.path), request.inputs, **named)
    count = failed = 0
    kept = jobs.kept(rows, Path(request.results), request.reading, beside=beside, records=request.records)
    for briefs in kept:
        send(m.RowSummaries(id=request.id, first=count, briefs=tuple(briefs)))
        count += len(briefs)
        failed += sum(1 for brief in briefs if brief.error)
    return m.RowsDone(id=request.id, rows=count, failed=failed, seconds=time.perf_counter() - start)


class _PreviewHandler:
    """Keeps the export used last: users browse through images of one model."""

    def __init__(self) -> None:
        self._eye: Any = None

    def __call__(self, request: m.PreviewInput, report: Report, send: Send) -> m.AnyEvent:
        """Preview the network's input for an image."""
        base = Path(request.base)
        directory = Path(_made(request, report, send).path)
        if self._eye is None or self._eye.directory != directory:
            if self._eye is not None:
                self._eye.close()
            self._eye = jobs.eye(directory)
        named: dict[str, Any] = {
            "record": request.record, "values": request.values, "features": request.features,
        }  # fmt: skip
        seen = jobs.look(self._eye, request.source, request.project, base, Path(request.folder), **named)
        return m.InputPreviewed(id=request.id, seen=tuple(seen))


class _ReadingHandler:
    """Keeps the graphs used last: users try settings one after the other."""

    def __init__(self) -> None:
        self._inspector: Any = None

    def __call__(self, request: m.PreviewReading, report: Report, send: Send) -> m.AnyEvent:
        """Preview how training and serving read an image."""
        if self._inspector is None:
            self._inspector = jobs.reading_inspector()
        source = jobs.first_image(request.sources)
        given = (request.preprocess, request.training, request.tensor, Path(request.base), Path(request.folder))
        return m.ReadingPreviewed(id=request.id, preview=jobs.preview_reading(self._inspector, source, *given))


def compare_readers(request: m.CompareReaders, report: Report, send: Send) -> m.AnyEvent:
    """What the libraries of several readers make of an image."""
    given = (request.preprocess, request.readers, request.tensor, Path(request.base), Path(request.folder))
    found = jobs.compare_readers(Path(request.source), *given, report=report)
    return m.ReadersCompared(id=request.id, readers=found)


def save(request: m.SaveRows, report: Report, send: Send) -> m.AnyEvent:
    """Save stored rows to a file."""
    places = [(request.results[n], at, size) for n, at, size in request.places]
    output = Path(request.output)
    jobs.save(places, output, reading=request.reading, answers=request.answers, report=report)
    return m.Saved(id=request.id, path=str(output), rows=len(places), bytes=output.stat().st_size)


def reach(request: m.ReadReach, report: Report, send: Send) -> m.AnyEvent:
    """Determine the oldest TensorFlow release that loads the export."""
    return m.ReachRead(id=request.id, reach=jobs.reach(Path(_made(request, report, send).path)))


def call(request: m.CallVersion, report: Report, send: Send) -> m.AnyEvent:
    """Online prediction through the target."""
    start = time.perf_counter()
    rows = jobs.call(
        target_of(request),
        request.inputs,
        model=request.model,
        version=request.version,
        signature=request.signature,
        form=jobs.form_for(request.project, Path(request.base), report),
        values=request.values,
        features=request.features,
        report=report,
    )
    return send_rows(request.id, rows, send, start)


def check(request: m.RunGate, report: Report, send: Send) -> m.AnyEvent:
    """Run the release gate and report each check."""

    def started(name: str, title: str, place: int, total: int) -> None:
        send(m.CheckStarted(id=request.id, name=name, title=title, number=place + 1, total=total))

    found, folder = jobs.check(
        request.project,
        Path(request.base),
        images=request.images,
        values=request.values,
        features=request.features,
        files=request.files,
        target=request.target,
        against=request.against,
        accept_golden=request.accept_golden,
        on_start=started,
        on_check=lambda result: send(m.CheckDone(id=request.id, check=result)),
        report=report,
    )
    return m.GateFinished(id=request.id, report=found, folder=folder, verdict=report_sha256(found))


def write_report(request: m.WriteReport, report: Report, send: Send) -> m.AnyEvent:
    """Write a report of the release gate."""
    path = jobs.write_report(request.report, Path(request.folder), Path(request.path))
    return m.ReportWritten(id=request.id, path=str(path))


def peek(request: m.ReadRecord, report: Report, send: Send) -> m.AnyEvent:
    """One record of a file, and the request that asks about it; the record is shown even where there is no request."""
    path, folder = Path(request.path), Path(request.folder) if request.folder else None
    record = jobs.peek(path, request.number, folder)
    if folder is None or request.project is None:
        return m.RecordRead(id=request.id, record=record)
    body = folder / "request.json"
    try:
        directory = Path(jobs.export(request.project, Path(request.base), report=report).path)
        jobs.write_request(directory, path, request.number, request.values, body)
    except CancelledError:
        raise
    except WorkbenchError as err:
        return m.RecordRead(id=request.id, record=record, problem=err.info())
    return m.RecordRead(id=request.id, record=record, request=str(body))


HANDLERS: dict[type[m.Request], Handler] = {
    m.ReadProject: read_project,
    m.Inspect: inspect,
    m.LoadFacts: load_facts,
    m.SetTrust: trust,
    m.AllowCode: allow_code,
    m.AllowHost: allow_host,
    m.ReadSignatures: show,
    m.Export: export,
    m.Predict: predict,
    m.PreviewInput: _PreviewHandler(),
    m.PreviewReading: _ReadingHandler(),
    m.CompareReaders: compare_readers,
    m.SaveRows: save,
    m.ReadReach: reach,
    m.CallVersion: call,
    m.RunGate: check,
    m.WriteReport: write_report,
    **DEPLOY_HANDLERS,
    **MATCH_HANDLERS,
    m.ReadRecord: peek,
}
