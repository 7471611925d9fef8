"""Operations on existing versions: list, set default, roll back, split traffic, delete."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.core.deploy.port import NOT_FOUND, READY, TargetPort, TargetRefused, open_port
from workbench.core.deploy.release_log import previous_default, pushed_bytes, release, write_line
from workbench.core.progress import Report, silent
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.release import Action, place_of
from workbench.spec.target import VersionInfo, check_names
from workbench.spec.targets.base import Target


def list_versions(target: Target, model: str) -> tuple[VersionInfo, ...]:
    """The versions of a model, oldest first. Raises `TargetRefused` NOT_FOUND, `OutsideError` if the target fails."""
    check_names(target, model)
    with open_port(target) as port:
        return _sized(target, model, port.versions(model))


def set_default(target: Target, model: str, version: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make a version the default, as a release or a rollback; returns the versions afterwards."""
    check_names(target, model, version)
    with open_port(target) as port:
        return _make_default(port, target, model, version, "set-default", report)


def rollback(target: Target, model: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make the previous default version the default, by this machine's release log and the target's own state.

    If the log has no entry, it is the newest ready version that is older than the default. Raises NO_PREVIOUS.
    """
    check_names(target, model)
    with open_port(target) as port:
        there = port.versions(model)
        current = next((v.name for v in there if v.default), "")
        known = previous_default(place_of(target), model, current)
        back = _ready(there, known) or _older(there, current)
        if not back:
            hint = "Choose one with `workbench versions set-default`."
            raise WorkbenchError("NO_PREVIOUS", f"There is no version of '{model}' to go back to.", hint=hint)
        report(Progress(f"Rolling back from {current or 'no version'} to {back}"))
        return _make_default(port, target, model, back, "rollback", report)


def _ready(versions: Sequence[VersionInfo], name: str) -> str:
    return next((v.name for v in versions if v.name == name and v.state == READY), "")


def _older(versions: Sequence[VersionInfo], current: str) -> str:
    names = [v.name for v in versions]
    before = versions[: names.index(current)] if current in names else ()
    return next((v.name for v in reversed(before) if v.state == READY), "")


def _make_default(
    port: TargetPort, target: Target, model: str, version: str, action: Action, report: Report
) -> tuple[VersionInfo, ...]:
    before = next((v.name for v in port.versions(model) if v.default), "")
    with _LoggedAction(target, model, action, version=version, before=before if before != version else "") as log:
        port.set_default(model, version, report)
        there = port.versions(model)
        info = _named(there, version)
        log.done(default=True, version=info.name, resource=info.resource, origin=info.origin)
    return _sized(target, model, there)


def set_traffic(
    target: Target, model: str, split: Mapping[str, int], report: Report = silent
) -> tuple[VersionInfo, ...]:
    """Split the requests between versions, in percent with a sum of 100. Raises BAD_TRAFFIC, NO_TRAFFIC."""
    check_names(target, model)
    if sum(split.values()) != 100 or any(share < 0 for share in split.values()):
        text = f"The shares sum to {sum(split.values())}, not 100."
        raise WorkbenchError("BAD_TRAFFIC", text, hint="Such as V1=90 V2=10.")
    with open_port(target) as port:
        there = port.versions(model)
        before = next((v.name for v in there if v.default), "")
        for name in split:
            _named(there, name)
        with _LoggedAction(target, model, "traffic", before=before, traffic=dict(split)) as log:
            port.set_traffic(model, split, report)
            there = port.versions(model)
            log.done(version=next((v.name for v in there if v.default), ""))
    return _sized(target, model, there)


def delete_version(target: Target, model: str, version: str) -> tuple[VersionInfo, ...]:
    """Delete a version permanently; returns the remaining ones. Raises IS_DEFAULT for the default version."""
    check_names(target, model, version)
    with open_port(target) as port:
        there = port.versions(model)
        info = _named(there, version)
        if (info.default or info.traffic) and len(there) > 1:
            share = f" ({info.traffic} % of the requests)" if info.traffic else ""
            text = f"Version '{info.name}' serves the model '{model}'{share}."
            raise WorkbenchError("IS_DEFAULT", text, hint="Make another version the default first.")
        about = {"version": info.name, "resource": info.resource, "origin": info.origin}
        with _LoggedAction(target, model, "delete", **about) as log:
            port.delete_version(model, info.name)
            log.done()
        try:
            return _sized(target, model, port.versions(model))
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return ()


def _sized(target: Target, model: str, versions: Sequence[VersionInfo]) -> tuple[VersionInfo, ...]:
    """The versions with their sizes, as far as the log has them."""
    known = pushed_bytes(place_of(target), model)
    return tuple(msgspec.structs.replace(v, bytes=known.get((v.resource, v.origin), 0)) for v in versions)


def _named(versions: Sequence[VersionInfo], name: str) -> VersionInfo:
    for info in versions:
        if name == info.name or name in info.aliases:
            return info
    hint = f"Versions: {', '.join(v.name for v in versions) or 'none'}."
    raise TargetRefused(NOT_FOUND, f"There is no version '{name}'.", hint=hint)


class _LoggedAction:
    """Context manager: one action and its log line, also on failure."""

    def __init__(self, target: Target, model: str, action: Action, **about: Any) -> None:
        self._place = place_of(target)
        self._model = model
        self._action: Action = action
        self._about = about
        self._started = time.monotonic()

    def __enter__(self) -> _LoggedAction:
        return self

    def done(self, **more: Any) -> None:
        """Mark the action as done, with further fields for the log line."""
        self._about |= more

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        seconds = round(time.monotonic() - self._started, 3)
        if error is None:
            line = release(self._action, "done", self._place, self._model, seconds=seconds, **self._about)
            write_line(line)
            return
        stopped = isinstance(error, CancelledError | KeyboardInterrupt)
        words = str(error) if isinstance(error, WorkbenchError) else type(error).__name__
        told = {"seconds": seconds, "error": words, **self._about}
        try:
            write_line(release(self._action, "cancelled" if stopped else "failed", self._place, self._model, **told))
        except WorkbenchError as err:
            error.add_note(str(err))
