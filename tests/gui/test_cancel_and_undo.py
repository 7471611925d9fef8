"""What was cancelled stays cancelled and is told; what was added is taken back; the sample is the user's own copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gui.acting import cells, press_redo, press_undo, project_of, rename_scores
from workbench.gui.app import Application
from workbench.gui.engine.state import EngineState
from workbench.gui.project import sample
from workbench.gui.signature.tab import SignatureTab
from workbench.spec.messages import Predict
from workbench.spec.resources import resource

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]


def opened(qtbot: QtBot, bench: Application, model: Path) -> Application:
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model))
    return bench


@pytest.mark.parametrize("how", ["button", "escape"])
def test_a_run_that_was_cancelled_stays_so_when_the_engine_is_started_again(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages, how: str
) -> None:
    bench = opened(qtbot, make_workbench("--hold", "Predict"), model_file("digits.h5"))
    window, run = bench.window, bench.window.tabs.test.run
    asked = []
    bench.session.job_started.connect(lambda job: asked.append(job) if isinstance(job.request, Predict) else None)
    window.tabs.test.add([str(path) for path in image_files("a.png", "b.png")])
    qtbot.waitUntil(lambda: run.model.counts() == (2, 1, 0))
    if how == "button":
        QTest.mouseClick(window.job_bar.cancel_button, Qt.MouseButton.LeftButton)
    else:
        QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not run.running)
    window.actions_.restart.trigger()
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.STARTING)
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    assert len(asked) == 1
    assert run.model.counts() == (2, 1, 0)
    window.tabs.test.bar.run.click()
    assert len(asked) == 2


def test_a_run_whose_engine_died_is_not_gone_on_with_once_it_has_been_cancelled(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = opened(qtbot, make_workbench("--die-on", "Predict"), model_file("digits.h5"))
    run = bench.window.tabs.test.run
    bench.window.tabs.test.add([str(path) for path in image_files("a.png", "b.png")])
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.ENDED)
    run.cancel()
    bench.engine.start()
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    assert not run.running


@pytest.fixture
def signature(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> SignatureTab:
    """The Signature tab with a key just added, whose field has the focus."""
    bench = opened(qtbot, make_workbench(), model_file("digits.h5"))
    tab = bench.window.tabs.signature
    bench.window.pages.setCurrentWidget(tab)
    QTest.mouseClick(tab.passthrough.add_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    assert cells(tab.passthrough.table) == ["metadata", "object_id"]
    return tab


def focused() -> QLineEdit:
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    return editor


def test_an_added_passthrough_key_is_taken_back_while_its_field_has_the_focus(signature: SignatureTab) -> None:
    press_undo(focused())
    assert cells(signature.passthrough.table) == ["metadata"]
    press_redo(signature.window())
    assert cells(signature.passthrough.table) == ["metadata", "object_id"]


def test_what_was_typed_into_the_new_key_is_taken_back_first(signature: SignatureTab) -> None:
    editor = focused()
    editor.selectAll()
    QTest.keyClicks(editor, "order")
    assert cells(signature.passthrough.table) == ["metadata", "order"]
    press_undo(editor)
    assert cells(signature.passthrough.table) == ["metadata", "object_id"]
    assert editor.text() == "object_id"
    press_undo(editor)
    assert cells(signature.passthrough.table) == ["metadata"]


def test_opening_that_escape_cancels_is_told_and_can_be_had_after_all(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench("--hold", "Inspect")
    bench.window.open(str(model_file("digits.h5")))
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    QTest.keyClick(bench.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bench.window.banner.text == "Opening digits.h5 was cancelled.")
    with qtbot.waitSignal(bench.session.job_started) as started:
        QTest.mouseClick(bench.window.banner.action, Qt.MouseButton.LeftButton)
    assert started.args[0].request.path.endswith("digits.h5")


def test_the_sample_is_opened_and_saved_as_a_copy_and_a_changed_copy_stays(
    qtbot: QtBot, make_workbench: MakeBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "sample_folder", lambda: tmp_path / "mine" / "sample")
    installed = {path: path.read_bytes() for path in resource("sample").rglob("*") if path.is_file()}
    copy = tmp_path / "mine" / "sample" / "project.toml"
    bench = opened(qtbot, make_workbench(), resource("sample", "project.toml"))
    assert bench.session.path == copy
    rename_scores(bench.session, "mine")
    assert bench.session.save(copy)
    bench.session.close()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.actions_.sample.trigger()
    assert project_of(bench.session).signature.scores_key == "mine"
    assert {path: path.read_bytes() for path in resource("sample").rglob("*") if path.is_file()} == installed


def test_a_sample_that_cannot_be_copied_is_a_sentence(
    make_workbench: MakeBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sample, "sample_folder", lambda: tmp_path / "file" / "sample")
    bench = make_workbench()
    bench.window.actions_.sample.trigger()
    assert "The sample cannot be copied" in bench.window.banner.text
    assert bench.session.project is None
