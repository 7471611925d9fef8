"""The dialog of the Inputs tab that finds the settings in the training code, on a session with a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.acting import begin, reading_of
from workbench.gui.inputs.code_dialog import CodeDialog
from workbench.gui.inputs.tab import InputsTab
from workbench.gui.project.session import ProjectSession

Opened = tuple[ProjectSession, InputsTab, CodeDialog]


@pytest.fixture
def opened(qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]) -> Opened:
    """The dialog on an open model."""
    session = make_session()
    tab = InputsTab(session)
    begin(qtbot, session, tab, model_file("anysize.h5"))
    tab.find_button.by_code.trigger()
    (dialog,) = tab.findChildren(CodeDialog)
    return session, tab, dialog


def can(button: QPushButton) -> bool:
    """Asked anew each time: the type checker believes that what was asserted stays."""
    return button.isEnabled()


def ask(qtbot: QtBot, dialog: CodeDialog, text: str) -> None:
    dialog.code.setPlainText(text)
    dialog.find_button.click()
    qtbot.waitUntil(lambda: bool(dialog.word.text()))


def test_settings_found_in_the_code_become_one_step_of_the_projects_history(qtbot: QtBot, opened: Opened) -> None:
    session, _, dialog = opened
    assert not can(dialog.find_button)
    assert not can(dialog.apply_button)
    ask(qtbot, dialog, "reader=tf1 size=32x48 scale=-1..1")
    assert 'reader = "tf1"' in dialog.answer.toPlainText()
    assert "# line 1: reader=tf1" in dialog.answer.toPlainText()
    assert dialog.word.text() == "All lines that change pixels are understood."
    before = reading_of(session)
    dialog.apply_button.click()
    assert not dialog.isVisible()
    found = reading_of(session)
    assert (found.reader, found.size, found.scale) == ("tf1", (32, 48), "-1..1")
    session.history.stack.undo()
    assert reading_of(session) == before


def test_what_is_not_understood_is_told_beside_the_settings(qtbot: QtBot, opened: Opened) -> None:
    _, _, dialog = opened
    ask(qtbot, dialog, "reader=tf1 blur")
    assert "# not understood, line 1: What blur does is not known." in dialog.answer.toPlainText()
    assert dialog.word.text() == "1 line not understood; the settings may be wrong."
    dialog.code.setPlainText("another")
    assert (dialog.answer.toPlainText(), can(dialog.apply_button)) == ("", False)


def test_a_reader_that_a_project_cannot_have_leaves_it_as_it_is(qtbot: QtBot, opened: Opened) -> None:
    session, _, dialog = opened
    before = reading_of(session)
    ask(qtbot, dialog, "reader=imaginary:area size=8x8")
    dialog.apply_button.click()
    assert "'imaginary:area' is not a reader" in dialog.word.text()
    assert dialog.isVisible()
    assert reading_of(session) == before


def test_text_without_a_reading_and_files_that_are_none_are_told(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    _, _, dialog = opened
    ask(qtbot, dialog, "print()")
    assert "No image is read" in dialog.word.text()
    (tmp_path / "picture.py").write_bytes(b"\xff\xd8\xff")
    dialog.read(str(tmp_path / "picture.py"))
    assert "not UTF-8 text" in dialog.word.text()
    (tmp_path / "train.py").write_text("reader=tf1 size=8x8")
    dialog.read(str(tmp_path / "train.py"))
    qtbot.waitUntil(lambda: can(dialog.apply_button))
    assert dialog.code.toPlainText() == "reader=tf1 size=8x8"
