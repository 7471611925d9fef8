"""Cleans up versions that interrupted pushes left at a model, during the next push to it."""

from __future__ import annotations

from contextlib import suppress

from workbench.core.deploy.port import NOT_FOUND, TargetPort, TargetRefused
from workbench.core.deploy.release_log import release, write_line
from workbench.core.deploy.state import PushEntry, left_behind
from workbench.core.deploy.version_creation import made_by
from workbench.spec.errors import WorkbenchError
from workbench.spec.release import Outcome, TargetIdentity
from workbench.spec.target import VersionInfo


def clear_leftovers(port: TargetPort, place: TargetIdentity, model: str, own: str) -> None:
    """Remove versions that were created and never smoke-tested, unless they serve by now; the log records it.

    Uploaded files stay: they have a name of their own and are found by a push of the same export.
    """
    for journal, entry in left_behind(place, model, own):
        outcome: Outcome = "interrupted"
        if entry.step in ("creating", "created") and _clear(port, entry):
            outcome = "cleared"
        elif entry.step == "staging" and entry.made_model:
            _drop_model(port, entry)
        journal.forget()
        text = f"A push started at {entry.started} was interrupted at '{entry.step}'."
        about = {"version": entry.name or entry.asked, "origin": entry.origin, "error": text}
        write_line(release("push", outcome, place, model, **about))


def _clear(port: TargetPort, entry: PushEntry) -> bool:
    """Whether there was something to remove and it has been removed."""
    if entry.operation:
        with suppress(TargetRefused):  # The operation is done or no longer known: then there is nothing to stop.
            port.cancel(entry.operation)
    port.tidy(entry.model, entry.origin)
    found = _version_of(port, entry)
    if found is None or (found.default and len(port.versions(entry.model)) > 1) or found.traffic:
        return False
    port.delete_version(entry.model, found.name)
    if entry.made_model:
        _drop_model(port, entry)
    return True


def _version_of(port: TargetPort, entry: PushEntry) -> VersionInfo | None:
    try:
        return made_by(entry, port.versions(entry.model), port)
    except TargetRefused as err:
        if err.code != NOT_FOUND:
            raise
        return None


def _drop_model(port: TargetPort, entry: PushEntry) -> None:
    try:
        port.delete_model(entry.model)
    except WorkbenchError:
        return  # It has versions by now: another push uses it.
