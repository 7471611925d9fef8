"""Undo and redo of the values typed in the Test tab: of single rows and of all, on the window's one stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gui.acting import press_redo, press_undo, rename_scores
from workbench.gui.app import Application
from workbench.gui.predict.tab import PredictTab


@pytest.fixture
def bench(
    qtbot: QtBot,
    make_workbench: Callable[..., Application],
    model_file: Callable[[str], Path],
    image_files: Callable[..., list[Path]],
) -> Application:
    """A window on a model with features, two images in its Test tab, the second's own values in sight."""
    made = make_workbench()
    with qtbot.waitSignal(made.session.opened):
        made.window.open(str(model_file("features.h5")))
    tab = made.window.tabs.test
    tab.add([str(path) for path in image_files("a.png", "b.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 2)
    made.window.pages.setCurrentWidget(tab)
    tab.view.selectRow(1)
    tab.detail.pages.setCurrentWidget(tab.detail.own)
    return made


def line(tab: PredictTab) -> QLineEdit:
    """Where the chosen row's features are typed."""
    (found,) = (e for e in tab.detail.own.form.findChildren(QLineEdit) if e.accessibleName() == "Features")
    return found


def own(tab: PredictTab) -> dict[str, object]:
    return {Path(path).name: values["Features"] for path, values in tab.run.given.own.items()}


def test_a_rows_values_are_taken_back_as_one_step_and_typed_again(bench: Application) -> None:
    tab, undo = bench.window.tabs.test, bench.window.actions_.undo
    QTest.keyClicks(line(tab), "[7, 8, 9]")
    assert own(tab) == {"b.png": [7, 8, 9]}
    assert undo.text() == "&Undo: Type Features of b.png"
    press_undo(line(tab))
    assert own(tab) == {}
    assert line(tab).text() == ""
    assert not undo.isEnabled()
    press_redo(bench.window)
    assert own(tab) == {"b.png": [7, 8, 9]}
    assert line(tab).text() == "[7, 8, 9]"
    assert not bench.session.dirty


def test_what_is_typed_after_a_pause_is_a_step_of_its_own(bench: Application) -> None:
    tab = bench.window.tabs.test
    tab.detail.own.form.set_text("Features", "[1, 1, 1]")
    line(tab).editingFinished.emit()
    tab.detail.own.form.set_text("Features", "[2, 2, 2]")
    press_undo(bench.window)
    assert own(tab) == {"b.png": [1, 1, 1]}
    press_undo(bench.window)
    assert own(tab) == {}


def test_the_row_of_the_step_is_shown_from_wherever_one_is(bench: Application) -> None:
    tab = bench.window.tabs.test
    tab.detail.own.form.set_text("Features", "[1, 2, 3]")
    tab.view.selectRow(0)
    tab.detail.own.form.set_text("Features", "[4, 5, 6]")
    tab.detail.pages.setCurrentWidget(tab.detail.reply)
    bench.window.pages.setCurrentWidget(bench.window.tabs.model)
    press_undo(bench.window)
    assert bench.window.pages.currentWidget() is tab
    assert tab.detail.pages.currentWidget() is tab.detail.own
    assert own(tab) == {"b.png": [1, 2, 3]}
    press_undo(bench.window)
    row = tab.view.current_row()
    assert row is not None
    assert (row.name, own(tab), line(tab).text()) == ("b.png", {}, "")


def test_steps_of_settings_and_of_values_are_taken_back_in_their_order(bench: Application) -> None:
    tab = bench.window.tabs.test
    tab.detail.own.form.set_text("Features", "[1, 2, 3]")
    rename_scores(bench.session, "probabilities")
    press_undo(bench.window)
    assert bench.window.pages.currentWidget() is bench.window.tabs.signature
    assert own(tab) == {"b.png": [1, 2, 3]}
    press_undo(bench.window)
    assert own(tab) == {}


def test_values_for_all_images_are_taken_back_too(bench: Application) -> None:
    tab = bench.window.tabs.test
    tab.values.form.set_text("Features", "[1, 2, 3]")
    assert bench.window.actions_.undo.text() == "&Undo: Type Features for all images"
    press_undo(bench.window)
    assert tab.run.given.values == {}
    assert tab.values.form.value() == {}
    press_redo(bench.window)
    assert tab.values.form.value() == tab.run.given.values == {"Features": [1, 2, 3]}


def test_steps_of_rows_that_are_gone_leave_the_stack(bench: Application) -> None:
    tab = bench.window.tabs.test
    tab.detail.own.form.set_text("Features", "[1, 2, 3]")
    tab.bar.clear.click()
    press_undo(bench.window)
    assert tab.run.given.own == {}
    assert bench.session.history.stack.count() == 0
    assert not bench.window.actions_.redo.isEnabled()
