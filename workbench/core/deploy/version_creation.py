"""The steps of a push on an open port: create or find the version, wait, smoke-test, roll back on failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from workbench.core.deploy.port import ALREADY_EXISTS, CREATING, NOT_FOUND, READY, TargetPort, TargetRefused
from workbench.core.deploy.smoke import SmokeResult, try_version
from workbench.core.deploy.state import PushEntry, PushJournal
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.limits import Limits
from workbench.spec.manifest import GoldenCase
from workbench.spec.model import Progress
from workbench.spec.target import VersionInfo

_PATIENCE: Final = 600.0
"""Seconds to wait for a version that another process is creating from the same files."""

_TRIES: Final = 20
"""Maximum number of names tried while other pushes take them."""

_UNTRIED: Final = ("creating", "created")


class VersionCreation:
    """The steps between the manifest and the default; `entry` is the journal's entry.

    `confirm` is called before the first byte is sent, and raises if something has changed since it was judged.
    """

    def __init__(
        self, port: TargetPort, manifest: Manifest, entry: PushEntry, journal: PushJournal, cases: Sequence[GoldenCase],
        limits: Limits, confirm: Callable[[], None], report: Report,
    ) -> None:  # fmt: skip
        self._port = port
        self._manifest = manifest
        self._model = entry.model
        self._asked = entry.asked
        self._cases = cases
        self._limits = limits
        self._confirm = confirm
        self._report = report
        self._origin = entry.origin
        self._journal = journal
        self.entry = entry
        self.trial = SmokeResult()
        self.repeated = self.resumed = False

    def find_or_make(self) -> VersionInfo:
        """The version, ready and smoke-tested. Continues what a killed push of the same files left."""
        former = self._journal.read()
        self._report(Progress("Looking for the version"))
        self.resumed = former is not None and former.step in (*_UNTRIED, "tried")
        if former is not None:
            self.entry = msgspec.structs.replace(former, place=self.entry.place)
        found = self._find()
        if found is None:
            self.resumed = False
            return self._make()
        untried = former is not None and former.step in _UNTRIED
        if untried:
            self._guarded(found.name, lambda: self._try_out(found))
        self.repeated = not self.resumed
        return self.get(found.name)

    def get(self, name: str) -> VersionInfo:
        """The version as the target lists it now."""
        for info in self.versions():
            if name == info.name or name in info.aliases:
                return info
        text = f"The version '{name}' was deleted by others meanwhile."
        raise OutsideError("VERSION_GONE", text, hint="Push again.")

    def versions(self) -> tuple[VersionInfo, ...]:
        """All versions; none if there is no model."""
        try:
            return self._port.versions(self._model)
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return ()

    def _note(self, **changes: object) -> None:
        self.entry = msgspec.structs.replace(self.entry, **changes)
        self._journal.write(self.entry)

    def _find(self) -> VersionInfo | None:
        """A version of the same files that is ready, once it is. Raises VERSION_TAKEN if another one has the name."""
        for info in self.versions():
            same = self._port.holds(info, self._origin)
            named = self._asked in (info.name, *info.aliases)
            if self._asked and named and not same:
                raise self._taken(info)
            if not same or (self._asked and not named):
                continue
            if self._settled(info) == READY:
                return self.get(info.name)
            if named or info.name == self.entry.name:
                # Left by a failed push of exactly these files: its name may be reused.
                self._port.delete_version(self._model, info.name)
        return None

    def _taken(self, info: VersionInfo) -> WorkbenchError:
        text = f"The model '{self._model}' already has a version '{self._asked}' ({info.state}) with other files."
        return WorkbenchError("VERSION_TAKEN", text, hint="Choose another name, or omit it for the next free one.")

    def _settled(self, info: VersionInfo) -> str:
        """The version's state once no process is creating it any more."""
        step = f"Waiting for version {info.name}"
        if info.state == CREATING and info.name == self.entry.name and self.entry.operation:
            try:
                self._port.wait(self.entry.operation, self._report, step)
            except TargetRefused as err:
                if err.code != NOT_FOUND:  # Old operations are forgotten; then only the state counts.
                    raise
            except OutsideError:
                raise
            except WorkbenchError:
                return self.get(info.name).state  # It failed; the name is reused.
        until = time.monotonic() + _PATIENCE
        state = self.get(info.name).state
        while state == CREATING and time.monotonic() < until:
            self._report(Progress(step))
            time.sleep(0.2)
            state = self.get(info.name).state
        return state

    def _make(self) -> VersionInfo:
        self._confirm()  # The last moment at which nothing has been sent.
        self._note(step="staging", name="", operation="")
        self._port.stage(self._manifest, self._model, self._report)
        made_model = self._port.ensure_model(self._model)
        if made_model:
            self._note(made_model=True)
        try:
            return self._create()
        except BaseException:
            if made_model:
                self._undo_model()
            raise

    def _create(self) -> VersionInfo:
        """Create the version under its name or the next free one; another push may be faster."""
        for _ in range(_TRIES):
            name = self._asked or self._port.new_name(self._model, [v.name for v in self.versions()])
            self._note(step="creating", name=name, operation="")
            try:
                operation = self._port.create_version(self._model, name, self._origin)
            except TargetRefused as err:
                if err.code != ALREADY_EXISTS:
                    raise
                # If the reply to an earlier attempt was lost, the version exists and has these files.
                found = self._find()
                if found is None:
                    continue
                self._guarded(found.name, lambda found=found: self._try_out(found))
                return self.get(found.name)
            self._note(operation=operation)
            self._guarded(name, lambda name=name: self._see_through(name))
            return self.get(self.entry.name)
        text = "All free names were taken by others meanwhile."
        raise OutsideError("TARGET_BUSY", text, hint="Push again, or give a version name.")

    def _see_through(self, name: str) -> None:
        number = self._port.wait(self.entry.operation, self._report, f"Creating version {name}".rstrip())
        self._note(step="created", name=number or name)
        info = made_by(self.entry, self.versions(), self._port) or self.get(number or name)
        if info.state != READY:
            text = f"The version '{info.name}' was created, but its state is {info.state}, not READY."
            raise WorkbenchError("VERSION_FAILED", text)
        self._try_out(info)

    def _guarded(self, name: str, work: object) -> None:
        """Run `work`; if it fails, remove the version again."""
        try:
            assert callable(work)
            work()
        except BaseException as err:
            self._undo_version(self.entry.name or name, err)
            raise

    def _try_out(self, info: VersionInfo) -> None:
        if self._cases:
            self._report(Progress(f"Smoke test of version {info.name}"))
            self.trial = try_version(
                lambda instances: self._port.try_out(info, self._model, instances, self._report),
                self._cases,
                info.name,
                self._limits,
            )
        self._note(step="tried", name=info.name)

    def _undo_version(self, name: str, error: BaseException) -> None:
        try:
            if self.entry.operation:
                with suppress(WorkbenchError):  # What cannot be stopped may still be removable.
                    self._port.cancel(self.entry.operation)
            self._port.tidy(self._model, self._origin)
            entry = msgspec.structs.replace(self.entry, name=self.entry.name or name)
            made = made_by(entry, self.versions(), self._port)
            if made is not None:
                self._port.delete_version(self._model, made.name)
        except WorkbenchError as err:
            # The first error is raised; what could not be removed is added to it, and stays in the journal.
            error.add_note(f"The version '{name}' could not be removed: {err}")
            raise error from None
        self._journal.forget()

    def _undo_model(self) -> None:
        try:
            self._port.delete_model(self._model)
        except WorkbenchError:
            # It has versions by now, or the target is unreachable: an empty model does no harm.
            return


def made_by(entry: PushEntry, versions: Sequence[VersionInfo], port: TargetPort) -> VersionInfo | None:
    """The version that a push created, if it exists.

    A target that numbers versions itself may not have returned the number yet; then it is the version of these files:
    had one existed before (under the requested name), the push would have found it and created none.
    """
    for info in versions:
        names = (info.name, *info.aliases)
        named = entry.name in names if entry.name else entry.asked in ("", *names)
        if named and port.holds(info, entry.origin):
            return info
    return None
