"""How a child process ended, with a description. Independent of QProcess."""

from __future__ import annotations

import enum
import signal
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication


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
            return _tr("{signal}; the system does so when memory runs out").format(signal=text)
        return text

    def _reason(self) -> str:
        return f": {self.last_words.rstrip('.')}" if self.last_words else ""


def _words(how: EndKind) -> str:
    return {
        EndKind.DONE: _tr("{name} has ended."),
        EndKind.FAILED: _tr("{name} ended with exit code {code}{reason}."),
        EndKind.STOPPED: _tr("{name} was stopped."),
        EndKind.IGNORED_CANCEL: _tr("{name} did not stop when asked to cancel, so it was ended."),
        EndKind.IGNORED_STOP: _tr("{name} did not leave when asked, so it was ended."),
        EndKind.CRASHED: _tr("{name} died ({signal})."),
        EndKind.NOT_STARTED: _tr("{name} could not be started{reason}."),
    }[how]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProcessEnd", text)
