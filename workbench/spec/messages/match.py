"""The wire's requests and events about how training read its images."""

from __future__ import annotations

from workbench.spec.messages.base import Event, Request
from workbench.spec.reading_found import ReadingFound


class MatchCode(Request, frozen=True):
    """Parse training code, never run it, for how it reads images. Answer: `CodeMatched`."""

    text: str


class CodeMatched(Event, frozen=True):
    """The answer to `MatchCode`; ends the job. At least one way, the likeliest first."""

    readings: tuple[ReadingFound, ...]
