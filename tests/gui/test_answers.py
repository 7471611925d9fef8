"""The Signature tab's outputs, labels and names of signatures, on a session with a fake engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import cells, project_of, remark_at, state_of, tick
from gui.opened_tabs import MakeSignature
from workbench.gui.signature.key_rows import KeyColumn
from workbench.gui.tab import TabState


def test_an_output_is_left_out_and_put_in_again(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("heads.h5")
    table = tab.answers.table
    assert cells(table)[:2] == ["dense_1", "age"]
    tick(table, 1)
    assert project_of(session).signature.outputs == {"age": ""}
    assert "outputs['age']" not in tab.exchange.signature_text.text()
    tick(table, 1)
    assert project_of(session).signature.outputs == {}
    assert "outputs['age']" in tab.exchange.signature_text.text()


def test_a_click_on_the_tick_box_does_the_same_as_space(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("heads.h5")
    cell = tab.answers.table.view.visualRect(tab.answers.table.model.index(1, KeyColumn.KEY))
    place = QPoint(cell.left() + 10, cell.center().y())
    QTest.mouseClick(tab.answers.table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert project_of(session).signature.outputs == {"age": ""}


def test_leaving_the_only_output_out_is_told_at_it(qtbot: QtBot, make_signature: MakeSignature) -> None:
    _, tab = make_signature("digits.h5")
    tick(tab.answers.table, 0)
    assert state_of(tab) is TabState.ATTENTION
    assert "give the scores a key" in remark_at(tab.answers.table, 0)
    assert "give the scores a key" in tab.answers.table.problem.text
    assert tab.word.text() == "1 problem to fix"


def test_best_labels_come_with_their_scores_and_go_with_them(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    table = tab.answers.table
    tick(table, 1)
    keys = project_of(session).signature
    assert (keys.top_k, keys.labels_key, keys.top_scores_key) == (5, "labels", "scores")
    assert tab.answers.top.value() == 5
    assert cells(table, KeyColumn.WHAT)[1] == "top-5 class indices"
    tick(table, 2)
    assert project_of(session).signature.top_scores_key == ""
    tick(table, 1)
    keys = project_of(session).signature
    assert (keys.top_k, keys.labels_key, keys.top_scores_key) == (0, "labels", "scores")


def test_the_number_of_best_labels_is_at_most_that_of_the_scores(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    tab.answers.top.setValue(99)
    assert project_of(session).signature.top_k == 10
    assert '"labels": [0, 0, 0,' in tab.exchange.reply_text.text()
    tab.answers.top.setValue(0)
    assert project_of(session).signature.top_k == 0


def test_with_several_outputs_the_scores_are_chosen_before_labels_can_be_answered(
    qtbot: QtBot, make_signature: MakeSignature
) -> None:
    session, tab = make_signature("heads.h5")
    table = tab.answers.table
    assert not tab.answers.top.isEnabled()
    tick(table, 2)
    assert project_of(session).signature.top_k == 0
    assert "the output with the scores" in str(table.model.index(2, 0).data(Qt.ItemDataRole.ToolTipRole))
    tab.answers.scores_of.setCurrentIndex(tab.answers.scores_of.findData("dense_1"))
    assert project_of(session).signature.scores_of == "dense_1"
    assert cells(table)[0] == "classes"
    tick(table, 4)
    assert project_of(session).signature.best_key == "label"


def test_a_second_activation_is_a_note_at_its_field_and_no_problem(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    tab.answers.activation.setCurrentIndex(tab.answers.activation.findData("softmax"))
    assert project_of(session).signature.activation == "softmax"
    assert "flattens the scores" in tab.answers.fields["signature.activation"].note
    assert state_of(tab) is TabState.DONE


def test_labels_come_from_a_file_and_are_counted_against_the_scores(
    qtbot: QtBot, make_signature: MakeSignature, tmp_path: Path
) -> None:
    session, tab = make_signature("digits.h5")
    (tmp_path / "labels.txt").write_text("\n".join("abcdefghi") + "\n")
    tab.load_labels(str(tmp_path / "labels.txt"))
    assert tab.labels.count.text() == "9 labels for 10 scores"
    assert "9 labels for 10 scores" in tab.labels.field.problem
    tab.labels.editor.appendPlainText("j")
    assert project_of(session).signature.labels == tuple("abcdefghij")
    assert tab.labels.field.problem == ""


def test_labels_that_cannot_be_read_are_one_sentence(
    qtbot: QtBot, make_signature: MakeSignature, tmp_path: Path
) -> None:
    session, tab = make_signature("digits.h5")
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\x00")
    with qtbot.waitSignal(session.noticed) as blocker:
        tab.load_labels(str(tmp_path / "labels.txt"))
    assert "labels cannot be read" in blocker.args[0].text


def test_signatures_are_named_left_out_and_put_in(qtbot: QtBot, make_signature: MakeSignature) -> None:
    session, tab = make_signature("digits.h5")
    line = tab.names.lines["name"]
    line.selectAll()
    QTest.keyClicks(line, "predict")
    assert project_of(session).signature.name == "predict"
    assert "serving_default" in tab.names.note.text
    tab.names.ticks["tensor"].click()
    assert project_of(session).signature.tensor == ""
    assert not tab.names.lines["tensor"].isEnabled()
    tab.names.ticks["classify"].click()
    assert project_of(session).signature.classify == "classify"
    line = tab.names.lines["classify"]
    line.selectAll()
    QTest.keyClicks(line, "predict")
    assert "Two signatures are named 'predict'" in tab.names.problem.text
    assert state_of(tab) is TabState.ATTENTION
