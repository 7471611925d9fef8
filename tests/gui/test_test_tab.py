"""The Test tab: images in, rows filled, values, cancel, an engine that dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import reading_of
from gui.opened_tabs import MakeTest
from workbench.gui import theme
from workbench.gui.predict.tab import PredictTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.columns import RowColumn
from workbench.gui.tab import Tab, TabState

MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]


def state_of(tab: Tab) -> TabState:
    """The state, asked anew each time: the type checker believes that what was asserted stays."""
    return tab.state


def texts(tab: PredictTab, column: RowColumn) -> list[str]:
    model = tab.run.model
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def settled(qtbot: QtBot, tab: PredictTab, rows: int) -> None:
    run = tab.run
    qtbot.waitUntil(lambda: run.model.rowCount() == rows and not run.running and not run.model.waiting())


def test_dropped_images_are_rows_at_once_and_fill_with_predictions(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    assert state_of(tab) is TabState.NOT_YET
    tab.add([str(p) for p in image_files("a.png", "b.png")])
    settled(qtbot, tab, 2)
    assert texts(tab, RowColumn.FILE) == ["a.png", "b.png"]
    assert texts(tab, RowColumn.PREDICTION)[0].startswith("#7 91.0 %")
    assert texts(tab, RowColumn.TIME) == ["4 ms", "4 ms"]
    assert state_of(tab) is TabState.DONE
    assert tab.word.startswith("2 ok")
    assert '"classes": [' in tab.detail.reply.text()
    assert session.call_inputs.paths == (str(image_files("a.png")[0]),)


def test_a_bad_image_is_red_in_its_row_and_the_others_are_predicted(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png", "bad.jpg")])
    settled(qtbot, tab, 2)
    assert texts(tab, RowColumn.PREDICTION)[1] == "This is not a JPEG image."
    assert state_of(tab) is TabState.ATTENTION
    assert "1 ok, 1 failed" in tab.word
    assert has_colour(tab, 1, theme.tones().error)
    assert not has_colour(tab, 0, theme.tones().error)


def test_the_column_of_errors_is_there_when_something_failed_and_tells_what_in_full(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png")])
    settled(qtbot, tab, 1)
    assert tab.view.isColumnHidden(RowColumn.ERROR)
    tab.add([str(p) for p in image_files("bad.jpg")])
    settled(qtbot, tab, 2)
    qtbot.waitUntil(lambda: not tab.view.isColumnHidden(RowColumn.ERROR))
    assert texts(tab, RowColumn.ERROR) == ["", "BAD_IMAGE"]
    index = tab.run.model.index(1, RowColumn.ERROR)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "This is not a JPEG image."
    tab.view.sortByColumn(RowColumn.ERROR, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: texts(tab, RowColumn.ERROR) == ["BAD_IMAGE", ""])


def has_colour(tab: PredictTab, row: int, colour: QColor) -> bool:
    """Whether the prediction's cell is painted with that colour anywhere."""
    image = tab.view.viewport().grab().toImage()
    cell = tab.view.visualRect(tab.run.model.index(row, RowColumn.PREDICTION))
    points = (QPoint(x, y) for x in range(cell.left(), cell.right()) for y in range(cell.top(), cell.bottom()))
    return any(image.pixelColor(point) == colour for point in points)


def test_a_folder_gives_its_images_in_order(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, tmp_path: Path
) -> None:
    _, tab = make_tab()
    image_files("set/b.png", "set/a.png", "set/c.png")
    tab.add([str(tmp_path / "set")])
    settled(qtbot, tab, 3)
    assert texts(tab, RowColumn.FILE) == ["a.png", "b.png", "c.png"]


def test_images_that_come_before_a_model_wait_for_it(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, image_files: MakeImages
) -> None:
    session = make_session()
    tab = PredictTab(session)
    qtbot.addWidget(tab)
    tab.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1)
    assert "Open a model first" in tab.word
    session.open(str(model_file("digits.h5")))
    settled(qtbot, tab, 1)
    assert texts(tab, RowColumn.PREDICTION)[0]
    tab.run.close()


def test_another_model_predicts_the_same_images_anew(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, model_file: MakeModel
) -> None:
    session, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png")])
    settled(qtbot, tab, 1)
    with qtbot.waitSignal(session.opened):
        session.open(str(model_file("other.h5")))
    assert tab.run.model.waiting()
    settled(qtbot, tab, 1)
    assert not tab.run.stale


def test_changed_settings_make_the_rows_stale_until_run_again(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png")])
    settled(qtbot, tab, 1)
    assert session.project is not None
    session.set_preprocess(msgspec.structs.replace(reading_of(session), reader="tf1"))
    assert "Run again" in tab.word
    assert state_of(tab) is TabState.ATTENTION
    tab.bar.run.click()
    settled(qtbot, tab, 1)
    assert state_of(tab) is TabState.DONE


def test_settings_with_a_problem_say_what_to_mend_and_predict_nothing(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    assert session.project is not None
    session.set_preprocess(msgspec.structs.replace(reading_of(session), size=(9, 9)))
    tab.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1)
    assert tab.word.startswith("Fix the settings first: The model takes 32x32")
    assert not tab.run.running
    assert not tab.bar.run.isEnabled()


def test_cancel_keeps_the_rows_that_came_and_run_again_does_the_rest(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab("--hold", "Predict")
    tab.add([str(p) for p in image_files("a.png", "b.png", "c.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts()[1] == 1)
    assert tab.bar.cancel.isEnabled()
    assert state_of(tab) is TabState.NOT_YET
    tab.bar.cancel.click()
    qtbot.waitUntil(lambda: not tab.run.running)
    assert tab.run.model.counts() == (3, 1, 0)
    assert state_of(tab) is TabState.NOT_YET
    assert tab.bar.run.isEnabled()


def test_images_dropped_while_a_job_runs_follow_after_it(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    tab.add([str(p) for p in image_files(*(f"{n}.png" for n in range(40)))])
    tab.add([str(p) for p in image_files("late.png")])
    settled(qtbot, tab, 41)
    assert texts(tab, RowColumn.FILE)[-1] == "late.png"
    assert tab.run.model.counts() == (41, 41, 0)


def test_clear_empties_the_tab(qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages) -> None:
    session, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png")])
    settled(qtbot, tab, 1)
    tab.bar.clear.click()
    assert tab.run.model.rowCount() == 0
    assert tab.zone.isVisibleTo(tab)
    assert state_of(tab) is TabState.NOT_YET
    assert tab.detail.reply.text() == ""
    assert session.call_inputs.paths == ()


def test_an_input_without_a_value_is_asked_for_and_then_sent(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab(model="features.h5")
    tab.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1)
    assert tab.word == "Enter a value for 'Features' below first."
    tab.values.form.set_text("Features", "[1, 2]")
    assert "Expected 3 values" in tab.values.form.problem("Features")
    tab.values.form.set_text("Features", "[1, 2, 3]")
    tab.values.form.set_text("metadata", "mine")
    tab.bar.run.click()
    settled(qtbot, tab, 1)
    assert '"saw_Features": [1, 2, 3]' in tab.detail.reply.text()
    assert '"metadata": "mine"' in tab.detail.reply.text()


def test_a_values_file_gives_each_image_its_own(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, tmp_path: Path
) -> None:
    _, tab = make_tab(model="features.h5")
    (tmp_path / "v.csv").write_text('file,Features\na.png,"[1, 1, 1]"\nother.png,"[2, 2, 2]"\n')
    tab.values.load(str(tmp_path / "v.csv"))
    tab.add([str(p) for p in image_files("a.png")])
    settled(qtbot, tab, 1)
    assert '"saw_Features": [1, 1, 1]' in tab.detail.reply.text()
    assert tab.values.file_word.toolTip() == "v.csv: values for 1 of 1 images"
    tab.values.forget_button.click()
    assert tab.run.given.features == {}


def test_a_values_file_that_is_wrong_is_one_sentence(qtbot: QtBot, make_tab: MakeTest, tmp_path: Path) -> None:
    session, tab = make_tab(model="features.h5")
    (tmp_path / "v.csv").write_text("nothing\n")
    with qtbot.waitSignal(session.noticed) as blocker:
        tab.values.load(str(tmp_path / "v.csv"))
    assert "line 1" in blocker.args[0].text


def test_a_dead_engine_leaves_rows_and_values_and_starts_again_on_run(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab("--hold", "Predict")
    tab.values.form.set_text("metadata", "typed")
    tab.add([str(p) for p in image_files("a.png", "b.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts()[1] == 1)
    with qtbot.waitSignal(session.noticed) as blocker:
        os.kill(session.engines.models.pid, signal.SIGKILL)
    assert blocker.args[0].restart is session.engines.models
    qtbot.waitUntil(lambda: not tab.run.running)
    assert tab.run.model.counts() == (2, 1, 0)
    assert tab.run.given.values == {"metadata": "typed"}
    tab.bar.run.click()
    qtbot.waitUntil(lambda: tab.run.model.counts()[1] == 1)
    assert session.engines.models.pid


def test_arrows_walk_through_the_rows_and_the_detail_follows(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    first, second = image_files("a.png", "b.png")
    tab.add([str(first), str(second)])
    settled(qtbot, tab, 2)
    QTest.keyClick(tab.view, Qt.Key.Key_Down)
    assert str(second) in tab.detail.reply.text()
    assert session.call_inputs.paths == (str(second),)
