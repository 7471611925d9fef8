"""The local release log: one JSON line per change of a target, and a receipt per push."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import workbench
from workbench.core.deploy.state import state_root
from workbench.spec.errors import DECODE_ERRORS, OutsideError
from workbench.spec.files import write_text
from workbench.spec.release import Action, Outcome, Release, TargetIdentity


def now() -> str:
    """The current UTC time in ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def who() -> str:
    """The account and the machine, as far as the system reports them."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()


def release(action: Action, outcome: Outcome, place: TargetIdentity, model: str, **more: Any) -> Release:
    """A line for the log, with the current time."""
    about: dict[str, Any] = {"when": now(), "who": who(), "workbench": workbench.__version__, **more}
    return Release(action=action, outcome=outcome, place=place, model=model, **about)


def log_path() -> Path:
    """The path of the log."""
    return state_root() / "releases.jsonl"


def write_line(line: Release) -> None:
    """Append one complete line. Raises `OutsideError` CANNOT_LOG."""
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # A single write to a descriptor in append mode: lines of two processes do not mix.
            os.write(handle, msgspec.json.encode(line) + b"\n")
        finally:
            os.close(handle)
    except OSError as err:
        text = f"The release log cannot be written: {err.strerror}."
        raise OutsideError("CANNOT_LOG", text, where=str(path)) from err


def write_receipt(line: Release) -> Path:
    """Store a push's line as a file of its own. Raises `WorkbenchError` CANNOT_WRITE."""
    stamp = line.when.replace(":", "").replace(".", "")
    path = state_root() / "receipts" / f"{stamp}-{line.place.kind}-{line.model}-{line.version}.json"
    write_text(path, msgspec.json.format(msgspec.json.encode(line), indent=2).decode() + "\n")
    return path


def report_place(report: str) -> Path:
    """The folder with the gate's report of this SHA-256, which is kept as long as the log."""
    return state_root() / "reports" / report[:32]


def lines(place: TargetIdentity | None = None, model: str = "") -> Iterator[Release]:
    """The log from its beginning, of one target or model if they are given. Truncated lines are omitted."""
    try:
        text = log_path().read_bytes()
    except OSError:
        return
    for raw in text.splitlines():
        try:
            line = msgspec.json.decode(raw, type=Release)
        except DECODE_ERRORS:
            continue  # The disk was full in the middle of a line.
        if place in (None, line.place) and model in ("", line.model):
            yield line


def previous_default(place: TargetIdentity, model: str, current: str) -> str:
    """The default version before `current` was released; empty if the log does not show it.

    Rollbacks are skipped: rolling back twice goes back two releases, not back and forth.
    """
    found = ""
    for line in lines(place, model):
        if line.default and line.version == current and line.before and line.action != "rollback":
            found = line.before if line.before != current else found
    return found


def pushed_bytes(place: TargetIdentity, model: str) -> dict[tuple[str, str], int]:
    """The sizes in bytes of the versions pushed from here, by their resource names and the place of their files."""
    pushes = (line for line in lines(place, model) if line.action == "push" and line.bytes)
    return {(line.resource, line.origin): line.bytes for line in pushes}
