"""The window on a Wayland compositor without a screen. Skipped by name where there is no weston; `make test` installs
it where it may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).resolve().parent
SOCKET: Final = "workbench-test"
PATIENCE: Final = 30.0

pytestmark = pytest.mark.skipif(shutil.which("weston") is None, reason="needs weston")


@pytest.fixture
def compositor(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A compositor of its own; the environment for programs on it, with nothing of the user's."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    homes = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    environment = os.environ | homes | {"XDG_RUNTIME_DIR": str(runtime)}
    command = ["weston", "--backend=headless-backend.so", "--use-pixman", f"--socket={SOCKET}", "--no-config"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE
    while not (runtime / SOCKET).exists():
        assert server.poll() is None, "weston ended"
        assert time.monotonic() < end, "weston did not start"
        time.sleep(0.05)
    yield environment | {"WAYLAND_DISPLAY": SOCKET, "QT_QPA_PLATFORM": "wayland"}
    server.terminate()
    server.wait()


def test_every_tab_is_painted_on_wayland_and_qt_has_nothing_to_say(compositor: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "wayland_child.py"), str(tmp_path)]
    told = subprocess.run(command, env=compositor, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["wayland", "0", "1", "2", "3", "4"]
    assert told.stderr == ""
