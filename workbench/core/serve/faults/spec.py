"""Fault rules as data: a pattern, a count or probability, and an action."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Permission = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z]+(\.[a-zA-Z]+)+$")]


class _Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of the actions; `kind` is the tag of the concrete action."""


class CutConnection(_Action, frozen=True, tag="cut"):
    """The connection is closed.

    `before`: nothing was done; `body`: after `bytes` of the request's body; `after`: all was done and the reply is
    lost; `reply`: after `bytes` of the reply's body.
    """

    when: Literal["before", "body", "after", "reply"] = "before"
    bytes: Count = 0


class FixedStatus(_Action, frozen=True, tag="status"):
    """The request is not handled; a status is returned, with the API's own error body unless `body` is given.

    `retry_after` is in seconds; 0 sends no such header.
    """

    code: Annotated[int, msgspec.Meta(ge=400, le=599)]
    message: str = ""
    body: str = ""
    retry_after: Count = 0


class DenyPermission(_Action, frozen=True, tag="deny"):
    """403 for a missing permission, which `testIamPermissions` then omits as well."""

    permission: Permission


class DelayRequest(_Action, frozen=True, tag="delay"):
    """The request waits this many seconds before it is handled."""

    seconds: Seconds


class SlowTransfer(_Action, frozen=True, tag="slow"):
    """Both bodies are transferred at this many bytes per second."""

    per_second: Annotated[int, msgspec.Meta(ge=1)]


class FailOperation(_Action, frozen=True, tag="fail_operation"):
    """The operation or job that the request starts ends with an error. `code` is a google.rpc.Code."""

    message: str = "Internal error encountered."
    code: Annotated[int, msgspec.Meta(ge=1, le=16)] = 13


class HangOperation(_Action, frozen=True, tag="hang_operation"):
    """The operation or job that the request starts never ends, unless it is cancelled and the cancel is honoured."""

    cancellable: bool = True


class DiskFull(_Action, frozen=True, tag="disk_full"):
    """The disk accepts this many more bytes of the request and its background work, then raises ENOSPC."""

    after_bytes: Count = 0


class ClockSkew(_Action, frozen=True, tag="skew"):
    """The times in the reply and in the state are off by this many seconds."""

    seconds: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]


Action = (
    CutConnection
    | FixedStatus
    | DenyPermission
    | DelayRequest
    | SlowTransfer
    | FailOperation
    | HangOperation
    | DiskFull
    | ClockSkew
)


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an action is applied.

    `match` is searched in "METHOD /path?query". Of the matching requests, those from the `nth` on are hit, `times` of
    them (0: all that follow); `nth = 0` hits every one. `each_path` counts every method and path separately. Of those,
    `probability` are hit, by the seed.
    """

    match: str = ""
    nth: Count = 0
    times: Count = 1
    each_path: bool = False
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    action: Action

    def __post_init__(self) -> None:
        try:
            re.compile(self.match)
        except re.error as err:
            raise ValueError(f"'{self.match}' is not a regular expression: {err}") from err

    def due(self, count: int) -> bool:
        """Whether the `count`-th matching request (from 1) is to be hit."""
        return self.nth == 0 or (count >= self.nth and (self.times == 0 or count < self.nth + self.times))


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules, all of which are evaluated for every request, in order. The same seed hits the same requests."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0


_HINT: Final = 'Write e.g. {"rules": [{"match": "POST /upload", "nth": 2, "action": {"kind": "cut", "when": "after"}}]}'


def read_faults(text: str, seed: int | None = None) -> Faults:
    """Rules from JSON text, or from a .json or .toml file of that name. Raises `WorkbenchError` BAD_FAULTS."""
    inline = text.lstrip().startswith("{")
    where = "" if inline else text
    try:
        content = text if inline else Path(text).read_text(encoding="utf-8")
        document = tomllib.loads(content) if where.endswith(".toml") else msgspec.json.decode(content)
        faults = msgspec.convert(document, Faults)
    except OSError as err:
        raise WorkbenchError("BAD_FAULTS", f"The rules cannot be read: {err.strerror}.", where=where) from err
    except (ValueError, *DECODE_ERRORS) as err:
        raise WorkbenchError("BAD_FAULTS", f"These are not valid fault rules: {err}.", where=where, hint=_HINT) from err
    return faults if seed is None else msgspec.structs.replace(faults, seed=seed)
