"""The window: its first paint, the longest it does not answer while work runs, and its memory with 100 000 rows.

Gaps are measured by a timer of 5 ms. The peer is an empty window with the same timer in a process of its own, at the
very same time: what it suffers is the machine's noise. `python bench_window.py CHILD ...` are the processes measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ratio import Ratio, repeats

if TYPE_CHECKING:
    from workbench.gui.app import Application

HERE: Final = Path(__file__).resolve().parent
REPOSITORY: Final = HERE.parents[1]
FAKE: Final = HERE.parent / "gui" / "fake_engine.py"
BEAT_MS: Final = 5
MANY: Final = 10_000
MOST: Final = 100_000
LIMIT_MB: Final = 400.0
PATIENCE_MS: Final = 300_000

Phases = dict[str, tuple[float, float]]
"""When each phase began and ended, by the clock all processes share."""


def run() -> list[Ratio]:
    """First paint, gaps by phase, and memory."""
    return [_first_paint(), *_gaps("real"), *_gaps("rows", MANY), *_gaps("rows", MOST)]


def _first_paint() -> Ratio:
    """From the start of the process to the first paint, best of some."""
    ours, empty = (min(_told(child)["painted"] for _ in range(repeats())) for child in ("paint", "empty-paint"))
    return Ratio(step="first paint", ours=ours, peer="empty QMainWindow", peer_seconds=empty)


def _gaps(child: str, count: int = 0) -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as folder:
        stop = Path(folder) / "stop"
        idle = _start("idle", str(stop))
        ours = json.loads(_finished(_start(child, *([str(count)] if count else []))))
        stop.touch()
        theirs = json.loads(_finished(idle))
    for phase, span in ours["phases"].items():
        mine, noise = (_within(beats, *span) for beats in (ours["beats"], theirs["beats"]))
        for word, part in (("longest gap", 1.0), ("99.9 % of gaps below", 0.999)):
            own, other = _quantile(mine, part), _quantile(noise, part)
            yield Ratio(step=f"{word}: {phase}", ours=own, peer="empty window then", peer_seconds=other, unit="ms")
    if "mb" in ours:
        yield Ratio(step=f"memory: {count} rows", ours=ours["mb"], peer="limit", peer_seconds=LIMIT_MB, unit="MB")


def _within(beats: list[float], first: float, last: float) -> list[float]:
    """The gaps between beats of a span, in milliseconds."""
    return [(b - a) * 1000 for a, b in pairwise(beats) if a >= first and b <= last]


def _quantile(gaps: list[float], part: float) -> float:
    ordered = sorted(gaps) or [0.0]
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def _start(*arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{HERE.parent}"}
    environment["BENCH_STARTED"] = str(time.monotonic())
    command = [sys.executable, str(HERE / "bench_window.py"), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _finished(child: subprocess.Popen[str]) -> str:
    told, _ = child.communicate()
    if child.returncode:
        raise RuntimeError(f"{child.args!r} ended with {child.returncode}")
    return told


def _told(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_finished(_start(*arguments)))
    return found


# ---- What runs in the processes measured. --------------------------------------------------------------------------


def _child(name: str, *arguments: str) -> dict[str, Any]:
    known: dict[str, Callable[..., dict[str, Any]]] = {
        "paint": _paint,
        "empty-paint": _empty_paint,
        "idle": _idle,
        "real": _real,
        "rows": _rows,
    }
    return known[name](*arguments)


def _since_start() -> float:
    return time.monotonic() - float(os.environ["BENCH_STARTED"])


def _paint() -> dict[str, Any]:
    from workbench.gui.app import Application, make_application

    app = make_application()
    workbench = Application()
    told: dict[str, Any] = {}

    def painted() -> None:
        told["painted"] = _since_start()
        app.quit()

    workbench.window.painted.connect(painted)
    workbench.window.show()
    app.exec()
    return told


def _empty_paint() -> dict[str, Any]:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    told: dict[str, Any] = {}

    class Window(QMainWindow):
        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, painted)

    def painted() -> None:
        told.setdefault("painted", _since_start())
        app.quit()

    window = Window()
    window.resize(1240, 720)
    window.show()
    app.exec()
    return told


def _heart() -> tuple[Any, list[float]]:
    """A timer that notes when it beats."""
    from PySide6.QtCore import Qt, QTimer

    beats: list[float] = []
    timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start()
    return timer, beats


def _idle(stop: str) -> dict[str, Any]:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.show()
    timer, beats = _heart()
    look = QTimer(interval=200)
    look.timeout.connect(lambda: app.quit() if os.path.exists(stop) else None)
    look.start()
    app.exec()
    timer.stop()
    return {"beats": beats}


@contextmanager
def _bench(engine: tuple[str, ...] | None) -> Iterator[tuple[Application, Callable[[Callable[[], bool]], None]]]:
    """A window of its own with nothing of the user's, and a way to wait in its event loop."""
    from PySide6.QtCore import QEventLoop, QSettings, QStandardPaths, QTimer
    from support import free_port

    from workbench.gui.app import Application, make_application
    from workbench.spec.targets.local import LOCAL_URL_VARIABLE

    os.environ[LOCAL_URL_VARIABLE] = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as root:
        os.environ["WORKBENCH_CACHE"] = str(Path(root) / "cache")
        app = make_application()
        QStandardPaths.setTestModeEnabled(True)
        for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(form, QSettings.Scope.UserScope, root)
        workbench = Application(engine, server_root=Path(root) / "server")
        workbench.window.resize(1366, 768)
        workbench.window.show()

        def until(reached: Callable[[], bool]) -> None:
            loop = QEventLoop()
            look, patience = QTimer(interval=25), QTimer(singleShot=True, interval=PATIENCE_MS)
            look.timeout.connect(lambda: loop.quit() if reached() else None)
            patience.timeout.connect(lambda: loop.exit(1))
            look.start()
            patience.start()
            if loop.exec():
                raise RuntimeError("waited in vain")

        try:
            yield workbench, until
        finally:
            workbench.window.close_without_asking()
            workbench.shut_down()
            app.closeAllWindows()


def _real() -> dict[str, Any]:
    """The real engine: TensorFlow imported, the sample opened, exported and predicted, a version pushed."""
    from workbench.gui.engine.state import EngineState
    from workbench.spec.resources import resource

    phases: Phases = {}
    with _bench(None) as (workbench, until):
        timer, beats = _heart()
        until(lambda: bool(beats))  # What follows must not hide before the first beat.
        start = time.monotonic()
        _begin(workbench, until)
        tabs = workbench.window.tabs
        until(lambda: workbench.engine.state is EngineState.READY)
        phases["window made, TensorFlow imports"] = (start, time.monotonic())
        start = time.monotonic()
        workbench.session.open(str(resource("sample", "project.toml")))
        until(lambda: workbench.session.project is not None)
        phases["a model is opened"] = (start, time.monotonic())
        start = time.monotonic()
        workbench.window.pages.setCurrentWidget(tabs.test)
        tabs.test.add([str(resource("sample", "images"))])
        run = tabs.test.run
        until(lambda: bool(run.model.rows) and not run.running and not run.model.waiting())
        phases["an export is written, images predicted"] = (start, time.monotonic())
        start = time.monotonic()
        workbench.window.pages.setCurrentWidget(tabs.deploy)
        tabs.deploy.push_card.button.click()
        until(lambda: bool(tabs.deploy.versions_card.table.versions))
        phases["a version is pushed"] = (start, time.monotonic())
        timer.stop()
    return {"phases": phases, "beats": beats}


def _begin(workbench: Application, until: Callable[[Callable[[], bool]], None]) -> None:
    """As the program begins after its first paint."""
    workbench.begin_in_turns()
    until(lambda: workbench.window.filled)


def _images(folder: Path, count: int) -> None:
    """Real pictures: links to the sample's own."""
    from workbench.spec.resources import resource

    pictures = sorted(resource("sample", "images").glob("*.jpg"))
    for number in range(count):
        (folder / f"{number:06}.jpg").symlink_to(pictures[number % len(pictures)])


def _rows(text: str) -> dict[str, Any]:
    """Rows arrive from an engine as fast as can be; then they are scrolled from end to end, sorted and searched."""
    from PySide6.QtCore import Qt

    count, phases = int(text), Phases()
    with tempfile.TemporaryDirectory() as folder, _bench((sys.executable, str(FAKE))) as (workbench, until):
        _images(Path(folder), count)
        _begin(workbench, until)
        _open_sample(workbench, until)
        tab, model = workbench.window.tabs.test, workbench.window.tabs.test.run.model
        workbench.window.pages.setCurrentWidget(tab)
        timer, beats = _heart()
        start = time.monotonic()
        tab.add([folder])
        until(lambda: model.counts()[1] == count and not tab.run.running)
        phases[f"{count} rows arrive"] = (start, time.monotonic())
        start = time.monotonic()
        _scroll(tab.view.verticalScrollBar())
        phases[f"{count} rows scrolled"] = (start, time.monotonic())
        start = time.monotonic()
        model.sort(3, Qt.SortOrder.DescendingOrder)
        until(lambda: not model.arranging)
        tab.filter.search.setText("77")
        until(lambda: len(model.shown) < count and not model.arranging)
        tab.filter.reset()
        model.sort(-1)
        phases[f"{count} rows sorted and searched"] = (start, time.monotonic())
        timer.stop()
        return {"phases": phases, "beats": beats, "mb": _peak_mb()}


def _scroll(bar: Any) -> None:
    """From the first row to the last in some seconds, the window painting on the way."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, steps = QEventLoop(), iter(range(201))
    pace = QTimer(interval=20)

    def step() -> None:
        place = next(steps, None)
        if place is None:
            loop.quit()
        else:
            bar.setValue(bar.maximum() * place // 200)

    pace.timeout.connect(step)
    pace.start()
    loop.exec()


def _peak_mb() -> float:
    """The most memory this process has had, in megabytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3  # macOS counts bytes, Linux kilobytes.


def _open_sample(workbench: Application, until: Callable[[Callable[[], bool]], None]) -> None:
    from workbench.spec.resources import resource

    workbench.session.open(str(resource("sample", "digits.h5")))
    until(lambda: workbench.session.project is not None)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(*sys.argv[1:])))
