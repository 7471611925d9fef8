"""An export becomes a version, in an order that leaves nothing half done; and the list, and the rollback."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workbench.core.deploy.manifest import Manifest, read_manifest
from workbench.core.deploy.port import ALREADY_EXISTS, CREATING, NOT_FOUND, READY, Port, Refusal, open_port
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.target import PushResult, Target, VersionInfo, check_name

_NUMBERED = re.compile(r"v(\d{1,9})")
_PATIENCE: Final = 600.0
"""Seconds to wait for a version that somebody else is creating from the same files."""

Instance = dict[str, object]


def push(
    export_dir: Path,
    target: Target,
    *,
    model: str,
    version: str = "",
    default: bool = False,
    report: Report,
    smoke: Sequence[Instance] = (),
) -> PushResult:
    """Make an export a version of `model` at the target; an empty `version` takes the next free `vN`.

    Files go up first (create-only, compared), then the version is created from them, waited for and,
    with `smoke` instances, tried; only then it becomes the default, if asked. When anything fails or
    `report` raises, a version made here is removed again; files that went up stay for the next try.
    The same files pushed again are found there, and `repeated` says so.

    Raises `WorkbenchError` (VERSION_TAKEN, VERSION_FAILED, SMOKE_FAILED, NOT_A_SAVEDMODEL, ...),
    `OutsideError` when the target fails, and what `report` raises.
    """
    check_name("model", model)
    if version:
        check_name("version", version)
    started = time.monotonic()
    manifest = read_manifest(export_dir, report)
    with open_port(target) as port:
        job = _Push(port, manifest, model, report, smoke)
        name, repeated = job.find_or_make(version)
        if default:
            job.make_default(name)
        info = job.get(name)
    return PushResult(
        resource=info.resource,
        version=name,
        model=model,
        origin=info.origin,
        files=len(manifest.files),
        bytes=manifest.bytes,
        seconds=time.monotonic() - started,
        default=info.default,
        repeated=repeated,
    )


def list_versions(target: Target, model: str) -> tuple[VersionInfo, ...]:
    """The model's versions, oldest first. Raises `WorkbenchError` NOT_FOUND for the model."""
    check_name("model", model)
    with open_port(target) as port:
        return port.versions(model)


def set_default(target: Target, model: str, version: str) -> tuple[VersionInfo, ...]:
    """Let `version` answer for the model (the rollback), and list them. Raises `WorkbenchError` NOT_FOUND."""
    check_name("model", model)
    check_name("version", version)
    with open_port(target) as port:
        port.set_default(model, version)
        return port.versions(model)


class _Push:
    """One push on an open port."""

    def __init__(self, port: Port, manifest: Manifest, model: str, report: Report, smoke: Sequence[Instance]) -> None:
        self._port = port
        self._manifest = manifest
        self._model = model
        self._report = report
        self._smoke = smoke
        self._origin = port.origin(manifest)

    def find_or_make(self, version: str) -> tuple[str, bool]:
        """The version's name, and whether it was there already."""
        self._report(Progress("Looking for the version"))
        found = self._find(version)
        if found is not None:
            return found, True
        self._port.stage(self._manifest, self._report)
        made_model = self._port.ensure_model(self._model)
        try:
            return self._make(version)
        except BaseException:
            if made_model:
                self._undo_model()
            raise

    def get(self, name: str) -> VersionInfo:
        """What the target says of it now."""
        for info in self._versions():
            if info.name == name:
                return info
        text = f"The version '{name}' is gone again: somebody deleted it."
        raise OutsideError("VERSION_GONE", text, hint="Push again.")

    def make_default(self, name: str) -> None:
        """Only called when asked for."""
        self._report(Progress(f"Making {name} the default"))
        if not self.get(name).default:
            self._port.set_default(self._model, name)

    def _versions(self) -> tuple[VersionInfo, ...]:
        try:
            return self._port.versions(self._model)
        except Refusal as err:
            if err.code != NOT_FOUND:
                raise
            return ()

    def _find(self, version: str) -> str | None:
        """A version of the same files that is ready, once it is. Raises VERSION_TAKEN for another's name."""
        for info in self._versions():
            same = info.origin.rstrip("/") == self._origin.rstrip("/")
            if version and info.name == version and not same:
                raise self._taken(info)
            if not same or (version and info.name != version):
                continue
            state = self._settled(info)
            if state == READY:
                return info.name
            if info.name == version:
                # What is left of a push that failed on these very files: its name is ours to use again.
                self._port.delete_version(self._model, version)
        return None

    def _taken(self, info: VersionInfo) -> WorkbenchError:
        text = f"The model '{self._model}' already has a version '{info.name}' ({info.state}) with other files."
        return WorkbenchError("VERSION_TAKEN", text, hint="Choose another name, or leave it out for the next free one.")

    def _settled(self, info: VersionInfo) -> str:
        """The version's state once nobody is creating it any more."""
        until = time.monotonic() + _PATIENCE
        state = info.state
        while state == CREATING and time.monotonic() < until:
            self._report(Progress(f"Waiting for version {info.name}"))
            time.sleep(0.2)
            state = self.get(info.name).state
        return state

    def _make(self, version: str) -> tuple[str, bool]:
        """Create it under its name or the next free one; another push may be faster."""
        while True:
            name = version or self._free_name()
            try:
                operation = self._port.create_version(self._model, name, self._origin)
            except Refusal as err:
                if err.code != ALREADY_EXISTS:
                    raise
                # The reply to our own try may have been lost: then it is there, and of our files.
                found = self._find(version)
                if found is None:
                    continue
                self._try_out(found)
                return found, False
            self._see_through(name, operation)
            return name, False

    def _free_name(self) -> str:
        numbers = [int(m[1]) for info in self._versions() if (m := _NUMBERED.fullmatch(info.name))]
        return f"v{max(numbers, default=0) + 1}"

    def _see_through(self, name: str, operation: str) -> None:
        """Until it is ready and has answered; else it is removed again."""
        try:
            self._port.wait(operation, self._report, f"Creating version {name}")
            state = self.get(name).state
            if state != READY:
                raise WorkbenchError("VERSION_FAILED", f"The version '{name}' was created and is {state}, not READY.")
            self._try_out(name)
        except BaseException as err:
            self._undo_version(name, operation, err)
            raise

    def _try_out(self, name: str) -> None:
        if not self._smoke:
            return
        self._report(Progress(f"Trying version {name}"))
        try:
            self._port.predict(self._model, name, self._smoke)
        except Refusal as err:
            text = f"The version '{name}' loads and does not predict: {err.message}"
            raise WorkbenchError("SMOKE_FAILED", text) from err

    def _undo_version(self, name: str, operation: str, error: BaseException) -> None:
        try:
            self._port.cancel(operation)
            self._port.delete_version(self._model, name)
        except WorkbenchError as err:
            # The first error is the one to tell; what could not be cleared away belongs to it.
            error.add_note(f"The version '{name}' could not be removed again: {err}")

    def _undo_model(self) -> None:
        try:
            self._port.delete_model(self._model)
        except WorkbenchError:
            # It has versions by now, or the target is gone: an empty model harms nobody.
            return
