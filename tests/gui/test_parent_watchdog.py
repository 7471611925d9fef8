"""A server that the window started ends with the window, however that ends."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from typing import Final

import pytest

WATCHDOG: Final = (sys.executable, "-m", "workbench.gui.engine.parent_watchdog")
PARENT: Final = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline(), flush=True)
time.sleep(60)
"""


def serve(port: int, root: object) -> list[str]:
    return [*WATCHDOG, "serve", "--port", str(port), "--root", str(root)]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_gone(pid: int) -> None:
    """Wait for a process that is nobody's child here; the test's own time-out ends a wait in vain."""
    descriptor = os.pidfd_open(pid)
    try:
        select.select([descriptor], [], [])
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells of the end of a process that is no child")
def test_a_server_ends_with_a_window_that_is_killed(local_port: int, tmp_path: object) -> None:
    command = [sys.executable, "-c", PARENT, *serve(local_port, tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        child = int(parent.stdout.readline().split()[0])
        answered = answers(local_port)
        parent.send_signal(signal.SIGKILL)
        wait_gone(child)
    assert answered
    assert not answers(local_port)


def test_a_command_that_ends_first_ends_with_its_own_code_and_words() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([*WATCHDOG, "no-such-command"], stdin=pipe, stderr=pipe, text=True) as child:
        assert child.stderr is not None
        words = child.stderr.read()  # Its stdin stays open meanwhile: the window is there.
        assert child.wait() == 2
    assert "no-such-command" in words
