"""Status text of the Test tab: what prevents a prediction, or its progress."""

from __future__ import annotations

from workbench.gui.progress_text import GAP, pace_words
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.texts import number_text, seconds_text, tr


def why_not(session: ProjectSession, run: PredictionRun) -> str:
    """Why a prediction cannot be asked for; empty when it can."""
    if session.project is None:
        return tr("TestWords", "Open a model first. The images are kept until then.")
    if session.held:
        return tr("TestWords", "The model contains code. Allow it in the Model tab first.")
    problems = session.problems()
    if problems:
        return tr("TestWords", "Fix the settings first: {what}").format(what=problems[0].message)
    if run.model.has_images() and not run.takes_pictures:
        return tr(
            "TestWords", "The model has no image input: type values below, or drop JSON lines, .npz or .tfrecord files."
        )
    missing = run.missing()
    if missing:
        made = session.composition
        pictures = made.image_aliases if made else ()
        text = tr("TestWords", "Enter a value for '{key}' below first.")
        text = tr("TestWords", "Choose a file for '{key}' below first.") if missing[0] in pictures else text
        return text.format(key=missing[0])
    return ""


def summary(run: PredictionRun) -> str:
    """Counts, rate, and whether the rows still are of the current settings."""
    rows, done, failed = run.model.counts()
    if run.running:
        # Of a file of records rows are made as they come; what the engine counts in it says how many there will be.
        rows = max(rows, done + failed + run.pace.total - run.pace.done)
        text = tr("TestWords", "{come} of {rows}").format(come=number_text(done + failed), rows=number_text(rows))
        return GAP.join(filter(None, (_with_failed(text, failed), pace_words(run.pace.rate, run.pace.left))))
    if run.stale:
        return tr("TestWords", "Settings have changed. Run again.")
    if not done + failed:
        return ""
    return _with_rate(_with_failed(tr("TestWords", "{n} ok").format(n=number_text(done)), failed), run)


def _with_failed(text: str, failed: int) -> str:
    return text + tr("TestWords", ", {n} failed").format(n=number_text(failed)) if failed else text


def _with_rate(text: str, run: PredictionRun) -> str:
    if run.seconds > 0:
        text += tr("TestWords", "  ·  {seconds} with the export").format(seconds=seconds_text(run.seconds))
    rate = run.model.tally.rate()
    return text + tr("TestWords", "  ·  {rate:.0f} per second").format(rate=rate) if rate else text
