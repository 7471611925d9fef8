"""The gate's state as an icon, a word and a remark: the same in the panel and in the window's header."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QDateTime, QLocale, Qt

from workbench.gui.gate.run import GateRun, GateState
from workbench.gui.texts import seconds_text, tr
from workbench.spec.evidence import VERDICT_WORDS, headline

LOOKS: Final = {
    "pass": ("done", "ok"),
    "warn": ("alert", "warn"),
    "fail": ("failed", "error"),
    "skip": ("skipped", "muted"),
    "waiting": ("not-yet", "muted"),
    "running": ("working", "accent"),
    "stopped": ("stop", "muted"),
}
"""Icon and tone of each verdict and state."""


class GateBadge(NamedTuple):
    """What is to be seen of the gate."""

    icon: str
    tone: str
    word: str
    remark: str


def badge(run: GateRun) -> GateBadge:
    """The gate in one line."""
    match run.state:
        case GateState.RUNNING:
            return GateBadge(*LOOKS["running"], tr("Gate", "Running..."), _running(run))
        case GateState.CANCELLED:
            return GateBadge("stop", "muted", tr("Gate", "Cancelled"), tr("Gate", "No verdict. Run the checks again."))
        case GateState.FAILED:
            why = run.error.sentence() if run.error is not None else ""
            return GateBadge("attention", "error", tr("Gate", "Could not be run"), why)
    if run.report is None:
        return GateBadge(
            "shield", "muted", tr("Gate", "Not run yet"), tr("Gate", "Checks an export before it is pushed.")
        )
    word = VERDICT_WORDS[run.report.verdict]
    if run.stale:
        text = tr("Gate", "Settings have changed since. Last verdict: {verdict}.")
        if run.changed_file:
            text = tr("Gate", "{file} has changed since. Last verdict: {verdict}.")
        text = text.format(verdict=word, file=Path(run.changed_file).name)
        return GateBadge("shield", "muted", tr("Gate", "Out of date"), text)
    return GateBadge(*LOOKS[run.report.verdict], word, headline(run.report))


def when(run: GateRun) -> str:
    """On what and when the verdict was given, and how long it took."""
    if run.report is None:
        return ""
    time = QDateTime.fromString(run.report.created, Qt.DateFormat.ISODateWithMs)
    parts = [
        QLocale().toString(time.toLocalTime(), "yyyy-MM-dd  HH:mm") if time.isValid() else run.report.created,
        seconds_text(run.report.seconds),
        tr("Gate", "{n} images").format(n=run.report.images) if run.report.images else tr("Gate", "synthetic images"),
        tr("Gate", "export {name}").format(name=run.report.fingerprint[:8]) if run.report.fingerprint else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def will_record(run: GateRun) -> str:
    """Which verdict a push of what is open now would record; empty while the checks run."""
    if run.running:
        return ""
    if run.report is None or (run.stale and not run.changed_file):
        return tr("Gate", "The checks run first; their verdict is recorded with the version.")
    if run.changed_file:
        return tr("Gate", "Push is disabled until the checks have run again.")
    return tr("Gate", "This verdict is recorded with the version: {what}").format(what=when(run))


def objection(run: GateRun) -> str:
    """Why a push of the open project is not advised; empty if nothing prevents it."""
    if not run.failed:
        return ""
    names = ", ".join(check.title for check in run.failed)
    return tr("Gate", "The release gate failed: {names}.").format(names=names)


def _running(run: GateRun) -> str:
    if not run.number:
        return run.progress.step or tr("Gate", "Starting the engine.")
    current = next((row.title for row in run.model.rows if row.state == "running"), "")
    text = tr("Gate", "{n} of {total}: {title}").format(n=run.number, total=run.total, title=current)
    step = run.progress.step
    return f"{text}  ·  {step}" if step and step != current else text
