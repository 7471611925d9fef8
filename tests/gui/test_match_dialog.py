"""The dialog that searches by arrays and by labelled images for how training read its images, on a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.acting import begin, project_of, reading_of, state_of
from workbench.gui.inputs.match_dialog import MatchDialog
from workbench.gui.inputs.tab import InputsTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.spec.messages import MatchKind

Open = Callable[..., tuple[ProjectSession, InputsTab, MatchDialog]]


@pytest.fixture
def opened(qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]) -> Open:
    """The dialog of a kind on an open model."""

    def act(kind: MatchKind, *options: str) -> tuple[ProjectSession, InputsTab, MatchDialog]:
        session = make_session(*options)
        tab = InputsTab(session)
        begin(qtbot, session, tab, model_file("anysize.h5"))
        button = tab.find_button
        (button.by_arrays if kind == "arrays" else button.by_labels).trigger()
        (dialog,) = tab.findChildren(MatchDialog)
        return session, tab, dialog

    return act


def can(button: QPushButton) -> bool:
    """Asked anew each time: the type checker believes that what was asserted stays."""
    return button.isEnabled()


def shown(dialog: MatchDialog) -> list[list[str]]:
    model = dialog.table.model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_the_button_offers_three_ways(opened: Open) -> None:
    _, tab, _ = opened("arrays")
    assert [action.text().replace("&", "") for action in tab.find_button.menu().actions()] == [
        "From training code...",
        "From arrays of training (.npz)...",
        "From images in class folders...",
    ]


def test_what_gives_the_arrays_of_training_is_taken_over_in_one_step(qtbot: QtBot, opened: Open) -> None:
    session, tab, dialog = opened("arrays")
    before = reading_of(session)
    QTest.keyClicks(dialog.images, "/data/images")
    assert not can(dialog.search_button)
    QTest.keyClicks(dialog.seen, "/data/seen.npz")
    assert can(dialog.search_button)
    assert not can(dialog.apply_button)
    QTest.mouseClick(dialog.search_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.table.model().rowCount() == 2)
    assert shown(dialog) == [["load_img:box", "exact", "0", "0%"], ["load_img:nearest", "1.5", "12", "25.0%"]]
    assert dialog.word.text().startswith("The first is that of training. 7 ways tried on 40 images.")
    assert "cv2:area was not tried: OpenCV is not installed." in dialog.word.text()
    assert dialog.lines.text() == 'reader = "load_img:box"'
    QTest.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    found = reading_of(session)
    assert (found.reader, found.formats, found.input) == ("load_img:box", before.formats, before.input)
    check = project_of(session).check
    assert check.confirmed == ("load_img:box",)
    assert check.matched == "load_img:box: no difference on 40 images of seen.npz"
    assert state_of(tab) is TabState.DONE
    session.history.stack.undo()
    assert reading_of(session) == before
    assert (project_of(session).check.confirmed, project_of(session).check.matched) == ((), "")


def test_labelled_images_rank_by_accuracy_and_any_candidate_can_be_chosen(qtbot: QtBot, opened: Open) -> None:
    session, _, dialog = opened("labels")
    assert not dialog.seen.isVisible()
    QTest.keyClicks(dialog.images, "/data/classes")
    QTest.keyClick(dialog.images, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.table.model().rowCount() == 2)
    assert shown(dialog)[0] == ["load_img:box", "95.0%", "38/40", "0.1"]
    assert shown(dialog)[1] == ["load_img:nearest (as now)", "50.0%", "20/40", "2.25"]
    assert "# 4.5 gives the same." in dialog.lines.text()
    dialog.table.selectRow(1)
    assert dialog.lines.text() == ""
    QTest.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert project_of(session).check.confirmed == ("load_img:nearest",)


def test_a_search_that_fails_is_told_and_other_files_begin_anew(qtbot: QtBot, opened: Open) -> None:
    _, _, dialog = opened("labels")
    QTest.keyClicks(dialog.images, "/bad")
    dialog.search()
    qtbot.waitUntil(lambda: "not in class folders" in dialog.word.text())
    assert not can(dialog.apply_button)
    QTest.keyClicks(dialog.images, "2")
    assert dialog.word.text() == ""
    assert can(dialog.search_button)


def test_closing_the_dialog_cancels_the_search(qtbot: QtBot, opened: Open) -> None:
    session, tab, dialog = opened("labels", "--hold", "MatchImages")
    QTest.keyClicks(dialog.images, "/data")
    with qtbot.waitSignal(session.job_started):
        dialog.search()
    assert not can(dialog.search_button)
    job = dialog._job
    assert job is not None
    with qtbot.waitSignal(job.ended):
        dialog.reject()
    qtbot.waitUntil(lambda: not tab.findChildren(MatchDialog))
