"""What a person does in several tests: opens a model, types in a cell, ticks a row, presses the keys of undo."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.inputs.tab import InputsTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.signature.key_rows import KeyColumn
from workbench.gui.signature.key_table import KeyTable
from workbench.gui.tab import Tab, TabState
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project


def begin(qtbot: QtBot, session: ProjectSession, tab: Tab, path: Path) -> None:
    """Show a tab and open a model in its session."""
    # Held until then: a tab that went with the test's own variables would go while its threads run.
    qtbot.addWidget(tab, before_close_func=lambda _: let_end(tab))
    tab.resize(1300, 700)
    tab.show()
    tab.activateWindow()
    with qtbot.waitSignal(session.opened):
        session.open(str(path))


def let_end(tab: QWidget) -> None:
    """End the threads of a tab that has any, as the window does when it closes."""
    if isinstance(tab, InputsTab):
        tab.preview.close_files()


def state_of(tab: Tab) -> TabState:
    """The state, asked anew each time: the type checker believes that what was asserted stays."""
    return tab.state


def project_of(session: ProjectSession) -> Project:
    """The open project."""
    assert session.project is not None
    return session.project


def reading_of(session: ProjectSession) -> Preprocess:
    """How the open project reads its picture."""
    preprocess = project_of(session).preprocess
    assert preprocess is not None
    return preprocess


def rename_scores(session: ProjectSession, key: str) -> None:
    """Give the scores another key, as the Signature tab does."""
    signature = msgspec.structs.replace(project_of(session).signature, scores_key=key)
    session.set_signature(signature, "Edit a key")


def words(widget: QWidget) -> str:
    """All labels below a widget, elided ones whole."""
    return "\n".join(label.toolTip() or label.text() for label in widget.findChildren(QLabel))


def open_cell(qtbot: QtBot, table: KeyTable, row: int, column: int = KeyColumn.KEY) -> QLineEdit:
    """Open a cell for typing, with everything in it chosen."""
    table.window().activateWindow()
    table.edit(row, column)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    return editor


def type_cell(qtbot: QtBot, table: KeyTable, row: int, text: str, column: int = KeyColumn.KEY) -> None:
    """Replace a cell's text and end with Return."""
    editor = open_cell(qtbot, table, row, column)
    QTest.keyClicks(editor, text)
    end_cell(qtbot, table)


def end_cell(qtbot: QtBot, table: KeyTable, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """End typing; Qt commits and closes a moment later."""
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClick(editor, key)
    qtbot.waitUntil(lambda: table.view.focusWidget() is not editor and editor not in table.view.findChildren(QLineEdit))


def tick(table: KeyTable, row: int) -> None:
    """Choose a row and press Space."""
    table.view.setFocus()
    table.view.setCurrentIndex(table.model.index(row, KeyColumn.KEY))
    QTest.keyClick(table.view, Qt.Key.Key_Space)


def cells(table: KeyTable, column: int = KeyColumn.KEY) -> list[str]:
    """What is shown in a column."""
    return [str(table.model.index(row, column).data()) for row in range(table.model.rowCount())]


def remark_at(table: KeyTable, row: int, column: int = KeyColumn.KEY) -> str:
    """What is said at a cell."""
    remark = table.model.remark(row, column)
    return remark.text if remark else ""


def press_undo(widget: QWidget) -> None:
    """Control and Z."""
    _click(widget, Qt.KeyboardModifier.ControlModifier)


def press_redo(widget: QWidget) -> None:
    """Control, Shift and Z."""
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    _click(widget, both)


def answer(window: QWidget, text: str) -> None:
    """Press a button of the question that is open, named without its mnemonic."""
    (box,) = window.findChildren(QMessageBox)
    (button,) = [b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def _click(widget: QWidget, modifiers: Qt.KeyboardModifier) -> None:
    QTest.keyClick(widget, Qt.Key.Key_Z, modifiers)
    # Qt takes the modifiers for held until the next key: chosen rows would then be added to those chosen before.
    QTest.keyClick(widget.window(), Qt.Key.Key_Control)
