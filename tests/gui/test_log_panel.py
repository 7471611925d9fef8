"""The log below the tabs: what both engines wrote, before and while it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from workbench.gui.app import Application
from workbench.gui.engine.child_process import LOG_LINES
from workbench.gui.project.session import ProjectSession
from workbench.gui.window.log_panel import LogPanel
from workbench.spec.messages import Inspect

LINE = "engine log line"


def ask(session: ProjectSession, model: Path) -> None:
    """Have the first engine write its line."""
    session.ask(Inspect(id=0, path=str(model)), "Reading")


def test_lines_of_before_and_of_later_are_in_it(
    qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]
) -> None:
    session = make_session()
    ask(session, model_file("digits.h5"))
    qtbot.waitUntil(lambda: LINE in session.engines.log_lines())
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    assert panel.text().splitlines() == [LINE]
    session.engines.targets.start()
    qtbot.waitUntil(lambda: panel.text().splitlines() == [LINE, LINE])


def test_only_the_newest_lines_are_kept(qtbot: QtBot, make_session: Callable[..., ProjectSession]) -> None:
    session = make_session()
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    for number in range(LOG_LINES + 5):
        session.engines.models.logged.emit(f"line {number}")
    lines = panel.text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (LOG_LINES, "line 5", f"line {LOG_LINES + 4}")


def test_ctrl_l_shows_it_with_the_keys_and_its_button_closes_it(
    qtbot: QtBot, make_workbench: Callable[..., Application]
) -> None:
    bench = make_workbench()
    window = bench.window
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.log.isVisible() and window.log.view.hasFocus())
    assert window.actions_.log.isChecked()
    (close,) = [b for b in window.log.findChildren(QPushButton) if b is not window.log.copy_button]
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not window.log.isVisible()
    assert not window.actions_.log.isChecked()


def test_copy_all_puts_all_of_it_on_the_clipboard(qtbot: QtBot, make_session: Callable[..., ProjectSession]) -> None:
    session = make_session()
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    for line in ("one", "  two <b>&"):
        session.engines.models.logged.emit(line)
    panel.copy_button.click()
    assert QGuiApplication.clipboard().text() == "one\n  two <b>&"
