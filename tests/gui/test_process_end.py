"""The end of a child in words, and lines out of pieces."""

from __future__ import annotations

import pytest

from workbench.gui.engine.line_buffer import LineBuffer, LineTooLongError
from workbench.gui.engine.process_end import How, ProcessEnd


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (ProcessEnd("The engine", How.DONE), "The engine has ended."),
        (ProcessEnd("The engine", How.FAILED, 3), "The engine ended with exit code 3."),
        (ProcessEnd("It", How.FAILED, 2, "Port 1 is in use."), "It ended with exit code 2: Port 1 is in use."),
        (ProcessEnd("The engine", How.STOPPED), "The engine was stopped."),
        (ProcessEnd("The engine", How.CRASHED, 11), "The engine died (SIGSEGV)."),
        (
            ProcessEnd("The engine", How.NOT_STARTED, 0, "No such file."),
            "The engine could not be started: No such file.",
        ),
        (
            ProcessEnd("The engine", How.IGNORED_CANCEL),
            "The engine did not stop when asked to cancel, so it was ended.",
        ),
    ],
)
def test_every_end_says_itself_in_one_sentence(end: ProcessEnd, sentence: str) -> None:
    assert end.sentence() == sentence


def test_only_asked_for_ends_are_wanted() -> None:
    wanted = {how for how in How if ProcessEnd("x", how).wanted}
    assert wanted == {How.DONE, How.STOPPED, How.IGNORED_STOP}


def test_lines_come_out_whole_whatever_the_pieces() -> None:
    buffer = LineBuffer(100)
    assert buffer.feed(b'{"a":') == []
    assert buffer.feed(b"1}\n{") == [b'{"a":1}']
    assert buffer.feed(b"}\n\n{}\nrest") == [b"{}", b"", b"{}"]


def test_a_line_beyond_the_limit_is_refused() -> None:
    buffer = LineBuffer(10)
    with pytest.raises(LineTooLongError):
        buffer.feed(b"x" * 11)
