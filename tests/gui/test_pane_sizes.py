"""Sizes of panes and columns come back at the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHeaderView, QSplitter, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.app import Application
from workbench.gui.window.persistence import SIZES, keep_sizes, restore_sizes


def window_with(qtbot: QtBot, name: str) -> tuple[QWidget, QSplitter, QHeaderView]:
    """A window of 600 pixels with one splitter and one table, both of that name."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 200)
    splitter = QSplitter(Qt.Orientation.Horizontal, window)
    splitter.setObjectName(name)
    splitter.resize(600, 200)
    table = QTableWidget(1, 3)
    header = table.horizontalHeader()
    header.setObjectName(f"{name}-columns" if name else "")
    splitter.addWidget(table)
    splitter.addWidget(QWidget())
    window.show()
    return window, splitter, header


def drag(splitter: QSplitter, by: int) -> None:
    handle = splitter.handle(1)
    middle = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, middle + QPoint(by, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(by, 0))


def test_a_dragged_pane_and_a_widened_column_come_back(qtbot: QtBot) -> None:
    first, splitter, header = window_with(qtbot, "pane")
    usual = splitter.sizes()
    drag(splitter, -90)
    header.resizeSection(1, 177)
    keep_sizes(first)
    again, splitter_again, header_again = window_with(qtbot, "pane")
    assert splitter_again.sizes() == usual
    restore_sizes(again)
    assert splitter_again.sizes() == splitter.sizes() != usual
    assert header_again.sectionSize(1) == 177


def test_what_has_no_name_of_ours_is_left_alone(qtbot: QtBot) -> None:
    for name in ("", "qt_splitter"):
        window, _, _ = window_with(qtbot, name)
        keep_sizes(window)
    assert [key for key in QSettings().allKeys() if key.startswith(SIZES) and "columns" not in key] == []


@pytest.mark.parametrize("kept", [b"", b"no state of a splitter", 7, "text"])
def test_settings_that_are_none_change_nothing(qtbot: QtBot, kept: object) -> None:
    window, splitter, header = window_with(qtbot, "pane")
    before = splitter.sizes(), header.sectionSize(1)
    for name in ("pane", "pane-columns"):
        QSettings().setValue(f"{SIZES}/{name}", kept)
    restore_sizes(window)
    assert (splitter.sizes(), header.sectionSize(1)) == before


def test_the_window_opens_with_the_panes_it_was_closed_with(
    qtbot: QtBot, make_workbench: Callable[..., Application], image_files: Callable[..., list[Path]]
) -> None:
    def begin() -> Application:
        bench = make_workbench()
        bench.window.pages.setCurrentWidget(bench.window.tabs.test)
        bench.window.tabs.test.add([str(path) for path in image_files("a.png")])
        qtbot.waitUntil(bench.window.tabs.test.splitter.isVisible)
        return bench

    first = begin()
    usual = first.window.tabs.test.splitter.sizes()
    drag(first.window.tabs.test.splitter, -60)
    sizes = first.window.tabs.test.splitter.sizes()
    first.window.close()
    assert begin().window.tabs.test.splitter.sizes() == sizes != usual
