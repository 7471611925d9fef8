"""What the window offers when a model cannot be opened or used as it is; and a load that is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from workbench.gui.app import Application
from workbench.gui.model.consent_dialog import ConsentDialog
from workbench.gui.notices import ErrorRemedy, remedy_for
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import ErrorInfo
from workbench.spec.project import load_project

MakeBench = Callable[..., Application]
MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]

PROJECT = 'workbench = 1\nmodel = "weights.h5"\n[preprocess]\nsize = [32, 32]\n'


def choose(bench: Application, path: Path) -> None:
    """Answer the file dialog that is open."""
    (dialog,) = bench.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_weights_alone_are_offered_an_architecture_and_open_with_it(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    bench.window.open(str(model_file("weights.h5")))
    qtbot.waitUntil(lambda: "holds weights alone" in bench.window.banner.text)
    assert bench.window.banner.action.text() == "Choose arch&itecture..."
    bench.window.banner.action.click()
    with qtbot.waitSignal(bench.session.opened):
        choose(bench, tmp_path / "model.json")
    assert bench.window.banner.text == ""
    assert bench.session.project is not None
    assert bench.session.project.architecture == "model.json"


def test_a_project_of_weights_learns_its_architecture_and_says_that_it_has_changed(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path
) -> None:
    model_file("weights.h5")
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "p.toml"
    file.write_text(PROJECT.replace("weights", "../weights"))
    session = make_session()
    with qtbot.waitSignal(session.noticed) as told:
        session.open(str(file))
    assert told.args[0].remedy is ErrorRemedy.ARCHITECTURE
    with qtbot.waitSignal(session.opened):
        session.open_with_architecture(str(tmp_path / "model.yaml"))
    assert session.dirty
    assert session.save(file)
    assert load_project(file).architecture == "../model.yaml"
    with qtbot.waitSignal(session.opened):
        session.open(str(file))
    assert not session.dirty


def test_images_wait_for_the_consent_and_are_predicted_after_it(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("lambda.h5")))
    run = bench.window.tabs.test.run
    bench.window.tabs.test.add([str(path) for path in image_files("a.png")])
    qtbot.waitUntil(lambda: run.model.rowCount() == 1)
    assert run.model.waiting()
    assert not run.running
    bench.window.tabs.model.code.allow_button.click()
    (dialog,) = bench.window.findChildren(ConsentDialog)
    dialog.allow.click()
    qtbot.waitUntil(lambda: run.model.counts() == (1, 1, 0))


@pytest.mark.parametrize("way", ["button", "escape"])
def test_a_load_is_cancelled_and_the_model_stays_open(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, way: str
) -> None:
    bench = make_workbench("--hold", "LoadFacts")
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("unknown.h5")))
    qtbot.waitUntil(lambda: bench.window.job_bar.text.startswith("Loading unknown.h5 for its shapes: "))
    if way == "button":
        bench.window.job_bar.cancel_button.click()
    else:
        QTest.keyClick(bench.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bench.window.job_bar.cancel_button.isHidden())
    assert bench.session.facts is not None
    assert bench.session.facts.outputs[0].shape is None
    assert bench.window.banner.text == ""


def test_an_answer_about_a_model_that_was_left_changes_nothing(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = make_session()
    first, second = model_file("unknown.h5"), model_file("digits.h5")
    with qtbot.waitSignal(session.opened):
        session.open(str(first))
    with qtbot.waitSignal(session.opened):
        session.open(str(second))
    qtbot.wait(50)
    assert session.model_path.endswith("digits.h5")


@pytest.mark.parametrize(
    ("error", "asked", "told"),
    [
        (ErrorInfo("PROGRAM", "It would start this.", where="/p/python"), "/p/python", "python may run"),
        (ErrorInfo("HOST_NOT_ALLOWED", "A token.", where="https://ml.example.org/x"), "ml.example.org", "may receive"),
    ],
)
def test_what_a_project_would_run_or_reach_is_asked_about_from_the_banner(
    qtbot: QtBot, make_workbench: MakeBench, error: ErrorInfo, asked: str, told: str
) -> None:
    bench = make_workbench()
    bench.session.complain(error)
    bench.window.banner.action.click()
    (dialog,) = bench.window.findChildren(ConsentDialog)
    assert asked in dialog.layers.toPlainText()
    dialog.allow.click()
    qtbot.waitUntil(lambda: told in bench.window.banner.text)


def test_an_error_has_a_remedy_only_where_it_helps() -> None:
    assert remedy_for(ErrorInfo("WEIGHTS_ONLY", "x"), None) is ErrorRemedy.ARCHITECTURE
    for code in ("CUSTOM_CODE", "PROGRAM"):
        assert remedy_for(ErrorInfo(code, "x", "/p/layers.py"), None) is ErrorRemedy.ALLOW_FILE
    assert remedy_for(ErrorInfo("HOST_NOT_ALLOWED", "x", "https://x.org"), None) is ErrorRemedy.ALLOW_HOST
    for code in ("LAMBDA", "CUSTOM_CLASS", "NOT_HDF5"):
        assert remedy_for(ErrorInfo(code, "x"), None) is ErrorRemedy.NONE
