"""States of the window's child processes: where an engine is, and how any of them ended."""

from __future__ import annotations

import enum
import signal
from dataclasses import dataclass
from typing import Final

from workbench.gui.texts import tr

ENGINE_ENDED: Final = "ENGINE_ENDED"
"""The error code of jobs whose engine went away under them."""


class EngineState(enum.Enum):
    """Where an engine is, as the header shows it."""

    OFF = "off"
    STARTING = "starting"
    LOADING = "loading"
    PREDICTS = "predicts"
    READY = "ready"
    ENDED = "ended"


class EndKind(enum.Enum):
    """The ways a child can end, each with one word."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    IGNORED_CANCEL = "ignored cancel"
    IGNORED_STOP = "ignored stop"
    CRASHED = "crashed"
    NOT_STARTED = "not started"


@dataclass(frozen=True)
class ProcessEnd:
    """How a child ended. `code` is its exit code, or the signal's number where it crashed.

    `name` stands at the beginning of the sentence ("The engine"); `last_words` is the last line of its
    stderr, or the system's reason where it never started.
    """

    name: str
    how: EndKind
    code: int = 0
    last_words: str = ""

    @property
    def wanted(self) -> bool:
        """Whether it ended because it was asked to, or had nothing left to do."""
        return self.how in (EndKind.DONE, EndKind.STOPPED, EndKind.IGNORED_STOP)

    def sentence(self) -> str:
        """What happened, in one sentence for a person."""
        return _words(self.how).format(name=self.name, code=self.code, signal=self._signal(), reason=self._reason())

    def _signal(self) -> str:
        known = {s.value: s.name for s in signal.Signals}
        text = known.get(self.code, str(self.code))
        if text == "SIGKILL":
            return tr("ProcessEnd", "{signal}; the system does so when memory runs out").format(signal=text)
        return text

    def _reason(self) -> str:
        return f": {self.last_words.rstrip('.')}" if self.last_words else ""


def _words(how: EndKind) -> str:
    return {
        EndKind.DONE: tr("ProcessEnd", "{name} has ended."),
        EndKind.FAILED: tr("ProcessEnd", "{name} ended with exit code {code}{reason}."),
        EndKind.STOPPED: tr("ProcessEnd", "{name} was stopped."),
        EndKind.IGNORED_CANCEL: tr("ProcessEnd", "{name} did not stop when cancelled and was terminated."),
        EndKind.IGNORED_STOP: tr("ProcessEnd", "{name} did not exit when asked and was terminated."),
        EndKind.CRASHED: tr("ProcessEnd", "{name} died ({signal})."),
        EndKind.NOT_STARTED: tr("ProcessEnd", "{name} could not be started{reason}."),
    }[how]
