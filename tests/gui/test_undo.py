"""Undo and redo over Inputs and Signature: by keys, by menu, while one types, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.acting import (
    answer,
    cells,
    end_cell,
    open_cell,
    press_redo,
    press_undo,
    project_of,
    reading_of,
    tick,
    type_cell,
)
from workbench.gui.app import Application
from workbench.spec.project import load_project

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]


@pytest.fixture
def bench(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> Application:
    """A window on a model with a picture, features and two outputs' worth of keys, in the Signature tab."""
    made = make_workbench()
    with qtbot.waitSignal(made.session.opened):
        made.window.open(str(model_file("features.h5")))
    made.window.pages.setCurrentWidget(made.window.tabs.signature)
    return made


def dirty(bench: Application) -> bool:
    """Asked anew each time: the type checker believes that what was asserted stays."""
    return bench.session.dirty


def steps(bench: Application) -> int:
    return bench.session.history.stack.count()


def test_there_is_nothing_to_take_back_at_first(bench: Application) -> None:
    actions = bench.window.actions_
    assert not actions.undo.isEnabled()
    assert not actions.redo.isEnabled()
    assert actions.undo.text() == "&Undo"


def test_a_choice_is_taken_back_and_made_again_by_keys(bench: Application) -> None:
    reader = bench.window.tabs.inputs.form.reader
    reader.setCurrentIndex(reader.findData("tf1"))
    assert dirty(bench)
    assert bench.window.actions_.undo.text() == "&Undo: Change the image loading"
    press_undo(bench.window)
    assert reading_of(bench.session).reader == "load_img:nearest"
    assert reader.value() == "load_img:nearest"
    assert not dirty(bench)
    assert not bench.window.isWindowModified()
    press_redo(bench.window)
    assert reading_of(bench.session).reader == "tf1"
    assert reader.value() == "tf1"


def test_the_tab_of_the_change_is_shown(bench: Application) -> None:
    reader = bench.window.tabs.inputs.form.reader
    reader.setCurrentIndex(reader.findData("tf1"))
    tick(bench.window.tabs.signature.answers.table, 1)
    bench.window.pages.setCurrentWidget(bench.window.tabs.test)
    press_undo(bench.window)
    assert bench.window.pages.currentWidget() is bench.window.tabs.signature
    press_undo(bench.window)
    assert bench.window.pages.currentWidget() is bench.window.tabs.inputs


def test_two_choices_in_a_row_are_two_steps(bench: Application) -> None:
    reader = bench.window.tabs.inputs.form.reader
    for key in ("tf1", "image_dataset"):
        reader.setCurrentIndex(reader.findData(key))
    press_undo(bench.window)
    assert reading_of(bench.session).reader == "tf1"


def test_what_is_typed_in_one_cell_is_one_step(qtbot: QtBot, bench: Application) -> None:
    table = bench.window.tabs.signature.inputs
    type_cell(qtbot, table, 0, "jpeg")
    assert steps(bench) == 1
    type_cell(qtbot, table, 0, "png")
    assert steps(bench) == 2
    press_undo(table.view)
    assert cells(table)[0] == "jpeg"
    press_undo(table.view)
    assert cells(table)[0] == "input"
    assert not dirty(bench)


def test_a_cell_that_is_left_as_it_was_is_no_step(qtbot: QtBot, bench: Application) -> None:
    table = bench.window.tabs.signature.inputs
    type_cell(qtbot, table, 0, "input")
    assert steps(bench) == 0
    editor = open_cell(qtbot, table, 0)
    QTest.keyClicks(editor, "other")
    assert steps(bench) == 1
    end_cell(qtbot, table, Qt.Key.Key_Escape)
    assert steps(bench) == 0


def test_in_an_open_cell_the_keys_take_back_letters(qtbot: QtBot, bench: Application) -> None:
    reader = bench.window.tabs.inputs.form.reader
    reader.setCurrentIndex(reader.findData("tf1"))
    bench.window.pages.setCurrentWidget(bench.window.tabs.signature)
    editor = open_cell(qtbot, bench.window.tabs.signature.inputs, 0)
    QTest.keyClicks(editor, "jpeg")
    press_undo(editor)
    assert editor.text() == "input"
    assert project_of(bench.session).signature.image_key == "input"
    assert reading_of(bench.session).reader == "tf1"


def test_a_field_of_the_project_has_no_undo_of_its_own(qtbot: QtBot, bench: Application) -> None:
    line = bench.window.tabs.signature.names.lines["name"]
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "predict")
    assert steps(bench) == 1
    press_undo(line)
    assert line.text() == "serving_default"
    assert project_of(bench.session).signature.name == "serving_default"
    assert bench.window.actions_.redo.text() == "&Redo: Rename a signature"
    press_undo(line)
    assert line.text() == "serving_default"
    press_redo(line)
    assert line.text() == "predict"


def test_leaving_a_field_ends_its_step(qtbot: QtBot, bench: Application) -> None:
    names = bench.window.tabs.signature.names
    for text in ("a", "b"):
        names.lines["name"].setFocus()
        QTest.keyClicks(names.lines["name"], text)
        names.lines["tensor"].setFocus()
    assert project_of(bench.session).signature.name == "serving_defaultab"
    assert steps(bench) == 2


def test_labels_are_typed_as_one_step_and_taken_back_with_the_focus_in_them(bench: Application) -> None:
    labels = bench.window.tabs.signature.labels.editor
    labels.setFocus()
    QTest.keyClicks(labels, "cat")
    assert steps(bench) == 1
    press_undo(labels)
    assert labels.toPlainText() == ""
    assert bench.window.actions_.redo.text() == "&Redo: Edit labels"
    assert project_of(bench.session).signature.labels == ()


def test_a_size_is_typed_as_one_step(bench: Application) -> None:
    bench.window.pages.setCurrentWidget(bench.window.tabs.inputs)
    box = bench.window.tabs.inputs.form.size_editor.height_box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "128")
    assert reading_of(bench.session).size == (128, 32)
    assert steps(bench) == 1
    press_undo(box)
    assert box.value() == 32
    assert bench.window.actions_.redo.text() == "&Redo: Change the size"


def test_a_text_that_is_no_setting_keeps_its_own_undo(bench: Application) -> None:
    reader = bench.window.tabs.inputs.form.reader
    reader.setCurrentIndex(reader.findData("tf1"))
    bench.window.pages.setCurrentWidget(bench.window.tabs.deploy)
    line = bench.window.tabs.deploy.push_card.version
    line.setFocus()
    QTest.keyClicks(line, "v7")
    press_undo(line)
    assert line.text() == ""
    assert reading_of(bench.session).reader == "tf1"


def test_saving_ends_a_step_and_undo_after_it_is_a_change_again(
    qtbot: QtBot, bench: Application, tmp_path: Path
) -> None:
    line = bench.window.tabs.signature.names.lines["name"]
    line.setFocus()
    QTest.keyClicks(line, "1")
    bench.session.save(tmp_path / "p" / "features.toml")
    assert not dirty(bench)
    QTest.keyClicks(line, "2")
    press_undo(line)
    assert line.text() == "serving_default1"
    assert not dirty(bench)
    press_undo(line)
    assert dirty(bench)
    # The paths are those of the file as it was saved, not those of the step.
    assert project_of(bench.session).model == "../features.h5"
    assert load_project(tmp_path / "p" / "features.toml").signature.name == "serving_default1"


def test_another_model_has_nothing_to_take_back(
    qtbot: QtBot, bench: Application, model_file: MakeModel, tmp_path: Path
) -> None:
    tick(bench.window.tabs.signature.answers.table, 1)
    bench.session.save(tmp_path / "f.toml")
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
        answer(bench.window, "New project")
    assert not bench.window.actions_.undo.isEnabled()
    press_undo(bench.window)
    assert not dirty(bench)


def test_a_removed_passthrough_key_comes_back_where_it_was(qtbot: QtBot, bench: Application) -> None:
    card = bench.window.tabs.signature.passthrough
    card.add_button.click()
    end_cell(qtbot, card.table)
    card.table.view.setCurrentIndex(card.table.model.index(0, 0))
    card.remove_button.click()
    assert cells(card.table) == ["object_id"]
    press_undo(card.table.view)
    assert cells(card.table) == ["metadata", "object_id"]
    press_undo(card.table.view)
    assert cells(card.table) == ["metadata"]
    assert QApplication.focusWidget() is card.table.view


def test_what_feeds_an_input_is_taken_back_whole(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("twins.h5")))
    before = project_of(bench.session)
    how = bench.window.tabs.inputs.feeding.how
    how.setCurrentIndex(how.findData("values"))
    assert project_of(bench.session).signature.image_key == "mask"
    press_undo(bench.window)
    assert project_of(bench.session) == before
