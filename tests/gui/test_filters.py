"""What hides rows is seen, and can be taken away where it is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MadeTest, MakeTest
from workbench.gui.predict.tab import PredictTab
from workbench.gui.rows.row_query import RowFilter

MakeModel = Callable[[str], Path]


@pytest.fixture
def tested(qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]], tmp_path: Path) -> MadeTest:
    """Three images in two class folders, one of them taken for the other class."""
    session, tab = make_tab()
    image_files("7/a.png")
    image_files("8/b.png")
    image_files("8/k.png")
    tab.add([str(tmp_path)])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 3, 0))
    return session, tab


def chips(tab: PredictTab) -> list[str]:
    return [chip.whole for chip in tab.filter.chips]


def names(tab: PredictTab) -> list[str]:
    return [row.name for row in tab.run.model.shown]


def choose(tab: PredictTab, kind: RowFilter) -> None:
    """Choose a filter with the arrow keys."""
    tab.filter.kind.setFocus()
    while tab.filter.kind.value() != kind.value:
        QTest.keyClick(tab.filter.kind, Qt.Key.Key_Down)


def test_filter_search_and_cell_are_chips_and_a_click_takes_one_away(qtbot: QtBot, tested: MadeTest) -> None:
    _, tab = tested
    place = tab.view.geometry()
    assert (chips(tab), tab.filter.word.text()) == ([], "3 rows")
    tab.bar.show_view(1)
    assert tab.charts is not None
    tab.charts.cell_chosen.emit(8, 7)
    choose(tab, RowFilter.WRONG)
    QTest.keyClicks(tab.filter.search, "k.png")
    qtbot.waitUntil(lambda: len(chips(tab)) == 3)
    assert chips(tab) == ["Wrong class", "Search: k.png", "Actual #8, predicted #7"]
    qtbot.waitUntil(lambda: names(tab) == ["k.png"])
    QTest.mouseClick(tab.filter.chips[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: chips(tab) == ["Wrong class", "Search: k.png"])
    QTest.mouseClick(tab.filter.chips[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: chips(tab) == ["Search: k.png"])
    assert tab.filter.kind.value() == RowFilter.ALL.value
    tab.filter.chips[0].setFocus()
    QTest.keyClick(tab.filter.chips[0], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(names(tab)) == 3)
    assert chips(tab) == []
    assert tab.filter.search.text() == ""
    assert tab.view.geometry() == place


def test_an_empty_table_says_which_filters_hide_how_many_rows_and_shows_them_again(
    qtbot: QtBot, tested: MadeTest
) -> None:
    _, tab = tested
    choose(tab, RowFilter.ERRORS)
    qtbot.waitUntil(lambda: bool(tab.message.text))
    assert names(tab) == []
    assert "(Errors)" in tab.message.text
    assert "3 rows are hidden" in tab.message.text
    QTest.mouseClick(tab.message.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(tab)) == 3)
    assert tab.message.text == ""


def test_the_filters_go_when_another_model_opens(qtbot: QtBot, tested: MadeTest, model_file: MakeModel) -> None:
    session, tab = tested
    choose(tab, RowFilter.WRONG)
    QTest.keyClicks(tab.filter.search, "k.png")
    qtbot.waitUntil(lambda: len(chips(tab)) == 2)
    with qtbot.waitSignal(session.opened):
        session.open(str(model_file("other.h5")))
    assert chips(tab) == []
    qtbot.waitUntil(lambda: len(names(tab)) == 3)


def test_the_filters_stay_with_a_new_version_of_the_model(
    qtbot: QtBot, tested: MadeTest, model_file: MakeModel
) -> None:
    session, tab = tested
    choose(tab, RowFilter.WRONG)
    with qtbot.waitSignal(session.reread):
        session.files.replace_model(str(model_file("v2.h5")))
    assert chips(tab) == ["Wrong class"]
