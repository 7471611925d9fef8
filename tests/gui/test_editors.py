"""The contract of every editor: what is set is the value, setting emits nothing, editing emits the value."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from workbench.gui.signature.labels_card import LabelsEditor, read_labels
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.editors import ChoiceEditor, ScaleEditor, SizeEditor
from workbench.gui.widgets.step_list import StepList
from workbench.spec.reader import READER_WORDS, READERS
from workbench.spec.scale import SCALES


@pytest.mark.parametrize("value", [*READERS, "a reader of tomorrow"])
def test_a_choice_keeps_what_it_is_set_to(qtbot: QtBot, value: str) -> None:
    choice = ChoiceEditor(READER_WORDS)
    qtbot.addWidget(choice)
    with qtbot.assertNotEmitted(choice.value_changed):
        choice.set_value(value)
    assert choice.value() == value


def test_a_choice_tells_the_key_that_was_chosen(qtbot: QtBot) -> None:
    choice = ChoiceEditor(READER_WORDS)
    qtbot.addWidget(choice)
    with qtbot.waitSignal(choice.value_changed) as blocker:
        choice.setCurrentIndex(2)
    assert blocker.args == [list(READERS)[2]]


@pytest.mark.parametrize("value", [(1, 1), (224, 299), (8192, 7)])
def test_a_size_keeps_what_it_is_set_to(qtbot: QtBot, value: tuple[int, int]) -> None:
    editor = SizeEditor()
    qtbot.addWidget(editor)
    with qtbot.assertNotEmitted(editor.value_changed):
        editor.set_value(value)
    assert editor.value() == value
    with qtbot.waitSignal(editor.value_changed) as blocker:
        editor.findChildren(QSpinBox)[1].setValue(64)
    assert blocker.args == [(value[0], 64)]


def test_a_size_as_sent_keeps_the_usual_numbers_in_its_boxes(qtbot: QtBot) -> None:
    editor = SizeEditor()
    qtbot.addWidget(editor)
    with qtbot.assertNotEmitted(editor.value_changed):
        editor.set_value("as sent", (20, 30))
    assert editor.value() == "as sent"
    with qtbot.waitSignal(editor.value_changed) as blocker:
        editor.as_sent.setChecked(False)
    assert blocker.args == [(20, 30)]


@pytest.mark.parametrize(
    "value", [*SCALES, "mean/std:1,2,3/4,5,6", "mean/std:127.5/127.5", "mean/std:/", "mean/std:a/"]
)
def test_a_scale_keeps_what_it_is_set_to_even_half_typed(qtbot: QtBot, value: str) -> None:
    editor = ScaleEditor()
    qtbot.addWidget(editor)
    with qtbot.assertNotEmitted(editor.value_changed):
        editor.set_value(value)
    assert editor.value() == value


def test_typing_a_mean_by_hand_gives_the_project_s_text(qtbot: QtBot) -> None:
    editor = ScaleEditor()
    qtbot.addWidget(editor)
    editor.set_value("mean/std:/")
    mean, std = editor.findChildren(QLineEdit)
    QTest.keyClicks(mean, "1, 2, 3")
    QTest.keyClicks(std, "4,5,6")
    assert editor.value() == "mean/std:1,2,3/4,5,6"


def test_labels_keep_their_order_and_the_cursor(qtbot: QtBot) -> None:
    editor = LabelsEditor()
    qtbot.addWidget(editor)
    with qtbot.assertNotEmitted(editor.value_changed):
        editor.set_value(("cat", "dog"))
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    editor.set_value(("cat", "dog"))
    assert editor.toPlainText() == "cat\ndog\n"
    QTest.keyClicks(editor, "fox")
    assert editor.value() == ("cat", "dog", "fox")


def test_a_labels_file_may_end_in_empty_lines_but_not_lose_one_in_the_middle() -> None:
    assert read_labels(" a\n\nb \r\nc\n\n\n") == ("a", "", "b", "c")


def test_copy_puts_the_whole_text_on_the_clipboard(qtbot: QtBot) -> None:
    text = CopyText("Reply", "Reply")
    qtbot.addWidget(text)
    text.set_text('{"a": 1}')
    with qtbot.waitSignal(text.copied) as blocker:
        text.copy_button.click()
    assert blocker.args == ['{"a": 1}']


def test_steps_are_ticked_one_after_the_other_and_the_last_may_fail(qtbot: QtBot) -> None:
    steps = StepList()
    qtbot.addWidget(steps)
    for word in ("gate", "upload", "upload"):
        steps.reach(word)
    assert steps.steps() == [("gate", "done"), ("upload", "working")]
    steps.fail()
    assert steps.steps()[-1] == ("upload", "failed")
    steps.clear()
    assert steps.steps() == []
