"""Bytes in pieces to whole lines. Standard library only."""

from __future__ import annotations


class LineTooLongError(ValueError):
    """The other side sent more than the limit without an end of line."""


class LineBuffer:
    """Collects what a pipe gives and hands out whole lines, without their newline."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes. Raises `LineTooLongError`."""
        if b"\n" not in data:
            self._rest += data
            self._check()
            return []
        first, *lines = data.split(b"\n")
        self._rest += first
        self._check()
        whole = [bytes(self._rest), *lines[:-1]]
        self._rest = bytearray(lines[-1])
        return whole

    def _check(self) -> None:
        if len(self._rest) > self._limit:
            raise LineTooLongError(f"a line of more than {self._limit} bytes")
