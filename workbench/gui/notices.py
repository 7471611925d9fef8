"""What the session tells the window and what the Test tab hands to the Deploy tab, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from workbench.gui.engine_client import EngineClient


class Severity(enum.Enum):
    """How a notice is meant; the value is the tone and the icon of the banner."""

    INFO = "info"
    ERROR = "error"


@dataclass(frozen=True)
class Notice:
    """One sentence for the banner; `restart` is the engine that can be started again."""

    text: str
    severity: Severity = Severity.ERROR
    restart: EngineClient | None = None


@dataclass(frozen=True)
class CallInputs:
    """What the Test tab has ready for a call: the selected files, values for all, values by file."""

    paths: tuple[str, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    features: dict[str, dict[str, object]] = field(default_factory=dict)
