"""The end of a child in words, and lines out of pieces, of stdout as of stderr."""

from __future__ import annotations

import sys
from collections import deque
from typing import Final

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.engine.child_process import LONGEST_LINE, ChildProcess
from workbench.gui.engine.line_buffer import LineBuffer, LineTooLongError
from workbench.gui.engine.state import EndKind, ProcessEnd


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (ProcessEnd("The engine", EndKind.DONE), "The engine has ended."),
        (ProcessEnd("The engine", EndKind.FAILED, 3), "The engine ended with exit code 3."),
        (ProcessEnd("It", EndKind.FAILED, 2, "Port 1 is in use."), "It ended with exit code 2: Port 1 is in use."),
        (ProcessEnd("The engine", EndKind.STOPPED), "The engine was stopped."),
        (ProcessEnd("The engine", EndKind.CRASHED, 11), "The engine died (SIGSEGV)."),
        (
            ProcessEnd("The engine", EndKind.NOT_STARTED, 0, "No such file."),
            "The engine could not be started: No such file.",
        ),
        (
            ProcessEnd("The engine", EndKind.IGNORED_CANCEL),
            "The engine did not stop when cancelled and was terminated.",
        ),
    ],
)
def test_every_end_says_itself_in_one_sentence(end: ProcessEnd, sentence: str) -> None:
    assert end.sentence() == sentence


def test_only_asked_for_ends_are_wanted() -> None:
    wanted = {how for how in EndKind if ProcessEnd("x", how).wanted}
    assert wanted == {EndKind.DONE, EndKind.STOPPED, EndKind.IGNORED_STOP}


def test_lines_come_out_whole_whatever_the_pieces() -> None:
    buffer = LineBuffer(100)
    assert buffer.feed(b'{"a":') == []
    assert buffer.feed(b"1}\n{") == [b'{"a":1}']
    assert buffer.feed(b"}\n\n{}\nrest") == [b"{}", b"", b"{}"]


def test_a_line_beyond_the_limit_is_refused() -> None:
    buffer = LineBuffer(10)
    with pytest.raises(LineTooLongError):
        buffer.feed(b"x" * 11)


PIECES: Final = """
import os, time
for piece in (b"one li", b"ne, \\xc3", b"\\xa9 whole", b"\\n", b"\\n", b"two\\r\\nthree\\nno end"):
    os.write(2, piece)
    time.sleep(0.05)
"""


def logged_by(qtbot: QtBot, script: str) -> list[str]:
    """What a child's stderr is told as, line by line."""
    log: deque[str] = deque()
    child = ChildProcess("It", (sys.executable, "-c", script), log)
    told: list[str] = []
    child.logged.connect(told.append)
    with qtbot.waitSignal(child.ended):
        child.start()
    assert list(log) == told
    return told


def test_lines_of_stderr_are_whole_whatever_the_pieces_they_come_in(qtbot: QtBot) -> None:
    assert logged_by(qtbot, PIECES) == ["one line, é whole", "", "two", "three", "no end"]


def test_stderr_without_an_end_of_line_is_not_kept_waiting_for_ever(qtbot: QtBot) -> None:
    told = logged_by(qtbot, f"import os; os.write(2, b'x' * {3 * LONGEST_LINE})")
    assert "".join(told) == "x" * 3 * LONGEST_LINE
    assert len(told) > 1
