"""The window on a real X display with a real mouse: a model is dragged in from another program, and ends as a called
version. Skipped by name where there is no Xvfb or xdotool; `make test` installs both where it may.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from workbench.spec.project import load_project
from workbench.spec.resources import resource
from workbench.spec.targets.local import LOCAL_URL_VARIABLE

HERE: Final = Path(__file__).parent
SCREEN: Final = "1366x768x24"
SOURCE: Final = (1210, 40)
PATIENCE: Final = 150.0
MOST_CLICKS: Final = 11
"""From a model's file to a called version: labels, top-1 label, test, release gate, push and call."""

MISSING: Final = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]

pytestmark = pytest.mark.skipif(
    bool(MISSING) or sys.platform != "linux", reason=f"needs an X display and hands: {', '.join(MISSING) or 'Linux'}"
)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An X server on a free display; the environment for programs on it, with nothing of the user's."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:  # The whole line: a server whose end of the pipe breaks gives up.
        number = told.readline().strip()
    homes = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    qt = {"QT_QPA_PLATFORM": "xcb", "QT_XCB_NO_XI2": "1", LOCAL_URL_VARIABLE: url, "WORKBENCH_THEME": "light"}
    yield os.environ | homes | qt | {"DISPLAY": f":{number}"}
    server.terminate()
    server.wait()


class Window:
    """The window's process and its line."""

    def __init__(self, display: dict[str, str], root: Path) -> None:
        command = [sys.executable, str(HERE / "window_child.py"), str(root)]
        self._display = display
        self.clicks = self.drops = 0
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=display)

    def ask(self, word: str) -> Any:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(f"{word}\n")
        self._child.stdin.flush()
        return json.loads(self._child.stdout.readline())

    def until(self, what: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the state is as wanted; fails with the last state seen."""
        end = time.monotonic() + PATIENCE
        while True:
            state: dict[str, Any] = self.ask("state")
            if reached(state):
                return state
            assert time.monotonic() < end, f"waited in vain until {what}: {state}"
            time.sleep(0.2)

    def click(self, place: str) -> None:
        """Move the mouse there and press its button."""
        x, y = self.ask(place)
        self.clicks += 1
        self._hands("mousemove", str(x), str(y), "click", "1")

    def drag_in(self, *paths: Path) -> str:
        """Drag files from another program's window into the middle of this one; what that program was told."""
        x, y = SOURCE
        self.drops += 1
        command = [sys.executable, str(HERE / "drag_child.py"), str(x), str(y), *map(str, paths)]
        source = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self._display)
        self._hands("search", "--sync", "--onlyvisible", "--pid", str(source.pid))
        x, y = x + 60, y + 45
        self._hands("mousemove", str(x), str(y), "sleep", "0.3", "mousedown", "1")
        to_x, to_y = self.ask("window")
        for step in range(1, 13):
            place = (x + (to_x - x) * step // 12, y + (to_y - y) * step // 12)
            self._hands("mousemove", *map(str, place), "sleep", "0.05")
        self._hands("mousemove", str(to_x + 1), str(to_y + 1), "sleep", "0.3", "mouseup", "1")
        told, _ = source.communicate(timeout=30)
        return told.strip()

    def close(self) -> int:
        with self._child as child:  # Closes both ends of the line; the window ends when it cannot be asked any more.
            assert child.stdin
            child.stdin.close()
            return child.wait(timeout=60)

    def _hands(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], check=True, env=self._display, capture_output=True, timeout=30)


def test_a_model_dragged_in_becomes_a_called_version_with_the_mouse_alone_in_few_clicks(
    display: dict[str, str], tmp_path: Path
) -> None:
    model = tmp_path / "digits.h5"
    shutil.copy(resource("sample", "digits.h5"), model)
    labels = load_project(resource("sample", "project.toml")).signature.labels
    (tmp_path / "labels.txt").write_text("\n".join(labels))
    window = Window(display, tmp_path / "server")
    window.until("it is there", lambda state: "Workbench" in state["title"])
    assert window.drag_in(model) == "CopyAction"
    window.until("its labels are offered", lambda state: state["banner"].startswith("labels.txt"))
    window.click("offer")
    window.until("the top-1 label is offered", lambda state: "top-1 label" in state["banner"])
    window.click("offer")
    images = [resource("sample", "images", name) for name in ("three_1438.jpg", "seven_1442.jpg")]
    assert window.drag_in(*images) == "CopyAction"
    state = window.until("the images are predicted", lambda state: state["rows"] == [2, 2, 0])
    assert (state["page"], state["banner"]) == (3, "")
    window.click("deploy")
    window.until("the next tab is in front", lambda state: state["page"] == 4)
    window.click("run-gate")
    window.until("the gate lets it pass", lambda state: state["may-push"])
    window.click("push-passed")
    state = window.until("a version is there", lambda state: state["versions"] == ["v1"])
    assert state["default"] == ["v1"]
    window.click("call-page")
    window.until("the call is in front", lambda state: state["calling"])
    window.click("call")
    state = window.until("the call is answered", lambda state: bool(state["reply"]))
    (prediction,) = json.loads(state["reply"])["predictions"]
    assert len(prediction["classes"]) == len(labels)
    assert prediction["label"] == "three"
    assert prediction["metadata"] == str(images[0])
    assert state["banner"] == ""
    assert window.drops == 2
    assert window.clicks <= MOST_CLICKS
    assert window.close() == 0
