"""The whole window with fake children: drops, the banner, closing, the keyboard, names for screen readers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.acting import open_cell, rename_scores
from workbench.gui import theme
from workbench.gui.app import Application
from workbench.gui.engine.state import EngineState
from workbench.gui.tab import TabState
from workbench.gui.window.main_window import GEOMETRY, inside
from workbench.spec.project import load_project

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]
Drop = Callable[..., bool]


def open_model(qtbot: QtBot, bench: Application, path: Path) -> None:
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(path))
    qtbot.waitUntil(lambda: bench.window.tabs.model.settled)


def test_a_dropped_model_opens_and_the_window_says_so(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, drop: Drop
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        assert drop(bench.window, model_file("digits.h5"))
    assert bench.window.windowTitle().startswith("digits.h5")
    assert bench.window.header.model.text() == "digits.h5: layers: 9, Keras 2.1.6"
    states = [tab.state for tab in bench.window.tabs.all]
    assert states == [TabState.DONE, TabState.NOT_YET, TabState.DONE, TabState.NOT_YET, TabState.NOT_YET]


def test_a_model_without_an_image_has_a_project_and_open_tabs(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("vector.h5"))
    assert bench.window.header.project.text() == "New project: not saved yet"
    assert [tab.isEnabled() for tab in bench.window.tabs.all] == [True] * 5
    assert [tab.state for tab in bench.window.tabs.all[1:3]] == [TabState.DONE, TabState.DONE]


def test_a_model_that_does_not_say_what_it_takes_takes_the_last_project_off_the_window(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    open_model(qtbot, bench, model_file("lambda_shapeless.h5"))
    assert bench.window.header.project.text() == "No project: inputs not known yet"
    assert "only after loading it" in bench.window.banner.text
    assert [tab.state for tab in bench.window.tabs.all[1:3]] == [TabState.NOT_YET, TabState.NOT_YET]


def test_what_was_told_of_one_model_is_gone_with_the_next(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("twins.h5"))
    assert "2 image inputs" in bench.window.banner.text
    open_model(qtbot, bench, model_file("digits.h5"))
    assert bench.window.banner.text == ""


def test_dropped_images_go_to_the_test_tab_wherever_one_is(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages, drop: Drop
) -> None:
    bench = make_workbench()
    assert drop(bench.window, model_file("digits.h5"), *image_files("a.png", "b.png"))
    tab = bench.window.tabs.test
    qtbot.waitUntil(lambda: tab.run.model.counts() == (2, 2, 0))
    assert bench.window.pages.currentWidget() is tab


def test_dropped_labels_and_values_find_their_tabs(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, drop: Drop, tmp_path: Path
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("features.h5"))
    (tmp_path / "labels.txt").write_text("\n".join("abcdefghij"))
    (tmp_path / "v.csv").write_text('file,Features\na.png,"[1, 1, 1]"\n')
    drop(bench.window, tmp_path / "labels.txt")
    assert bench.window.pages.currentWidget() is bench.window.tabs.signature
    drop(bench.window, tmp_path / "v.csv")
    assert bench.window.pages.currentWidget() is bench.window.tabs.test
    assert bench.window.tabs.test.run.given.features


def test_something_strange_is_refused_with_a_sentence(
    qtbot: QtBot, make_workbench: MakeBench, drop: Drop, tmp_path: Path
) -> None:
    bench = make_workbench()
    (tmp_path / "thesis.doc").touch()
    drop(bench.window, tmp_path / "thesis.doc")
    assert bench.window.banner.text == "'thesis.doc' is not a model, project, image or SavedModel."


def test_the_drop_zone_lights_up_only_while_something_hangs_over_it(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    zone = bench.window.tabs.model.zone
    cold = zone.grab().toImage()
    zone.set_hot(True)
    assert zone.grab().toImage() != cold
    zone.set_hot(False)
    assert zone.grab().toImage() == cold


def test_no_editor_takes_a_drop_from_the_window(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("features.h5"))
    takers = [w for w in bench.window.findChildren(QWidget) if w.acceptDrops()]
    assert takers == []


def test_an_error_stands_in_the_banner_until_something_opens(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    bench.window.open(str(model_file("bad.h5")))
    qtbot.waitUntil(lambda: "not an HDF5 file" in bench.window.banner.text)
    open_model(qtbot, bench, model_file("digits.h5"))
    assert bench.window.banner.text == ""


def test_a_killed_engine_is_one_sentence_and_a_restart_and_nothing_typed_is_lost(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    bench.window.pages.setCurrentWidget(bench.window.tabs.signature)
    editor = open_cell(qtbot, bench.window.tabs.signature.inputs, 0)
    QTest.keyClicks(editor, "jpeg")
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    os.kill(bench.engine.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.ENDED)
    assert bench.window.banner.text.startswith("The engine died (SIGKILL")
    assert "stopped" in bench.window.header.engine.text()
    bench.window.banner.action.click()
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    assert bench.window.banner.text == ""
    assert bench.session.project is not None
    assert bench.session.project.signature.image_key == "jpeg"
    assert editor.isVisible()
    assert editor.text() == "jpeg"


def test_the_status_bar_shows_the_job_and_cancels_it(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = make_workbench("--hold", "Predict")
    open_model(qtbot, bench, model_file("digits.h5"))
    assert bench.window.job_bar.cancel_button.isHidden()
    bench.window.tabs.test.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: bench.window.job_bar.text == "Predicting 1 images: Writing the export  ·  1 of 4")
    QTest.keyClick(bench.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bench.window.job_bar.cancel_button.isHidden())
    assert not bench.window.tabs.test.run.running


def test_control_and_a_number_goes_to_a_tab_and_next_goes_on(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    QTest.keyClick(bench.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert bench.window.pages.currentIndex() == 2
    bench.window.tabs.signature.next_button.click()
    assert bench.window.pages.currentIndex() == 3


def test_saving_writes_the_project_and_takes_the_mark_away(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    rename_scores(bench.session, "scores")
    assert bench.window.isWindowModified()
    bench.session.save(tmp_path / "digits.toml")
    assert not bench.window.isWindowModified()
    assert load_project(tmp_path / "digits.toml").signature.scores_key == "scores"
    rename_scores(bench.session, "again")
    bench.window.actions_.save.trigger()
    assert load_project(tmp_path / "digits.toml").signature.scores_key == "again"


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Discard, QMessageBox.StandardButton.Cancel])
def test_closing_with_changes_asks_first(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, answer: QMessageBox.StandardButton
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    rename_scores(bench.session, "scores")
    bench.window.close()
    assert bench.window.isVisible()
    (box,) = bench.window.findChildren(QMessageBox)
    box.button(answer).click()
    assert bench.window.isVisible() is (answer is QMessageBox.StandardButton.Cancel)


def test_opening_over_changes_asks_first_and_cancel_keeps_them(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    rename_scores(bench.session, "scores")
    bench.window.open(str(model_file("other.h5")))
    (box,) = bench.window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert bench.session.model_path.endswith("digits.h5")
    assert bench.session.dirty


def test_an_export_tells_where_it_is(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    from workbench.gui.window.file_commands import FileCommands

    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    (commands,) = bench.window.findChildren(FileCommands)
    commands.export_to(str(tmp_path))
    qtbot.waitUntil(lambda: bench.window.banner.text.startswith(f"Exported to {tmp_path / 'digits'}: 9.3 MB"))


def test_the_log_and_about_open_without_blocking(qtbot: QtBot, make_workbench: MakeBench) -> None:
    bench = make_workbench()
    qtbot.waitUntil(lambda: "engine log line" in bench.session.engines.log_lines())
    bench.window.actions_.log.trigger()
    assert bench.window.log.isVisible()
    assert "engine log line" in bench.window.log.text()
    bench.window.actions_.about.trigger()
    (dialog,) = bench.window.findChildren(QDialog)
    assert dialog.isVisible()
    (text,) = [t.toPlainText() for t in dialog.findChildren(QPlainTextEdit)]
    assert "tensorflow" in text
    dialog.close()
    bench.window.log.copy_button.click()
    assert "engine log line" in QApplication.clipboard().text()
    bench.window.actions_.log.trigger()
    assert not bench.window.log.isVisible()


class ShownWindows(QObject):
    """Collects every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_nothing_flashes_up_as_a_window_of_its_own(
    qtbot: QtBot,
    make_workbench: MakeBench,
    model_file: MakeModel,
    image_files: MakeImages,
    qapp: QApplication,
) -> None:
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    bench = make_workbench()
    open_model(qtbot, bench, model_file("odd.h5"))
    bench.window.tabs.test.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: bench.window.tabs.test.run.model.counts() == (1, 1, 0))
    bench.window.pages.setCurrentIndex(4)
    bench.window.tabs.deploy.push_card.button.click()
    qtbot.waitUntil(lambda: bool(bench.window.tabs.deploy.versions_card.table.versions))
    open_model(qtbot, bench, model_file("features.h5"))
    qapp.removeEventFilter(shown)
    assert shown.seen == ["MainWindow"]


def test_the_place_of_the_window_is_kept(qtbot: QtBot, make_workbench: MakeBench) -> None:
    bench = make_workbench()
    bench.window.resize(1000, 640)
    bench.window.close()
    assert QSettings().value(GEOMETRY)
    again = make_workbench()
    assert QSettings().value(GEOMETRY)
    assert again.window.isVisible()


@pytest.mark.parametrize(
    "name", ["features.h5", "odd.h5", "labelled.h5", "lambda.h5", "custom.h5", "twins.h5", "heads.h5", "vector.h5"]
)
def test_every_widget_that_takes_the_focus_has_a_name(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages, name: str
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file(name))
    bench.window.tabs.test.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: bench.window.tabs.test.run.model.rowCount() == 1)
    bench.window.banner.show_text("Something", action="Do it")
    nameless = [w for w in bench.window.findChildren(QWidget) if takes_focus(w) and not name_of(w)]
    assert [(type(w).__name__, w.parent()) for w in nameless] == []


def takes_focus(widget: QWidget) -> bool:
    inner = widget.objectName().startswith("qt_") or widget.parent() is None
    inside_scroll = isinstance(widget.parent(), QAbstractScrollArea) and not isinstance(widget.parent(), QScrollArea)
    return widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus and not inner and not inside_scroll


def name_of(widget: QWidget) -> str:
    if isinstance(widget, QAbstractButton):
        return widget.accessibleName() or widget.text()
    parent = widget.parent()
    if isinstance(widget, QLineEdit) and isinstance(parent, QComboBox):
        return parent.accessibleName()
    return widget.accessibleName()


def settled(qtbot: QtBot, widget: QWidget) -> QImage:
    """A picture of the widget once two in a row are the same: layouts within layouts take a few turns."""
    last = [QImage(), QImage()]

    def same() -> bool:
        last[:] = last[1], widget.grab().toImage()
        return last[0] == last[1]

    qtbot.waitUntil(same)
    return last[1]


def test_a_change_of_theme_and_back_leaves_no_trace(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    open_model(qtbot, bench, model_file("digits.h5"))
    qtbot.waitUntil(lambda: bench.engine.state is EngineState.READY)
    qtbot.waitUntil(lambda: bench.window.tabs.model.next_button.isVisible())
    light = settled(qtbot, bench.window)
    theme.dress(dark=True)
    QApplication.processEvents()
    dark = bench.window.grab().toImage()
    assert dark.pixelColor(5, dark.height() - 60).lightness() < 60
    theme.dress(dark=False)
    QApplication.processEvents()
    assert bench.window.grab().toImage() == light


def test_two_windows_of_work_do_not_meet(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> None:
    one, other = make_workbench(), make_workbench()
    open_model(qtbot, one, model_file("digits.h5"))
    assert other.session.facts is None
    assert one.engine.pid != other.engine.pid


@pytest.mark.parametrize("screen", [QSize(960, 540), QSize(800, 800), QSize(1366, 768)])
def test_a_window_is_never_larger_than_the_screen(screen: QSize) -> None:
    for wanted in (QSize(900, 600), QSize(1240, 720)):
        assert inside(wanted, screen).boundedTo(screen) == inside(wanted, screen)
    assert inside(QSize(900, 600), QSize(1920, 1080)) == QSize(900, 600)
