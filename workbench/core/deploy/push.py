"""Pushes an export as a version; every step is atomic or undone on failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from workbench.core.deploy.leftovers import clear_leftovers
from workbench.core.deploy.port import Instance, TargetPort, open_port
from workbench.core.deploy.release_log import now, release, write_line, write_receipt
from workbench.core.deploy.smoke import LIMIT, check_gate, golden_cases
from workbench.core.deploy.state import NullJournal, PushEntry, PushJournal, held, journal_name
from workbench.core.deploy.version_creation import VersionCreation
from workbench.core.file_manifest import Manifest, read_manifest
from workbench.core.progress import Report
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.manifest import read_export_manifest
from workbench.spec.model import Progress
from workbench.spec.release import Origin, Outcome, PushOrder, Release, place_of
from workbench.spec.target import PushResult, VersionInfo, check_names
from workbench.spec.targets.base import Target


def _confirmed(manifest: Manifest) -> None:
    """Default callback: the caller has judged nothing."""


def push(
    export_dir: Path,
    target: Target,
    order: PushOrder,
    *,
    report: Report,
    smoke: Sequence[Instance] = (),
    session: Any | None = None,
    confirm: Callable[[Manifest], None] = _confirmed,
) -> PushResult:
    """Make an export a version at the target, as `order` requests.

    Files are uploaded first (create-only, compared), then the version is created from them, awaited and tested with the
    export's golden cases (`smoke` if it has none); only then it becomes the default or gets `traffic` percent of the
    requests, if requested. If anything fails or `report` raises, a version that was created here is removed again;
    uploaded files stay for the next attempt. If the same files are pushed again, they are found there, and `repeated`
    is set; a push whose process was killed is finished by the next one, and `resumed` is set. However it ends, the
    release log gets a line. `confirm` receives the files before the first request to the target and again before the
    first byte is sent; what it raises ends the push.

    Raises `WorkbenchError` (GATE_FAILED, VERSION_TAKEN, VERSION_FAILED, SMOKE_FAILED, SMOKE_DIFFERS, NOT_A_SAVEDMODEL,
    ...), `OutsideError` if the target fails, and what `report` raises.
    """
    check_names(target, order.model, order.version or None)
    check_gate(order.gate, target)
    return _PushRun(export_dir, target, order, report, smoke, session, confirm).run()


class _PushRun:
    """One push from the manifest to the receipt."""

    def __init__(
        self,
        export_dir: Path,
        target: Target,
        order: PushOrder,
        report: Report,
        smoke: Sequence[Instance],
        session: Any | None,
        confirm: Callable[[Manifest], None],
    ) -> None:
        self._target, self._order = target, order
        self._report = report
        self._session = session
        self._started = time.monotonic()
        self._dry = session is not None
        limits = target.limits()
        self._manifest = read_manifest(export_dir, report)
        # A dry run of a folder has no fake server: the smoke test would load the graph here.
        aside = self._dry and target.facts.files_only
        self._cases = () if aside else golden_cases(export_dir, limits, smoke)
        told = read_export_manifest(export_dir)
        self._source = Origin(
            digest=self._manifest.digest,
            fingerprint=told.fingerprint if told else "",
            model_sha256=told.model.sha256 if told else "",
            model_file=told.model.name if told else "",
            project=order.project,
        )
        self._place = place_of(target)
        self._work: VersionCreation | None = None
        self._confirm: Callable[[], None] = lambda: confirm(self._manifest)

    def run(self) -> PushResult:
        """Run the push under the journal's lock, and write to the log how it ended."""
        name = journal_name(self._place, self._order.model, self._order.version, self._manifest.digest)
        if self._dry:
            return self._on_port(name, NullJournal())
        with held(name, self._report) as journal:
            try:
                return self._on_port(name, journal)
            except BaseException as err:
                self._tell_failure(err)
                raise

    def _on_port(self, name: str, journal: PushJournal) -> PushResult:
        self._confirm()
        status = self._target.image_status(date.today())
        if status.state == "removed":
            raise WorkbenchError(
                "IMAGE_REMOVED", status.text, where=self._target.endpoint(), hint=self._target.image_advice()
            )
        with open_port(self._target, self._session) as port:
            if not self._dry:
                clear_leftovers(port, self._place, self._order.model, name)
            work = VersionCreation(
                port, self._manifest, self._entry(port), journal, self._cases, self._target.limits(), self._confirm,
                self._report,
            )  # fmt: skip
            self._work = work
            info = work.find_or_make()
            before = _default_of(work.versions())
            self._release(port, work, info)
            journal.forget()
            info = work.get(info.name)
            return self._told(port, work, info, before)

    def _entry(self, port: TargetPort) -> PushEntry:
        return PushEntry(
            place=self._place,
            model=self._order.model,
            asked=self._order.version,
            digest=self._manifest.digest,
            origin=port.origin(self._manifest, self._order.model),
            step="staging",
            started=now(),
        )

    def _release(self, port: TargetPort, work: VersionCreation, info: VersionInfo) -> None:
        """Make it the default or give it traffic, if requested."""
        model = self._order.model
        if self._order.traffic is not None:
            self._report(Progress(f"Giving version {info.name} {self._order.traffic} % of the requests"))
            port.set_traffic(model, canary(work.versions(), info.name, self._order.traffic), self._report)
        elif self._order.default:
            self._report(Progress(f"Making {info.name} the default"))
            now_is = work.get(info.name)  # The first version of a model may have become the default by itself.
            if not now_is.default or now_is.traffic not in (None, 100):
                port.set_default(model, info.name, self._report)

    def _told(self, port: TargetPort, work: VersionCreation, info: VersionInfo, before: str) -> PushResult:
        outcome: Outcome = "repeated" if work.repeated else "resumed" if work.resumed else "done"
        line = self._line(
            outcome,
            version=info.name,
            resource=info.resource,
            origin=info.origin,
            default=info.default,
            before=before if before != info.name else "",
            traffic={info.name: info.traffic} if info.traffic else {},
            tried=work.trial.cases,
            difference=work.trial.difference,
            limit=LIMIT if work.trial.cases else 0.0,
        )
        receipt, notes = ("", ()) if self._dry else _keep(line)
        return PushResult(
            resource=info.resource,
            version=info.name,
            model=self._order.model,
            origin=info.origin,
            files=line.files,
            bytes=line.bytes,
            seconds=line.seconds,
            default=info.default,
            repeated=work.repeated,
            resumed=work.resumed,
            tried=work.trial.cases,
            difference=work.trial.difference,
            traffic=info.traffic,
            receipt=receipt,
            gate=self._order.gate,
            notes=(*port.notes(), *filter(None, (self._target.image_note(),)), *notes),
        )

    def _line(self, outcome: Outcome, **more: Any) -> Release:
        return release(
            "push",
            outcome,
            self._place,
            self._order.model,
            source=self._source,
            gate=self._order.gate,
            files=len(self._manifest.files),
            bytes=self._manifest.bytes,
            seconds=round(time.monotonic() - self._started, 3),
            **more,
        )

    def _tell_failure(self, error: BaseException) -> None:
        stopped = isinstance(error, CancelledError | KeyboardInterrupt)
        words = str(error) if isinstance(error, WorkbenchError) else type(error).__name__
        name = self._work.entry.name if self._work else self._order.version
        line = self._line("cancelled" if stopped else "failed", version=name, error=words)
        try:
            write_line(line)
        except WorkbenchError as err:
            error.add_note(str(err))


def _keep(line: Release) -> tuple[str, tuple[str, ...]]:
    """Write receipt and log; an existing version is not removed because the local disk is full."""
    notes: list[str] = []
    path = ""
    try:
        path = str(write_receipt(line))
    except WorkbenchError as err:
        notes.append(f"The receipt could not be written: {err}")
    try:
        write_line(line)
    except WorkbenchError as err:
        notes.append(str(err))
    return path, tuple(notes)


def _default_of(versions: Sequence[VersionInfo]) -> str:
    return next((v.name for v in versions if v.default), "")


def canary(versions: Sequence[VersionInfo], name: str, share: int) -> dict[str, int]:
    """The split in which `name` gets `share` percent and the others keep their proportions.

    Raises `WorkbenchError` BAD_TRAFFIC for an invalid share, or for less than 100 if there is no other version with
    traffic.
    """
    if not 0 <= share <= 100:
        raise WorkbenchError("BAD_TRAFFIC", f"{share} is not a valid traffic share.", hint="Use 0 to 100 percent.")
    others = {v.name: v.traffic for v in versions if v.name != name and v.traffic}
    if not others and share != 100:
        hint = "Use --default, or --traffic 100."
        raise WorkbenchError("BAD_TRAFFIC", "No other version would get the rest of the traffic.", hint=hint)
    whole = sum(others.values())
    split = {other: (100 - share) * old // whole for other, old in others.items()}
    if split:
        largest = max(split, key=lambda other: split[other])
        split[largest] += 100 - share - sum(split.values())  # The remainder of the rounding.
    return {**split, name: share}
