"""What is kept: unsaved work after a kill, the place one left, the state of the export; new, close, and the header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from gui.acting import project_of, rename_scores
from workbench.gui.app import Application
from workbench.gui.tab import TabState
from workbench.gui.window.persistence import PATH
from workbench.spec.project import load_project

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]


def open_path(qtbot: QtBot, bench: Application, path: Path) -> None:
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(path))


def scores_key(bench: Application) -> str:
    """Asked anew each time."""
    return project_of(bench.session).signature.scores_key


def killed(bench: Application) -> None:
    """As after a kill: what waits to be written has been, nothing is asked, nothing else is closed in order."""
    bench.window.keeping.autosave.close()


def test_unsaved_changes_come_back_after_a_kill_and_undo_takes_them_away(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    first = make_workbench()
    model = model_file("digits.h5")
    open_path(qtbot, first, model)
    usual = scores_key(first)
    rename_scores(first.session, "typed")
    killed(first)
    again = make_workbench()
    open_path(qtbot, again, model)
    assert scores_key(again) == "typed"
    assert again.session.dirty
    assert "restored" in again.window.banner.text
    again.window.actions_.undo.trigger()
    assert scores_key(again) == usual


def test_changes_to_a_project_belong_to_its_file_and_saving_ends_them(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    model = model_file("digits.h5")
    open_path(qtbot, bench, model)
    project = tmp_path / "p.toml"
    assert bench.session.save(project)
    rename_scores(bench.session, "typed")
    bench.window.keeping.autosave.write()
    killed(bench)
    kept = bench.window.keeping.autosave.file_of(str(project))
    assert load_project(kept).signature.scores_key == "typed"
    assert bench.session.save(project)
    assert not kept.exists()


def test_discarded_changes_do_not_come_back(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> None:
    bench = make_workbench()
    model = model_file("digits.h5")
    open_path(qtbot, bench, model)
    usual = scores_key(bench)
    rename_scores(bench.session, "typed")
    bench.window.keeping.autosave.write()
    bench.window.actions_.close.trigger()
    (box,) = bench.window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Discard).click()
    assert bench.session.facts is None
    open_path(qtbot, bench, model)
    assert scores_key(bench) == usual


def test_changes_that_cannot_be_read_are_passed_over(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    model = model_file("digits.h5")
    file = bench.window.keeping.autosave.file_of(str(model))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("not = [toml")
    open_path(qtbot, bench, model)
    assert not bench.session.dirty
    assert bench.window.banner.text == ""


def test_the_next_start_goes_on_where_one_left(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> None:
    first = make_workbench()
    model = model_file("digits.h5")
    open_path(qtbot, first, model)
    first.window.pages.setCurrentIndex(2)
    again = make_workbench()
    qtbot.waitUntil(lambda: again.session.model_path == str(model))
    assert again.window.pages.currentIndex() == 2


@pytest.mark.parametrize("why", ["not wanted", "gone"])
def test_the_next_start_is_the_start_page_where_that_is_not_wanted_or_gone(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, why: str
) -> None:
    first = make_workbench()
    model = model_file("digits.h5")
    open_path(qtbot, first, model)
    if why == "gone":
        model.unlink()
    else:
        first.window.actions_.reopen.trigger()
    again = make_workbench()
    assert again.window.keeping.place.path() == ""
    assert again.window.tabs.model.zone.isVisible()


def test_close_shows_the_start_page_and_another_model_opens_after_it(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = make_workbench()
    open_path(qtbot, bench, model_file("digits.h5"))
    bench.window.tabs.test.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: bench.window.tabs.test.run.model.counts() == (1, 1, 0))
    bench.window.actions_.close.trigger()
    assert bench.window.tabs.model.zone.isVisible()
    states = {type(tab).__name__: tab.state for tab in bench.window.tabs.all}
    assert set(states.values()) == {TabState.NOT_YET}, states
    assert bench.window.header.model.text() == "No model: drop a file here"
    assert bench.window.windowTitle() == "Keras Export Workbench[*]"
    assert not bench.window.actions_.close.isEnabled()
    assert QSettings().value(PATH) == ""
    assert "Open a model first" in bench.window.tabs.test.word
    open_path(qtbot, bench, model_file("other.h5"))
    qtbot.waitUntil(lambda: bench.window.tabs.test.run.model.counts() == (1, 1, 0))
    assert bench.window.tabs.model.state is TabState.DONE


def test_new_begins_with_the_default_settings_of_the_open_model(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    open_path(qtbot, bench, model_file("digits.h5"))
    usual = project_of(bench.session)
    rename_scores(bench.session, "mine")
    assert bench.session.save(tmp_path / "p.toml")
    with qtbot.waitSignal(bench.session.opened):
        bench.window.actions_.new.trigger()
    assert project_of(bench.session) == usual
    assert bench.session.path is None


def test_the_header_says_how_the_export_stands(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = make_workbench()
    header = bench.window.header
    open_path(qtbot, bench, model_file("digits.h5"))
    assert header.export.text() == "Export: not exported yet"
    bench.window.tabs.test.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: header.export.text() == "Export: 9.3 MB, TensorFlow 1.15+")
    rename_scores(bench.session, "other")
    assert header.export.text() == "Export: settings changed since"
    bench.window.actions_.undo.trigger()
    assert header.export.text() == "Export: 9.3 MB, TensorFlow 1.15+"
