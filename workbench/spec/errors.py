"""The one error type every floor raises and every boundary shows. Imports nothing heavy."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

DECODE_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not what is asked for; for bytes that are no UTF-8 it is not its own error."""


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as data: what crosses the engine's wire, a reply row or a log."""

    code: str
    message: str
    where: str = ""
    hint: str = ""
    exit_code: int = 2

    def sentence(self) -> str:
        """What happened, where, what to do, in one line for a person."""
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


def is_text(text: str) -> bool:
    """Whether a text can be written and sent: half of a character pair, which JSON may hold, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain_text(error: ErrorInfo) -> ErrorInfo:
    """The error in text that JSON can carry: half of a character pair, as a file's name may hold, becomes `?`."""

    def plain(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    return ErrorInfo(error.code, plain(error.message), plain(error.where), plain(error.hint), error.exit_code)


class WorkbenchError(Exception):
    """A bad request: the file, option or project is wrong (exit code 2).

    `code` is a word a program can test (`NOT_HDF5`), `message` says what happened,
    `where` names the file, key or address, `hint` says what to do about it.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(code, message, where, hint)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return self.info().sentence()

    def info(self) -> ErrorInfo:
        """This error as data."""
        return ErrorInfo(self.code, self.message, self.where, self.hint, self.exit_code)


class OutsideError(WorkbenchError):
    """The outside world failed: network, permission, quota, disk (exit code 3)."""

    exit_code = 3


class CancelledError(WorkbenchError):
    """The user stopped the work (exit code 130, as after SIGINT)."""

    exit_code = 130

    def __init__(self, message: str = "Cancelled.") -> None:
        super().__init__("CANCELLED", message)
