"""Offscreen Qt, settings in a temporary place, real fake children, and nothing left behind after a test."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is imported
os.environ.pop("WORKBENCH_THEME", None)

import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, QSettings, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.fake_records import PNG
from gui.opened_tabs import make_deploy, make_server, make_signature, make_tab
from workbench.gui import theme
from workbench.gui.app import Application
from workbench.gui.engine.client import EngineClient
from workbench.gui.project import autosave
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows import format_inquiry
from workbench.spec.targets.local import LOCAL_URL_VARIABLE

__all__ = [
    "make_deploy",
    "make_server",
    "make_signature",
    "make_tab",
]  # Fixtures: pytest finds them by their names here.

HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen plugin says of every resized window that it is none; all other warnings of Qt fail the test."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))


MEMORY: Final = Path("/dev/shm")


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: Qt waits for the disk each time it writes settings, 16 ms here."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, quick_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tempfile.mkdtemp(dir=quick_folder)
    monkeypatch.setattr(autosave, "_home", lambda: tmp_path / "unsaved")
    # The tests' images are PNG for the sake of their size: that they are asked about is tested in test_formats.
    monkeypatch.setattr(format_inquiry, "ASKS_FORMATS", False)
    QCoreApplication.setOrganizationName("workbench-tests")
    # Two workers of one run must not sweep each other's files.
    QCoreApplication.setApplicationName(f"workbench-tests-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    QStandardPaths.setTestModeEnabled(True)
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, settings)


@pytest.fixture(autouse=True)
def _themed(qapp: QApplication) -> None:
    qapp.setStyle("Fusion")
    theme.dress(dark=False)


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication) -> Iterator[None]:
    before = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [w for w in QApplication.topLevelWidgets() if w not in before and w.parent() is None]
    assert not left, f"top-level widgets left behind: {left}"


@pytest.fixture(autouse=True)
def local_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port, where the local target is looked for in this test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    monkeypatch.setenv(LOCAL_URL_VARIABLE, f"http://127.0.0.1:{port}")
    return port


@pytest.fixture
def fake_command() -> Callable[..., tuple[str, ...]]:
    """The fake engine's command line with some misbehaviours."""

    def make(*options: str) -> tuple[str, ...]:
        return (sys.executable, str(HERE / "fake_engine.py"), *options)

    return make


@pytest.fixture
def server_command() -> tuple[str, ...]:
    """The fake server's command line."""
    return (sys.executable, str(HERE / "fake_server.py"))


@pytest.fixture
def make_client(qtbot: QtBot, fake_command: Callable[..., tuple[str, ...]]) -> Iterator[Callable[..., EngineClient]]:
    """Engine clients with a fake engine; all are stopped after the test."""
    made: list[EngineClient] = []

    def make(*options: str, grace_ms: int = 5000, patience_ms: int = 2000) -> EngineClient:
        client = EngineClient("The engine", fake_command(*options), grace_ms=grace_ms, patience_ms=patience_ms)
        made.append(client)
        return client

    yield make
    for client in made:
        client.kill()
        client.shut_down()
        client.deleteLater()


@pytest.fixture
def make_session(make_client: Callable[..., EngineClient]) -> Iterator[Callable[..., ProjectSession]]:
    """Sessions on two fake engines with the same misbehaviours."""
    made: list[ProjectSession] = []

    def make(*options: str) -> ProjectSession:
        session = ProjectSession(make_client(*options), make_client(*options))
        made.append(session)
        return session

    yield make
    for session in made:
        session.deleteLater()


@pytest.fixture
def make_workbench(
    qtbot: QtBot, fake_command: Callable[..., tuple[str, ...]], server_command: tuple[str, ...], tmp_path: Path
) -> Iterator[Callable[..., Application]]:
    """Whole windows, shown and begun, with fake children; closed and cleared away after the test."""
    made: list[Application] = []

    def make(*options: str, server: tuple[str, ...] = ()) -> Application:
        bench = Application(fake_command(*options), (*server_command, *server), tmp_path / "server")
        made.append(bench)
        bench.window.resize(1366, 768)
        with qtbot.waitSignal(bench.window.painted):
            bench.window.show()
        bench.window.activateWindow()
        qtbot.waitUntil(bench.window.isActiveWindow)
        bench.begin()
        return bench

    yield make
    for bench in made:
        bench.window.close_without_asking()
        bench.shut_down()
        bench.window.deleteLater()


@pytest.fixture
def model_file(tmp_path: Path) -> Callable[[str], Path]:
    """Files that exist under a name the fake engine knows."""

    def make(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(b"\x89HDF\r\n\x1a\n")
        return path

    return make


@pytest.fixture
def image_files(tmp_path: Path) -> Callable[..., list[Path]]:
    """Real little PNGs under the names asked for; those that begin with `bad` hold text."""

    def make(*names: str) -> list[Path]:
        paths = [tmp_path / name for name in names]
        for path in paths:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"not an image" if path.name.startswith("bad") else PNG)
        return paths

    return make


@pytest.fixture
def drop() -> Callable[..., bool]:
    """Drop files on a widget as a file manager does; whether they were taken."""

    def act(widget: QWidget, *paths: Path) -> bool:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(widget.rect().center())
        kind = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(place.toPoint(), *kind)
        QApplication.sendEvent(widget, enter)
        if enter.isAccepted():
            QApplication.sendEvent(widget, QDropEvent(place, *kind))
        return enter.isAccepted()

    return act
