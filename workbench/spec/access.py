"""The account used for a target and its missing permissions. Never holds a key or a token."""

from __future__ import annotations

from typing import Literal

import msgspec

AccessKind = Literal["none", "adc", "file"]

CodeRole = Literal["custom", "program"]
"""What a project may name that runs: the Python file of a model's own classes, the interpreter of `check.python`."""


class Access(msgspec.Struct, frozen=True, omit_defaults=True):
    """The account a target would be asked as.

    `account` is its e-mail where the credentials tell it, `impersonating` the one it acts as. `missing` are
    permissions that the services say are not granted, `unknown` those that could not be asked for.
    """

    kind: AccessKind
    account: str = ""
    impersonating: str = ""
    granted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
