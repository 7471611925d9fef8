"""The Model tab on a session with a fake engine: facts, layers, labels, problems, repairs, consent, its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.model.consent_dialog import ConsentDialog
from workbench.gui.model.facts_column import frozen_parameters
from workbench.gui.model.notes import notes_of
from workbench.gui.model.tab import ModelTab
from workbench.gui.project.recent_files import RecentFiles
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.spec.model import LayerFacts, ModelFacts, Problem
from workbench.spec.project import load_project

MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]
Open = Callable[[str], ModelTab]


@pytest.fixture
def open_tab(qtbot: QtBot, make_session: MakeSession, model_file: MakeModel) -> Open:
    """A Model tab on which a file of that name has been opened."""

    def act(name: str) -> ModelTab:
        session = make_session()
        tab = ModelTab(session, RecentFiles(session))
        tab.setProperty("session", session)
        qtbot.addWidget(tab)
        tab.resize(1300, 560)
        tab.show()
        with qtbot.waitSignal(session.opened):
            session.open(str(model_file(name)))
        qtbot.waitUntil(lambda: tab.settled)
        return tab

    return act


def session_of(tab: ModelTab) -> ProjectSession:
    session = tab.property("session")
    assert isinstance(session, ProjectSession)
    return session


def facts_of(session: ProjectSession) -> ModelFacts:
    assert session.facts is not None
    return session.facts


def is_held(session: ProjectSession) -> bool:
    """Asked anew each time: the type checker believes that what was asserted stays."""
    return session.held


def state_of(tab: ModelTab) -> TabState:
    return tab.state


def words(tab: ModelTab) -> str:
    return "\n".join(label.toolTip() or label.text() for label in tab.findChildren(QLabel) if label.isVisible())


def consent(tab: ModelTab) -> ConsentDialog:
    tab.code.allow_button.click()
    (dialog,) = tab.findChildren(ConsentDialog)
    return dialog


def test_the_layers_stand_in_a_table_and_their_parameters_are_counted(open_tab: Open) -> None:
    tab = open_tab("digits.h5")
    assert tab.layers.isVisible()
    assert tab.layers.model.rowCount() == 5
    assert "38\u202f154, 28\u202f906 in trainable layers" in words(tab)
    assert not tab.code.isVisible()


def test_labels_in_the_file_are_the_projects_from_the_start_and_come_back_with_one_click(open_tab: Open) -> None:
    tab = open_tab("labelled.h5")
    session = session_of(tab)
    assert "10 labels: a, b, c, d, e, ..." in "\n".join(label.text() for label in tab.findChildren(QLabel))
    assert "76 kB" in words(tab)
    column = tab.facts_column
    assert column is not None
    assert session.project is not None
    assert session.project.signature.labels == tuple("abcdefghij")
    assert not session.dirty
    session.set_signature(msgspec.structs.replace(session.project.signature, labels=()))
    assert (column.labels_button.isEnabled(), column.labels_button.text()) == (True, "&Use as class labels")
    column.labels_button.click()
    assert session.project.signature.labels == tuple("abcdefghij")
    assert (column.labels_button.isEnabled(), column.labels_button.text()) == (False, "In &use")


@pytest.mark.parametrize(
    ("name", "word"), [("digits.h5", "HDF5 (.h5)"), ("zip.keras", "Keras (.keras)"), ("inner.hdf", "HDF5 (.h5)")]
)
def test_the_format_is_what_the_scan_found(open_tab: Open, name: str, word: str) -> None:
    assert word in words(open_tab(name))


def test_problems_and_repairs_stand_in_one_list_with_details_behind_a_button(open_tab: Open) -> None:
    tab = open_tab("odd.h5")
    assert [(note.code, note.icon) for note in tab.notes.notes] == [("OLD_KERAS", "alert"), ("KERAS1_DENSE", "repair")]
    assert state_of(tab) is TabState.ATTENTION
    row = tab.notes.rows[1]
    assert "Keras 2 renamed it." not in words(tab)
    row.more.click()
    assert "Keras 2 renamed it.\nSource: keras/legacy/interfaces.py" in words(tab)
    assert row.more.accessibleName() == "Details of KERAS1_DENSE"
    (code,) = (label for label in row.findChildren(QLabel) if label.text() == "KERAS1_DENSE")
    assert code.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_many_problems_of_one_kind_are_one_note(open_tab: Open) -> None:
    facts = facts_of(session_of(open_tab("digits.h5")))
    many = tuple(Problem("NO_SHAPE", f"Layer {n}.") for n in range(40))
    (note,) = notes_of(msgspec.structs.replace(facts, problems=many))
    assert note.message == "Layer 0. And 39 more of this kind."
    assert note.details.splitlines()[-1] == "Layer 39."


def test_a_model_with_code_is_not_loaded_until_it_is_allowed(qtbot: QtBot, open_tab: Open) -> None:
    tab = open_tab("lambda_unknown.h5")
    session = session_of(tab)
    assert is_held(session)
    assert tab.code.own.text.endswith("until you allow it: lambda_1")
    assert facts_of(session).outputs[0].shape is None
    dialog = consent(tab)
    assert dialog.isVisible()
    assert dialog.layers.toPlainText() == "lambda_1"
    dialog.allow.click()
    qtbot.waitUntil(lambda: facts_of(session).outputs[0].shape == (None, 10))
    assert not is_held(session)
    assert "You have allowed" in tab.code.own.text
    assert (tab.code.allow_button.isVisible(), tab.code.forbid_button.isVisible()) == (False, True)
    tab.code.forbid_button.click()
    qtbot.waitUntil(lambda: session.held)


def test_code_that_is_plain_arithmetic_needs_no_consent(open_tab: Open) -> None:
    tab = open_tab("rescaled.h5")
    assert facts_of(session_of(tab)).runs_code
    assert not is_held(session_of(tab))
    assert not tab.code.isVisible()
    assert state_of(tab) is TabState.DONE


def test_what_stands_inside_a_frozen_model_is_counted_with_it() -> None:
    layers = (
        LayerFacts("base", "Model", 100, trainable=False),
        LayerFacts("base/conv", "Conv2D", 60, trainable=False),
        LayerFacts("base/dense", "Dense", 40),
        LayerFacts("top", "Model", 50),
        LayerFacts("top/a", "Dense", 20, trainable=False),
        LayerFacts("top/b", "Dense", 30),
    )
    assert frozen_parameters(layers) == 120


def test_return_and_escape_give_no_consent(qtbot: QtBot, open_tab: Open) -> None:
    tab = open_tab("lambda_unknown.h5")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        dialog = consent(tab)
        with qtbot.waitSignal(dialog.rejected), qtbot.assertNotEmitted(session_of(tab).job_started):
            QTest.keyClick(dialog, key)
        qtbot.waitUntil(lambda: not tab.findChildren(ConsentDialog))
    assert session_of(tab).held


def test_a_python_file_is_named_once_and_goes_into_the_project(qtbot: QtBot, open_tab: Open, tmp_path: Path) -> None:
    tab = open_tab("custom.h5")
    session = session_of(tab)
    assert tab.code.custom.text.endswith("MyPool, swish2")
    assert state_of(tab) is TabState.ATTENTION
    with qtbot.waitSignal(session.renewed):
        session.set_custom(str(tmp_path / "other.py"))
    assert tab.code.custom.text == "other.py does not define all of these: MyPool, swish2"
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "layers.py").write_text("")
    tab.code.custom_button.click()
    (dialog,) = tab.findChildren(QFileDialog)
    with qtbot.waitSignal(session.renewed):
        dialog.fileSelected.emit(str(tmp_path / "lib" / "layers.py"))
    dialog.close()
    assert session.project is not None
    assert session.project.custom == "lib/layers.py"
    assert session.dirty
    assert "layers.py" in tab.code.custom.text
    assert state_of(tab) is TabState.DONE
    (tmp_path / "projects").mkdir()
    assert session.save(tmp_path / "projects" / "p.toml")
    assert load_project(tmp_path / "projects" / "p.toml").custom == "../lib/layers.py"


def test_a_project_that_names_a_python_file_does_not_run_it_by_being_opened(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path
) -> None:
    model_file("custom_unknown.h5")
    (tmp_path / "layers.py").write_text("")
    (tmp_path / "p.toml").write_text(
        'workbench = 1\nmodel = "custom_unknown.h5"\ncustom = "layers.py"\n[preprocess]\nsize = [32, 32]\n'
    )
    session = make_session()
    jobs: list[str] = []
    session.job_started.connect(lambda job: jobs.append(type(job.request).__name__))
    with qtbot.waitSignal(session.opened):
        session.open(str(tmp_path / "p.toml"))
    assert jobs == ["ReadProject", "Inspect"]
    assert session.custom == str(tmp_path / "layers.py")
    assert session.held
    session.consents.allow_file(session.custom, "custom")
    qtbot.waitUntil(lambda: not session.held and facts_of(session).outputs[0].shape == (None, 10))
    assert jobs == ["ReadProject", "Inspect", "AllowCode", "Inspect", "LoadFacts"]


def test_the_python_file_of_a_project_is_asked_about_by_its_name_and_what_needs_it(
    qtbot: QtBot, open_tab: Open, model_file: MakeModel, tmp_path: Path
) -> None:
    tab = open_tab("digits.h5")
    model_file("custom.h5")
    (tmp_path / "layers.py").write_text("")
    (tmp_path / "p.toml").write_text(
        'workbench = 1\nmodel = "custom.h5"\ncustom = "layers.py"\n[preprocess]\nsize = [32, 32]\n'
    )
    session = session_of(tab)
    with qtbot.waitSignal(session.opened):
        session.open(str(tmp_path / "p.toml"))
    assert state_of(tab) is TabState.ATTENTION
    tab.code.custom_allow_button.click()
    asked = consent(tab)
    assert "MyPool, swish2" in asked.layers.accessibleName()
    assert asked.layers.toPlainText() == str(tmp_path / "layers.py")
    assert asked.refuse.isDefault()
    with qtbot.waitSignal(session.renewed):
        asked.allow.click()
    assert not session.held
    assert tab.code.custom_allow_button.isHidden()


def test_a_file_that_would_have_to_load_waits_for_its_python_file(qtbot: QtBot, open_tab: Open, tmp_path: Path) -> None:
    tab = open_tab("custom_unknown.h5")
    session = session_of(tab)
    assert facts_of(session).outputs[0].shape is None
    (tmp_path / "layers.py").write_text("")
    session.set_custom(str(tmp_path / "layers.py"))
    qtbot.waitUntil(lambda: facts_of(session).outputs[0].shape == (None, 10))
