"""What the session tells the window and what the Test tab hands to the Deploy tab, as data."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from workbench.spec.errors import ErrorInfo
from workbench.spec.model import ModelFacts


class Severity(enum.Enum):
    """How a notice is meant; the value is the tone and the icon of the banner."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ErrorRemedy(enum.Enum):
    """What the user can do about an error with one click."""

    NONE = "none"
    ARCHITECTURE = "architecture"
    ALLOW_CODE = "allow-code"
    CUSTOM_OBJECTS = "custom-objects"
    ALLOW_FILE = "allow-file"
    ALLOW_HOST = "allow-host"


class Startable(Protocol):
    """What has ended and can be started again: an engine."""

    def start(self) -> None:
        """Start it, unless it runs."""


@dataclass(frozen=True)
class Offer:
    """A button beside a sentence: its text, and what it does."""

    text: str
    act: Callable[[], None]


@dataclass(frozen=True)
class Notice:
    """One sentence for the banner; `restart` is the engine that can be started again, `offer` any other button.

    `error` is what the remedy is for.
    """

    text: str
    severity: Severity = Severity.ERROR
    restart: Startable | None = None
    remedy: ErrorRemedy = ErrorRemedy.NONE
    offer: Offer | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class CallInputs:
    """What the Test tab has ready for a call: the selected files, values for all, values by file.

    `files` are those that the values by file were read from.
    """

    paths: tuple[str, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    features: dict[str, dict[str, object]] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def remedy_for(error: ErrorInfo, facts: ModelFacts | None) -> ErrorRemedy:
    """What can be done about an error while the model of `facts` is open."""
    match error.code:
        case "WEIGHTS_ONLY":
            return ErrorRemedy.ARCHITECTURE
        case "LAMBDA" if facts is not None and facts.runs_code and not facts.trusted:
            return ErrorRemedy.ALLOW_CODE
        case "CUSTOM_CLASS" if facts is not None and facts.custom_objects:
            return ErrorRemedy.CUSTOM_OBJECTS
        case "CUSTOM_CODE" | "PROGRAM":
            return ErrorRemedy.ALLOW_FILE
        case "HOST_NOT_ALLOWED":
            return ErrorRemedy.ALLOW_HOST
    return ErrorRemedy.NONE
