"""The Signature tab on a session with a fake engine: tables of keys, labels, names, and the texts that follow."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from gui.acting import cells, end_cell, open_cell, project_of, remark_at, state_of, type_cell
from gui.opened_tabs import MakeSignature
from workbench.gui.signature.key_rows import KeyColumn
from workbench.gui.tab import TabState
from workbench.spec.settings import ImageInput, Passthrough


def test_the_texts_follow_every_letter_that_is_typed_in_a_cell(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    editor = open_cell(qtbot, tab.inputs, 0)
    QTest.keyClicks(editor, "jpe")
    assert project_of(session).signature.image_key == "jpe"
    assert "inputs['jpe'] tensor_info" in tab.exchange.signature_text.text()
    QTest.keyClicks(editor, "g")
    assert editor.text() == "jpeg"
    assert '"jpeg": {' in tab.exchange.request_text.text()
    type_cell(qtbot, tab.answers.table, 0, "probabilities")
    assert '"probabilities": [' in tab.exchange.reply_text.text()


def test_escape_takes_back_what_was_typed_in_a_cell(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    editor = open_cell(qtbot, tab.inputs, 0)
    QTest.keyClicks(editor, "jpeg")
    end_cell(qtbot, tab.inputs, Qt.Key.Key_Escape)
    assert project_of(session).signature.image_key == "input"
    assert cells(tab.inputs) == ["input"]
    assert not session.dirty


def test_a_key_used_twice_is_told_in_its_cell_and_below_and_typing_goes_on(
    qtbot: QtBot, make_signature: MakeSignature
) -> None:
    session, tab = make_signature("digits.h5")
    editor = open_cell(qtbot, tab.inputs, 0)
    QTest.keyClicks(editor, "metadata")
    assert state_of(tab) is TabState.ATTENTION
    assert "used twice" in remark_at(tab.passthrough.table, 0)
    assert "used twice" in tab.passthrough.table.problem.text
    assert tab.word.text() == "1 problem to fix"
    QTest.keyClicks(editor, "2")
    assert project_of(session).signature.image_key == "metadata2"
    assert remark_at(tab.passthrough.table, 0) == ""
    assert state_of(tab) is TabState.DONE


def test_keys_that_one_loader_refuses_are_told_where_they_stand(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("features.h5")
    type_cell(qtbot, tab.inputs, 0, "class")
    assert "Python keyword" in remark_at(tab.inputs, 0)
    assert state_of(tab) is TabState.ATTENTION
    type_cell(qtbot, tab.inputs, 0, "class_")
    assert remark_at(tab.inputs, 0) == ""
    type_cell(qtbot, tab.inputs, 1, "self")
    assert "no caller of tf.saved_model.load" in remark_at(tab.inputs, 1)
    assert remark_at(tab.inputs, 0) == ""
    type_cell(qtbot, tab.inputs, 1, "a-b")
    type_cell(qtbot, tab.passthrough.table, 0, "a_b")
    assert "beside 'a-b'" in remark_at(tab.passthrough.table, 0)
    assert project_of(session).signature.passthrough == ("a_b",)
    type_cell(qtbot, tab.passthrough.table, 0, "id")
    assert state_of(tab) is TabState.DONE


def test_an_illegal_key_is_told_where_it_stands(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("features.h5")
    assert cells(tab.inputs) == ["input", "Features"]
    type_cell(qtbot, tab.inputs, 1, "a b")
    assert "cannot be a key" in remark_at(tab.inputs, 1)
    assert remark_at(tab.inputs, 0) == ""


def test_a_model_input_is_renamed_and_its_own_name_is_no_entry(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("features.h5")
    type_cell(qtbot, tab.inputs, 1, "age")
    assert project_of(session).signature.inputs == {"Features": "age"}
    assert cells(tab.inputs, KeyColumn.WHAT)[1] == "values for 'Features'"
    type_cell(qtbot, tab.inputs, 1, "Features")
    assert project_of(session).signature.inputs == {}


def test_a_further_picture_has_a_key_of_its_own(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("twins.h5")
    assert cells(tab.inputs) == ["input", "mask"]
    type_cell(qtbot, tab.inputs, 1, "mask_png")
    assert project_of(session).images == {"mask": ImageInput(key="mask_png")}
    type_cell(qtbot, tab.inputs, 1, "input")
    assert "used twice" in remark_at(tab.inputs, 1)


def test_passthrough_keys_are_added_typed_over_and_removed(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    tab.passthrough.add_button.click()
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClicks(editor, "id")
    end_cell(qtbot, tab.passthrough.table)
    assert project_of(session).signature.passthrough == ("metadata", "id")
    tab.passthrough.table.view.setCurrentIndex(tab.passthrough.table.model.index(0, 0))
    QTest.keyClick(tab.passthrough.table.view, Qt.Key.Key_Delete)
    assert project_of(session).signature.passthrough == ("id",)
    assert cells(tab.passthrough.table) == ["id"]


def test_a_passthrough_key_gets_a_type_a_shape_and_another_name_in_the_reply(
    qtbot: QtBot, make_signature: MakeSignature
) -> None:
    session, tab = make_signature("digits.h5")
    table = tab.passthrough.table
    type_cell(qtbot, table, 0, "?, 2", KeyColumn.SHAPE)
    type_cell(qtbot, table, 0, "box", KeyColumn.WHAT)
    table.edit(0, KeyColumn.TYPE)
    (box,) = table.view.findChildren(QComboBox)
    box.setCurrentText("float32")
    box.activated.emit(box.currentIndex())
    assert project_of(session).signature.passthrough == (Passthrough("metadata", "box", "float32", (-1, 2)),)
    assert cells(table, KeyColumn.SHAPE) == ["[?, 2]"]
    assert '"box": [' in tab.exchange.reply_text.text()
    assert "shape: (-1, -1, 2)" in tab.exchange.signature_text.text()
    # Examples cannot carry an open shape; that is said at the name of their signature.
    assert "its shape is not fixed" in tab.names.problem.text


def test_a_shape_that_is_none_is_told_in_its_cell(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("digits.h5")
    editor = open_cell(qtbot, tab.passthrough.table, 0, KeyColumn.SHAPE)
    QTest.keyClicks(editor, "four")
    assert editor.text() == ""
    QTest.keyClicks(editor, "0")
    end_cell(qtbot, tab.passthrough.table)
    assert "above 0" in remark_at(tab.passthrough.table, 0, KeyColumn.SHAPE)


def test_a_default_is_kept_as_json_and_follows_its_key(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("features.h5")
    type_cell(qtbot, tab.inputs, 1, "[1, 2, 3]", KeyColumn.DEFAULT)
    assert project_of(session).signature.defaults == {"Features": [1, 2, 3]}
    type_cell(qtbot, tab.inputs, 1, "age")
    assert project_of(session).signature.defaults == {"age": [1, 2, 3]}
    type_cell(qtbot, tab.inputs, 1, "[1]", KeyColumn.DEFAULT)
    assert "default of 'age'" in remark_at(tab.inputs, 1, KeyColumn.DEFAULT)
    type_cell(qtbot, tab.inputs, 1, " ", KeyColumn.DEFAULT)
    assert project_of(session).signature.defaults == {}


def test_defaults_are_asked_for_only_where_examples_are_taken(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("features.h5")
    assert not tab.inputs.view.isColumnHidden(KeyColumn.DEFAULT)
    tab.names.ticks["tf_example"].click()
    assert tab.inputs.view.isColumnHidden(KeyColumn.DEFAULT)


def test_a_name_the_model_has_not_is_told_below_and_dropped_with_the_next_edit(
    qtbot: QtBot, make_signature: MakeSignature
) -> None:
    session, tab = make_signature("heads.h5")
    keys = project_of(session).signature
    session.set_signature(msgspec.structs.replace(keys, inputs={"gone": "x"}, outputs={"lost": "y"}))
    assert "The model has no 'gone'" in tab.word.text()
    type_cell(qtbot, tab.answers.table, 1, "years")
    assert project_of(session).signature.outputs == {"age": "years"}


def test_the_scores_keep_the_name_that_is_typed_even_if_it_is_their_own(
    qtbot: QtBot, make_signature: MakeSignature
) -> None:
    session, tab = make_signature("digits.h5")
    session.set_signature(msgspec.structs.replace(project_of(session).signature, outputs={"dense_1": "p"}))
    type_cell(qtbot, tab.answers.table, 0, "dense_1")
    assert cells(tab.answers.table)[0] == "dense_1"
    assert "outputs['dense_1']" in tab.exchange.signature_text.text()


def test_a_problem_without_a_field_is_told_below(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("fixed.h5")
    assert "has the fixed batch size 8" in tab.word.text()
    assert state_of(tab) is TabState.ATTENTION


def test_a_model_without_image_has_tables_too(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("vector.h5")
    assert tab.isEnabled()
    assert cells(tab.inputs) == ["x"]
    assert '"x": [0.0, 0.0, 0.0, 0.0]' in tab.exchange.request_text.text()
