"""Captures and counts what TensorFlow's image decoders print to stderr directly.

libjpeg and libpng tell of damage they get over (`Corrupt JPEG data: ...`) by `fprintf(stderr)`: TensorFlow sets their
handlers for errors only, and neither names the image. A line for each would bury what the command has to say.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Final

import click

from workbench.cli.output import say

STDERR: Final = 2

WAIT: Final = 1.0
"""Seconds for the last lines."""

_CHATTER: Final = re.compile(
    rb"Corrupt JPEG data: |Premature end of JPEG file|Invalid SOS parameters for sequential JPEG"
    rb"|Warning: unknown JFIF revision number|Unknown Adobe color transform code|Inconsistent progression sequence"
    rb"|libpng warning: "
)
"""How their warnings begin: the JWRN_ messages of libjpeg's jerror.h, and libpng's own word."""


@contextmanager
def decoders_quiet() -> Iterator[None]:
    """Everything else that is written to file descriptor 2 goes on to where it went; at the end one line says how many.

    `--debug` leaves all as it is: what a process says as it aborts would be lost in the pipe.
    """
    context = click.get_current_context(silent=True)
    if context is None or (context.find_root().obj or {}).get("debug"):
        yield
        return
    sieve = _StderrFilter()
    try:
        with sieve.python_beside():
            yield
    finally:
        sieve.close()
        if sieve.count:
            times = f"{sieve.count} time{'s' if sieve.count > 1 else ''}"
            text = f"The image decoder ignored damage {times}, first: {sieve.first} (--debug shows each)"
            say(text, err=True)


def _is_ours() -> bool:
    try:
        return sys.stderr.fileno() == STDERR
    except (AttributeError, OSError, ValueError):  # Tests and notebooks put something else in its place.
        return False


class _StderrFilter:
    """A pipe in the place of file descriptor 2, and the thread that reads it."""

    def __init__(self) -> None:
        self.count, self.first = 0, ""
        self._true = os.dup(STDERR)
        self._read, write = os.pipe()
        os.dup2(write, STDERR)
        os.close(write)
        self._thread = threading.Thread(target=self._run, name="stderr", daemon=True)
        self._thread.start()

    @contextmanager
    def python_beside(self) -> Iterator[None]:
        """Python's own lines and the progress bar keep the terminal."""
        if not _is_ours():
            yield
            return
        with os.fdopen(os.dup(self._true), "w", buffering=1) as terminal, redirect_stderr(terminal):
            yield

    def _run(self) -> None:
        rest = b""
        while block := os.read(self._read, 1 << 16):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._line(line + b"\n")
        self._line(rest)

    def _line(self, line: bytes) -> None:
        if _CHATTER.match(line):
            self.count += 1
            self.first = self.first or line.decode("utf-8", "replace").strip()
        elif line:
            os.write(self._true, line)

    def close(self) -> None:
        """Put the old stderr back, and wait for what is in the pipe."""
        os.dup2(self._true, STDERR)
        self._thread.join(WAIT)
        if not self._thread.is_alive():  # Else a child process still holds the pipe's other end, and may write.
            os.close(self._read)
            os.close(self._true)
