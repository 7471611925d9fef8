"""What every message of the engine's wire carries."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every request carries: the job's number, chosen by the sender."""

    id: int


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What every event carries: the job it belongs to; 0 is the engine itself."""

    id: int = 0
