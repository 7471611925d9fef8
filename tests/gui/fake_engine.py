"""A real child process that speaks the engine's wire with canned answers, and misbehaves when asked to.

Imports `workbench.spec` only: no TensorFlow. One misbehaviour an option (see `main`); the answer about a model
goes by the name of its file, a prediction by the name of the image.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from workbench.spec import messages as m
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import (
    ExportResult,
    Progress,
    Row,
    RuntimeHold,
    RuntimeReach,
)
from workbench.spec.project import load_project
from workbench.spec.reading_found import FoundLine, ReadingFound, SourceLine
from workbench.spec.row_summary import InputPreview, KerasDifference, brief_of

sys.path.insert(0, str(Path(__file__).parent.parent))
from gui.fake_facts import canned_facts, canned_signatures
from gui.fake_gate import say_gate, say_written
from gui.fake_readings import say_compared, say_matched, say_preview
from gui.fake_records import PNG, say_peeked
from gui.fake_rows import canned_records, canned_row
from gui.fake_targets import FakeTargets


class Engine:
    """Answers requests one after the other; holds those it is told to hold until they are cancelled."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._held: set[int] = set()
        self._trusted: set[str] = set()
        self._allowed: set[str] = set()
        self._targets = FakeTargets(self.say, refuse_push=options.refuse_push)

    def say(self, event: m.Event) -> None:
        """One event to stdout."""
        sys.stdout.buffer.write(m.encode(event))
        sys.stdout.buffer.flush()

    def start(self) -> None:
        """What an engine says of itself."""
        if self._options.die_at_start:
            print("cannot open shared object file", file=sys.stderr)
            sys.exit(3)
        if self._options.garbage:
            os.write(1, b"Using TensorFlow backend.\n\xff\xfe\n")
        self.say(m.Ready(pid=os.getpid()))
        print("engine log line", file=sys.stderr, flush=True)
        self.say(m.RuntimeReady())
        if not self._options.cold:
            self.say(m.TensorFlowReady(seconds=0.1))

    def answer(self, request: m.AnyRequest) -> None:
        """One request: misbehave or do it."""
        kind = type(request).__name__
        if kind in self._options.die_on:
            self._say_first_row(request)
            os.kill(os.getpid(), signal.SIGKILL)
        if kind in self._options.garble:
            sys.stdout.buffer.write(b'{"type":"NoSuchEvent","id":%d}\n' % request.id)
            sys.stdout.buffer.flush()
        elif kind in self._options.fail:
            self.say(m.Failed(id=request.id, error=ErrorInfo("NO_MEMORY", "There is no memory left.")))
        elif kind in self._options.hold:
            self._say_first_row(request)
            self._held.add(request.id)
        else:
            self._do(request)

    def _say_first_row(self, request: m.AnyRequest) -> None:
        if isinstance(request, m.RunGate):
            say_gate(request, self.say, checks=4)
        self.say(m.JobProgress(id=request.id, progress=Progress("Writing the export", 1, 4)))
        if isinstance(request, (m.Predict, m.CallVersion)):
            self._tell(request, 0, [self._row(request, request.inputs[0])])

    def _do(self, request: m.AnyRequest) -> None:
        match request:
            case m.ReadProject(path=path):
                self._read_project(request.id, path)
            case m.Inspect() | m.LoadFacts():
                self._facts(request)
            case m.SetTrust(path=path, allow=allow):
                (self._trusted.add if allow else self._trusted.discard)(path)
                self._facts(request)
            case m.AllowCode(path=path):
                self._allowed.add(path)
                self.say(m.Allowed(id=request.id, what=path))
            case m.AllowHost(address=address):
                self._allowed.add(address)
                self.say(m.Allowed(id=request.id, what=address))
            case m.ReadSignatures(path=path):
                self._show(request.id, path)
            case m.Predict() | m.CallVersion():
                self._predict(request)
            case m.PreviewInput():
                self._look(request)
            case m.PreviewReading():
                say_preview(request, self.say)
            case m.CompareReaders():
                say_compared(request, self.say)
            case m.MatchImages():
                say_matched(request, self.say)
            case m.ReadRecord():
                say_peeked(request, self.say)
            case m.SaveRows():
                self._save(request)
            case m.ReadReach():
                hold = RuntimeHold("NewOp", "2.4", "preprocess/x")
                self.say(m.ReachRead(id=request.id, reach=RuntimeReach("2.4", (hold,))))
            case m.MatchCode():
                self._match(request)
            case m.Export():
                self.say(m.Exported(id=request.id, result=ExportResult(request.output, 9_300_000, 1, 2.5, "f" * 16)))
            case m.RunGate():
                say_gate(request, self.say)
            case m.WriteReport():
                say_written(request, self.say)
            case m.Cancel():
                self._cancel(request.id)
            case _:
                self._targets.answer(request)

    def _match(self, request: m.MatchCode) -> None:
        """The words of the text are the settings; `blur` is not understood, and no words are no reading."""
        settings = [word.split("=") for word in request.text.split() if "=" in word]
        lost = (SourceLine(1, request.text, "What blur does is not known."),) if "blur" in request.text else ()
        if settings:
            lines = tuple(FoundLine(name, value, 1, request.text) for name, value in settings)
            self.say(m.CodeMatched(id=request.id, readings=(ReadingFound(lines, lost),)))
        else:
            self.say(m.Failed(id=request.id, error=ErrorInfo("NO_READING", "No image is read in this text.")))

    def _read_project(self, number: int, path: str) -> None:
        try:
            self.say(m.ProjectRead(id=number, project=load_project(Path(path))))
        except WorkbenchError as err:
            self.say(m.Failed(id=number, error=err.info()))

    def _facts(self, request: m.Inspect | m.LoadFacts | m.SetTrust) -> None:
        facts = canned_facts(
            request.path,
            loaded=isinstance(request, m.LoadFacts),
            custom="" if isinstance(request, m.SetTrust) else request.custom,
            architecture="" if isinstance(request, m.SetTrust) else request.architecture,
            trusted=request.path in self._trusted,
            allowed=frozenset(self._allowed),
        )
        if isinstance(facts, ErrorInfo):
            self.say(m.Failed(id=request.id, error=facts))
        else:
            self.say(m.ModelFactsRead(id=request.id, facts=facts))

    def _show(self, number: int, path: str) -> None:
        shown = canned_signatures(path)
        if isinstance(shown, ErrorInfo):
            self.say(m.Failed(id=number, error=shown))
        else:
            self.say(msgspec.structs.replace(shown, id=number))

    def _keep(self, request: m.Predict, first: int, rows: list[Row]) -> None:
        """Put whole rows on the disk as the engine does, and tell them in short."""
        with open(request.results, "ab") as out:
            briefs = []
            for row in rows:
                line = msgspec.json.encode(row)
                compared = KerasDifference(0.25, "flip" in row.source) if request.compare else None
                place = (out.tell(), len(line))
                briefs.append(brief_of(row, request.reading, *place, compared=compared, record=request.records))
                out.write(line + b"\n")
        self.say(m.RowSummaries(id=request.id, first=first, briefs=tuple(briefs)))

    def _tell(self, request: m.Predict | m.CallVersion, first: int, rows: list[Row]) -> None:
        if isinstance(request, m.Predict):
            self._keep(request, first, rows)
        else:
            self.say(m.FinishedRows(id=request.id, first=first, rows=tuple(rows)))

    def _predict(self, request: m.Predict | m.CallVersion) -> None:
        self.say(m.JobProgress(id=request.id, progress=Progress("Writing the export", 0, 0)))
        if isinstance(request, m.Predict):
            self.say(
                m.ExportReady(
                    id=request.id, result=ExportResult("/cache/x", 9_300_000, 1, 2.5, "f" * 16, runtime="1.15")
                )
            )
        rows = [row for source in request.inputs for row in self._rows(request, source)]
        for first in range(0, len(rows), 8):
            self._tell(request, first, rows[first : first + 8])
            done = min(first + 8, len(rows))
            self.say(m.JobProgress(id=request.id, progress=Progress("Predicting", done, len(rows))))
        failed = sum(row.error is not None for row in rows)
        self.say(m.RowsDone(id=request.id, rows=len(rows), failed=failed, seconds=0.5))

    def _rows(self, request: m.Predict | m.CallVersion, source: str) -> list[Row]:
        lines = source.endswith((".jsonl", ".tfrecord", ".npz"))
        return canned_records(source, request) if lines else [self._row(request, source)]

    def _row(self, request: m.Predict | m.CallVersion, source: str) -> Row:
        values = request.values | request.features.get(source, {})
        return canned_row(source, request.project, values)

    def _look(self, request: m.PreviewInput) -> None:
        if Path(request.source).name.startswith("bad"):
            self.say(m.Failed(id=request.id, error=ErrorInfo("BAD_IMAGE", "This is not a JPEG image.")))
            return
        path = Path(request.folder) / f"{request.id}.png"
        path.write_bytes(PNG if request.record else Path(request.source).read_bytes())
        self.say(
            m.InputPreviewed(
                id=request.id, seen=(InputPreview("input", str(path), (32, 32, 3), 0.0, 1.0, (0.5, 0.5, 0.5)),)
            )
        )

    def _save(self, request: m.SaveRows) -> None:
        """The rows at those places as JSON lines, whatever the ending."""
        lines = []
        for number, at, size in request.places:
            with open(request.results[number], "rb") as file:
                file.seek(at)
                lines.append(file.read(size))
        Path(request.output).write_bytes(b"\n".join(lines))
        self.say(m.Saved(id=request.id, path=request.output, rows=len(lines), bytes=sum(map(len, lines))))

    def _cancel(self, number: int) -> None:
        if number in self._held and not self._options.ignore_cancel:
            self._held.discard(number)
            self.say(m.Cancelled(id=number))


def main() -> None:
    """Read requests until stdin ends."""
    parser = argparse.ArgumentParser()
    for flag in ("--die-at-start", "--garbage", "--cold", "--ignore-cancel", "--deaf", "--stubborn", "--refuse-push"):
        parser.add_argument(flag, action="store_true")
    for lists in ("--die-on", "--hold", "--garble", "--fail"):
        parser.add_argument(lists, action="append", default=[])
    options = parser.parse_args()
    if options.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    engine = Engine(options)
    engine.start()
    for line in sys.stdin.buffer:
        engine.answer(m.decode_request(line))
    while options.deaf or options.stubborn:
        time.sleep(60)


if __name__ == "__main__":
    main()
