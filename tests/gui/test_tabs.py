"""The Model, Inputs and Signature tabs on a session with a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.inputs_tab import InputsTab
from workbench.gui.model_tab import ModelTab
from workbench.gui.recent import RecentFiles
from workbench.gui.session import Session
from workbench.gui.signature_tab import SignatureTab
from workbench.gui.tab import Tab, TabState

MakeSession = Callable[..., Session]
MakeModel = Callable[[str], Path]
Open = Callable[[str], Session]


@pytest.fixture
def open_model(qtbot: QtBot, make_session: MakeSession, model_file: MakeModel) -> Open:
    """A session on a model the fake engine knows; opened by `session.open` once the tab is made."""

    def act(name: str) -> Session:
        session = make_session()
        session.setProperty("path", str(model_file(name)))
        return session

    return act


def begin(qtbot: QtBot, session: Session, tab: Tab) -> None:
    qtbot.addWidget(tab)
    tab.show()
    with qtbot.waitSignal(session.opened):
        session.open(str(session.property("path")))


def state_of(tab: Tab) -> TabState:
    """The state, asked anew each time: the type checker believes that what was asserted stays."""
    return tab.state


def words(tab: Tab) -> str:
    return "\n".join(label.toolTip() or label.text() for label in tab.findChildren(QLabel))


def test_the_model_tab_invites_and_then_shows_what_the_file_says(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("features.h5")
    tab = ModelTab(session, RecentFiles(session))
    assert state_of(tab) is TabState.NOT_YET
    begin(qtbot, session, tab)
    text = words(tab)
    for fact in ("HDF5 (.h5)", "Keras 2.1.6 on tensorflow", "tf_keras", "38\u202f154", "287 kB", "5f3c9a7e1b5f3c9a..."):
        assert fact in text
    assert "Features" in text
    assert "float32 (?, 32, 32, 3)" in text
    assert state_of(tab) is TabState.DONE


def test_the_model_tab_shows_problems_and_code(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("odd.h5")
    tab = ModelTab(session, RecentFiles(session))
    begin(qtbot, session, tab)
    assert state_of(tab) is TabState.ATTENTION
    assert "OLD_KERAS" in words(tab)
    lambdas = open_model("lambda.h5")
    other = ModelTab(lambdas, RecentFiles(lambdas))
    begin(qtbot, lambdas, other)
    assert "lambda_1" in words(other)


def test_inputs_edit_the_preprocess_of_the_project(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("anysize.h5")
    tab = InputsTab(session)
    assert not tab.isEnabled()
    begin(qtbot, session, tab)
    tab.reader.setCurrentIndex(tab.reader.findData("tf1"))
    tab.scale.choice.setCurrentIndex(tab.scale.choice.findData("-1..1"))
    tab.size_editor.height_box.setValue(64)
    assert session.project is not None
    preprocess = session.project.preprocess
    assert (preprocess.reader, preprocess.scale, preprocess.size) == ("tf1", "-1..1", (64, 224))
    assert "bilinear, as TensorFlow 1 did" in tab.pipeline.text()
    assert "to 64×224 pixels" in tab.pipeline.text()


def test_a_size_the_model_does_not_take_is_told_at_the_field(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("digits.h5")
    tab = InputsTab(session)
    begin(qtbot, session, tab)
    assert state_of(tab) is TabState.DONE
    tab.size_editor.height_box.setValue(33)
    assert "The model takes 32x32" in tab.fields["preprocess.size"].problem
    assert state_of(tab) is TabState.ATTENTION
    tab.size_editor.height_box.setValue(32)
    assert tab.fields["preprocess.size"].problem == ""
    assert state_of(tab) is TabState.DONE


def test_a_half_typed_mean_is_told_at_the_field_and_kept(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("digits.h5")
    tab = InputsTab(session)
    begin(qtbot, session, tab)
    tab.scale.choice.setCurrentIndex(tab.scale.choice.findData("mean/std:"))
    assert "one mean" in tab.fields["preprocess.scale"].problem
    assert tab.scale.value() == "mean/std:/"


def test_passthrough_keys_are_edited_and_doubles_told_at_the_field(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("digits.h5")
    tab = InputsTab(session)
    begin(qtbot, session, tab)
    for key in ("object_id", "metadata"):
        QTest.keyClicks(tab.passthrough.entry, key)
        QTest.keyClick(tab.passthrough.entry, Qt.Key.Key_Return)
    assert session.project is not None
    assert session.project.signature.passthrough == ("metadata", "object_id", "metadata")
    assert "twice" in tab.fields["signature.passthrough"].problem


def test_other_model_inputs_are_listed(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("features.h5")
    tab = InputsTab(session)
    begin(qtbot, session, tab)
    assert "Features" in words(tab)
    assert tab.fields["preprocess.input"].isHidden()


def test_with_several_image_inputs_one_is_chosen(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("twins.h5")
    tab = InputsTab(session)
    begin(qtbot, session, tab)
    assert tab.fields["preprocess.input"].isVisibleTo(tab)
    tab.image_input.setCurrentIndex(tab.image_input.findData("mask"))
    assert session.project is not None
    assert session.project.preprocess.input == "mask"


def test_the_signature_follows_every_key_that_is_typed(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("digits.h5")
    tab = SignatureTab(session)
    begin(qtbot, session, tab)
    tab.image_key.clear()
    assert tab.fields["signature.image_key"].problem
    QTest.keyClicks(tab.image_key, "jpeg")
    assert tab.fields["signature.image_key"].problem == ""
    assert "inputs['jpeg'] tensor_info" in tab.signature_text.text()
    assert '"jpeg": {' in tab.request_text.text()
    tab.scores_key.setText("probabilities")
    assert '"probabilities": [' in tab.reply_text.text()


def test_a_key_used_twice_is_told_and_typing_goes_on(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("digits.h5")
    tab = SignatureTab(session)
    begin(qtbot, session, tab)
    tab.image_key.setText("metadata")
    assert state_of(tab) is TabState.ATTENTION
    QTest.keyClicks(tab.image_key, "2")
    assert tab.image_key.text() == "metadata2"
    assert state_of(tab) is TabState.DONE


def test_labels_come_from_a_file_and_are_counted_against_the_scores(
    qtbot: QtBot, open_model: Open, tmp_path: Path
) -> None:
    session = open_model("digits.h5")
    tab = SignatureTab(session)
    begin(qtbot, session, tab)
    (tmp_path / "labels.txt").write_text("\n".join("abcdefghi") + "\n")
    tab.load_labels(str(tmp_path / "labels.txt"))
    assert tab.label_count.text() == "9 labels for 10 scores"
    assert "9 labels for 10 scores" in tab.fields["signature.labels"].problem
    tab.labels.appendPlainText("j")
    assert session.project is not None
    assert session.project.signature.labels == tuple("abcdefghij")
    assert tab.fields["signature.labels"].problem == ""


def test_labels_that_cannot_be_read_are_one_sentence(qtbot: QtBot, open_model: Open, tmp_path: Path) -> None:
    session = open_model("digits.h5")
    tab = SignatureTab(session)
    begin(qtbot, session, tab)
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\x00")
    with qtbot.waitSignal(session.noticed) as blocker:
        tab.load_labels(str(tmp_path / "labels.txt"))
    assert "labels cannot be read" in blocker.args[0].text


def test_with_several_outputs_the_scores_key_has_nothing_to_name(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("heads.h5")
    tab = SignatureTab(session)
    begin(qtbot, session, tab)
    assert not tab.scores_key.isEnabled()
    assert "outputs['age']" in tab.signature_text.text()
