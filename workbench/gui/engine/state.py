"""Where an engine is, and how the end of one is told to the jobs it had."""

from __future__ import annotations

import enum
from typing import Final

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
