"""Rows copied out of the Test tab: tab-separated, under their headings, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeTest
from workbench.gui.widgets.row_table import table_text


def copied() -> list[list[str]]:
    """The clipboard as Python's own reader takes it."""
    return list(csv.reader(QGuiApplication.clipboard().text().splitlines(), dialect="excel-tab"))


def test_selected_rows_are_copied_with_headings_and_guarded_cells(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]]
) -> None:
    _, tab = make_tab()
    plain, formula, bad = image_files("a.png", "=1+2.png", "bad.png")
    tab.add([str(path) for path in (plain, formula, bad)])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 2, 1))
    qtbot.waitUntil(lambda: not tab.view.isColumnHidden(7))
    tab.activateWindow()
    tab.view.setFocus()
    qtbot.waitUntil(tab.view.hasFocus)
    tab.view.selectAll()
    QTest.keyClick(tab.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    heading, *rows = copied()
    assert heading == ["Path", "File", "Prediction", "Margin", "Time", "Error"]
    assert [row[:2] for row in rows] == [[str(plain), "a.png"], [str(formula), "'=1+2.png"], [str(bad), "bad.png"]]
    assert rows[0][2].startswith("#7 91.0")
    assert (rows[0][3:], rows[2][2:]) == (["0.900", "4 ms", ""], ["This is not a JPEG image.", "", "", "BAD_IMAGE"])
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(tab.view, Qt.Key.Key_C, both)
    assert QGuiApplication.clipboard().text().splitlines() == [str(plain), str(formula), str(bad)]


def test_cells_stay_cells_and_numbers_numbers() -> None:
    text = table_text(["a", "b"], [["x\ty\nz", "@SUM(A1)"], ["-1.5", "1\u202f000"], ["+4e-3", "-"], ["-1+2", "+x"]])
    wanted = ["a\tb", "x y\\nz\t'@SUM(A1)", "-1.5\t1000", "+4e-3\t-", "'-1+2\t'+x"]
    assert text.split("\n") == wanted
