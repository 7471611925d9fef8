"""Whole processes that run an export, beside an older checkout's: pictures, a server's first answer, gate, Beam worker.

`python tests/benchmarks/bench_processes.py PATH/TO/OLDER/.venv [--repeats N] [--pictures N] [--only NAME ...]`. Each
side makes the exports by itself first, into a cache of its own. Processor seconds count all processes that a command
starts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from models import mobilenet_v2
from PIL import Image

HERE: Final = Path(__file__).resolve().parent
REPOSITORY: Final = HERE.parents[1]
SAMPLE: Final = REPOSITORY / "resources" / "sample"
COMMANDS: Final = ("predict_one", "predict_pictures", "serve", "load_in_worker", "judge", "window_rows")
PATIENCE: Final = 600.0
"""Seconds one command may take: on a busy machine the gate takes a minute."""

WORKER: Final = """
import sys
from workbench.core.data.beam.handler import SavedModelHandler
SavedModelHandler(sys.argv[1]).load_model()
"""

# From the window's start on the sample to the last row's label. The first run makes the export that the others find.
WINDOW: Final = """
import os
import sys
from pathlib import Path
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QEventLoop, QSettings, QStandardPaths, QTimer
from workbench.gui.app import Application, make_application
app = make_application()
QStandardPaths.setTestModeEnabled(True)
for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
    QSettings.setPath(form, QSettings.Scope.UserScope, sys.argv[2])
workbench = Application(None, server_root=Path(sys.argv[2]) / "server")
workbench.window.resize(1366, 768)
workbench.window.show()


def until(reached):
    loop, look = QEventLoop(), QTimer(interval=10)
    look.timeout.connect(lambda: loop.quit() if reached() else None)
    look.start()
    loop.exec()


workbench.begin_in_turns()
until(lambda: workbench.window.filled)
workbench.session.open(str(Path(sys.argv[1]) / "project.toml"))
until(lambda: workbench.session.project is not None)
test = workbench.window.tabs.test
workbench.window.pages.setCurrentWidget(test)
test.add([str(Path(sys.argv[1]) / "images")])
until(lambda: test.run.model.rows and not test.run.running and not test.run.model.waiting())
workbench.window.close_without_asking()
"""

# The first line it prints is its URL. Then it is asked until it answers, and says the memory it holds.
PUSH: Final = """
import sys
from pathlib import Path
from workbench.core.deploy.push import push
from workbench.core.progress import silent
from workbench.spec.release import PushOrder
try:
    from workbench.spec.targets.local import LocalTarget
except ImportError:
    from workbench.spec.target import LocalTarget
push(Path(sys.argv[1]), LocalTarget(url=sys.argv[2]), PushOrder(model="m"), report=silent)
"""


class Measured(NamedTuple):
    """Processor seconds of all processes, seconds on the clock, bytes held at the end where that was looked at."""

    processor: float
    wall: float
    memory: float = 0.0


class Side:
    """One checkout: its interpreter, run in its own folder with a cache of its own."""

    def __init__(self, environment: Path, work: Path, mobilenet: Path) -> None:
        self._python, self._folder = str(environment / "bin" / "python"), environment.resolve().parent
        self.work = work
        work.mkdir(parents=True)
        # Bytecode is kept, as for users: without it each process compiles the workbench anew.
        self._environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
            "WORKBENCH_CACHE": str(work / "cache"),
            "WORKBENCH_STATE": str(work / "state"),
        }
        self.sample = self._exported(SAMPLE / "project.toml", "sample")
        self.mobilenet = self._exported(mobilenet, "mobilenet")

    def _exported(self, model: Path, name: str) -> Path:
        self.run("-m", "workbench", "export", str(model), "-o", str(self.work / name))
        return self.work / name

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [self._python, *arguments]
        return subprocess.Popen(
            command, cwd=self._folder, env=self._environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, *arguments: str) -> None:
        with self.start(*arguments) as child:
            try:
                child.communicate(timeout=PATIENCE)
            finally:
                child.kill()
        assert child.returncode == 0, (child.returncode, *arguments)

    def predict_one(self) -> None:
        image = min((SAMPLE / "images").iterdir())
        self.run("-m", "workbench", "predict", str(self.sample), str(image))

    def predict_pictures(self) -> None:
        self.run("-m", "workbench", "predict", str(self.mobilenet), str(self.work.parent / "pictures"))

    def judge(self) -> None:
        self.run("-m", "workbench", "check", str(SAMPLE / "project.toml"))

    def window_rows(self) -> None:
        self.run("-c", WINDOW, str(SAMPLE), str(self.work / "settings"))

    def load_in_worker(self) -> None:
        self.run("-c", WORKER, str(self.sample))

    @contextmanager
    def serving(self) -> Iterator[tuple[int, str]]:
        """A server for the length of a block, which it never outlives: its process and its URL."""
        with self.start("-m", "workbench", "serve", "--port", "0", "--root", str(self.work / "root")) as server:
            try:
                assert server.stdout is not None
                yield server.pid, server.stdout.readline().strip()
            finally:
                server.terminate()

    def prepare_server(self) -> None:
        with self.serving() as (_, url):
            self.run("-c", PUSH, str(self.sample), url)

    def serve(self) -> float:
        """From the server's start to its first right prediction; the bytes it holds then."""
        import base64
        import urllib.request

        image = base64.b64encode(min((SAMPLE / "images").iterdir()).read_bytes()).decode()
        body = json.dumps({"instances": [{"input": {"b64": image}, "metadata": "a"}]}).encode()
        with self.serving() as (pid, url):
            address, kind = f"{url}/v1/projects/local/models/m:predict", {"Content-Type": "application/json"}
            request = urllib.request.Request(address, body, kind)
            with urllib.request.urlopen(request, timeout=120) as reply:
                assert len(json.load(reply)["predictions"][0]["classes"]) == 10
            status = Path(f"/proc/{pid}/status").read_text()
        return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


def measured(work: Callable[[], float | None]) -> Measured:
    """One run of `work`, all its processes ended."""
    before, start = os.times(), time.perf_counter()
    memory = work()
    wall, after = time.perf_counter() - start, os.times()
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    return Measured(spent, wall, memory or 0.0)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("older", type=Path, metavar="VENV", help="an older checkout's virtual environment")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each command; their medians are printed")
    parser.add_argument("--pictures", type=int, default=64, help="pictures that MobileNetV2 predicts")
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=COMMANDS, help="these commands alone")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _write_pictures(Path(folder) / "pictures", asked.pictures)
        model = mobilenet_v2(Path(folder))
        sides = [
            Side(REPOSITORY / ".venv", Path(folder) / "ours", model),
            Side(asked.older.absolute(), Path(folder) / "older", model),
        ]
        if "serve" in asked.only:
            for side in sides:
                side.prepare_server()
        print(f"{'':34}{'ours':>16}{'older':>16}{'ratio':>8}", flush=True)
        for name in asked.only:
            _tell(name, sides, asked.repeats)


def _write_pictures(folder: Path, number: int) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    for place in range(number):
        small = random.integers(0, 256, (48, 64, 3), "uint8")
        Image.fromarray(small).resize((1024, 768), Image.Resampling.BICUBIC).save(folder / f"{place:03}.jpg")


def _tell(name: str, sides: list[Side], repeats: int) -> None:
    """The medians of both sides, run in turns: a busy minute meets both."""
    found: list[list[Measured]] = [[], []]
    for _ in range(repeats):
        for side, runs in zip(sides, found, strict=True):
            runs.append(measured(getattr(side, name)))
    ours, theirs = ([median(column) for column in zip(*runs, strict=True)] for runs in found)
    for unit, mine, other in zip(("s processor", "s wall", "bytes held"), ours, theirs, strict=True):
        if other:
            print(f"{name:20}{unit:14}{mine:16.2f}{other:16.2f}{mine / other:8.2f}", flush=True)


if __name__ == "__main__":
    main()
