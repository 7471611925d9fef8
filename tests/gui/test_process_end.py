"""The end of a child in words, and lines out of pieces."""

from __future__ import annotations

import pytest

from workbench.gui.engine.child_process import EndKind, ProcessEnd
from workbench.gui.engine.line_buffer import LineBuffer, LineTooLongError


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
            "The engine did not stop when asked to cancel, so it was ended.",
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
