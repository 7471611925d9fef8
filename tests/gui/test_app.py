"""The program from its start to its end, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = """
import sys
from PySide6.QtCore import QSettings, QTimer
from workbench.gui.app import Application, make_application, run

def begun():
    if not bench.window.filled:
        QTimer.singleShot(1, begun)
        return
    bench.engine.state_changed.connect(lambda s: s.value == "ready" and print("pid", bench.engine.pid, flush=True))
    bench.session.opened.connect(lambda: print("opened", bench.session.model_path, flush=True))

QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, sys.argv[1])
app = make_application()
bench = Application(sys.argv[3:])
bench.window.painted.connect(begun)  # goes on when `run` has made all
sys.exit(run(app, bench, sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("manners", [(), ("--deaf",)])
def test_ctrl_c_ends_the_window_and_its_engine(
    tmp_path: Path,
    fake_command: Callable[..., tuple[str, ...]],
    model_file: Callable[[str], Path],
    manners: tuple[str, ...],
) -> None:
    model = model_file("digits.h5")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(model), *fake_command(*manners)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    lines = {line.split()[0]: line.split()[1] for line in (child.stdout.readline(), child.stdout.readline())}
    assert lines["opened"] == str(model)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == 130
    child.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(lines["pid"]), 0)
