"""The chosen row's pictures magnified: linked, with a grid of pixels, and the values under the mouse."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeTest
from workbench.gui.detail.pixel_values import TensorValues
from workbench.gui.detail.zoom_dialog import ZoomDialog
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.zoom_view import ZoomView
from workbench.spec.row_summary import InputPreview

WIDTH, HEIGHT = 40, 20
"""Larger pictures than 640 or 1600 pixels are made smaller elsewhere: here `test_values_are_of_the_whole_file`."""


def colour(x: int, y: int) -> tuple[int, int, int]:
    return (x * 5, y * 10, 200 - x)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    made = Image.new("RGB", (WIDTH, HEIGHT))
    made.putdata([colour(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
    made.save(tmp_path / "whole.png")
    return tmp_path / "whole.png"


@pytest.fixture
def seen(tmp_path: Path) -> InputPreview:
    """Four by two pixels of the network, of numbers that say where they are."""
    Image.new("RGB", (4, 2), "gray").save(tmp_path / "seen.png")
    numbers = [x + y / 10 + channel * 100 for y in range(2) for x in range(4) for channel in range(3)]
    (tmp_path / "seen.f32").write_bytes(struct.pack(f"<{len(numbers)}f", *numbers))
    return InputPreview("input", str(tmp_path / "seen.png"), (2, 4, 3), 0, 203.1, (0, 0, 0), str(tmp_path / "seen.f32"))


@pytest.fixture
def thumbnails() -> Iterator[Thumbnails]:
    made = Thumbnails()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def dialog(qtbot: QtBot, image: Path, seen: InputPreview, thumbnails: Thumbnails) -> Iterator[ZoomDialog]:
    made = ZoomDialog("whole.png", str(image), seen, thumbnails)
    made.show()
    qtbot.waitUntil(lambda: made.views[0].pixel_at(0.5, 0.5) is not None)
    yield made
    made.close()


def point(view: ZoomView, x: float, y: float) -> QPoint:
    """Move the mouse to a place in parts of the picture."""
    size = view.sceneRect().size()
    place = view.mapFromScene(QPointF(x * size.width(), y * size.height()))
    QTest.mouseMove(view.viewport(), place)
    return place


def test_the_values_under_the_mouse_are_those_of_file_and_tensor(qtbot: QtBot, dialog: ZoomDialog) -> None:
    original, network = dialog.views
    point(original, 0.3875, 0.625 + 0.025)
    red, green, blue = colour(15, 13)
    qtbot.waitUntil(lambda: dialog.words[0].toolTip() == f"x 15, y 13   RGB {red}, {green}, {blue}")
    assert dialog.words[1].toolTip() == "x 1, y 1   Tensor 1.1, 101.1, 201.1"
    point(network, 0.9, 0.2)
    qtbot.waitUntil(lambda: dialog.words[1].toolTip() == "x 3, y 0   Tensor 3, 103, 203")
    assert dialog.words[0].toolTip().startswith("x 36, y 4 ")
    QApplication.sendEvent(network.viewport(), QEvent(QEvent.Type.Leave))
    QApplication.sendEvent(network, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: [word.toolTip() for word in dialog.words] == ["", ""])


def test_both_pictures_are_magnified_together_and_fitted_again(dialog: ZoomDialog) -> None:
    QTest.mouseClick(dialog.in_button, Qt.MouseButton.LeftButton)
    QTest.keyClick(dialog, Qt.Key.Key_Plus)
    assert [view.place[0] for view in dialog.views] == pytest.approx([2.25, 2.25])
    QTest.keyClick(dialog, Qt.Key.Key_0)
    assert [view.place for view in dialog.views] == [(1.0, 0.5, 0.5)] * 2


def test_pixels_have_a_grid_and_the_one_pointed_at_a_frame_as_soon_as_they_are_large(
    qtbot: QtBot, dialog: ZoomDialog
) -> None:
    view = dialog.views[0]
    view.follow(4.0, 0.5, 0.5)
    side = view.transform().m11()
    assert side > 8

    def across(x: int, y: int) -> set[str]:
        """The colours from the middle of a pixel to that of the next one."""
        shot = view.viewport().grab().toImage()
        begin = view.mapFromScene(QPointF(x + 0.5, y + 0.5))
        return {shot.pixelColor(begin.x() + n, begin.y()).name() for n in range(round(side))}

    assert len(across(20, 10)) == 3  # Two pixels, and a line between them.
    view.mark((20, 10))
    assert {"#ffffff", QColor(*colour(20, 10)).name()} <= across(20, 10)
    view.mark(None)
    assert "#ffffff" not in across(20, 10)


def test_values_are_of_the_whole_file_however_large_it_is(qtbot: QtBot, tmp_path: Path, thumbnails: Thumbnails) -> None:
    big = Image.new("L", (3000, 2))
    big.putdata([255 * ((x + y) % 2) for y in range(2) for x in range(3000)])
    big.save(tmp_path / "big.png")
    dialog = ZoomDialog("big.png", str(tmp_path / "big.png"), None, thumbnails)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.views[0].pixel_at(0.5, 0.5) == (1500, 1))
    for x in (1500, 1501):
        dialog.views[0].pointed.emit((x + 0.5) / 3000, 0.2)
        level = 255 * (x % 2)
        assert dialog.words[0].toolTip() == f"x {x}, y 0   RGB {level}, {level}, {level}"
    dialog.close()


def test_numbers_that_are_gone_or_cut_short_are_not_shown(seen: InputPreview) -> None:
    assert TensorValues(seen).words(3, 1) == "Tensor 3.1, 103.1, 203.1"
    assert TensorValues(seen).words(4, 0) == ""
    Path(seen.values).write_bytes(b"\0" * 8)
    assert TensorValues(seen).words(0, 0) == ""
    Path(seen.values).unlink()
    assert TensorValues(seen).words(0, 0) == ""


def test_a_double_click_or_f8_in_the_detail_pane_opens_the_pictures(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]]
) -> None:
    _, tab = make_tab()
    pictures = tab.detail.pictures
    QTest.mouseDClick(pictures.original, Qt.MouseButton.LeftButton)
    assert tab.findChildren(ZoomDialog) == []
    tab.add([str(image_files("a.png")[0])])
    qtbot.waitUntil(lambda: not pictures.original.word and not pictures.seen.word)
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    QTest.mouseDClick(pictures.seen, Qt.MouseButton.LeftButton)
    (dialog,) = tab.findChildren(ZoomDialog)
    assert (dialog.windowTitle(), len(dialog.views)) == ("Pixels of a.png", 2)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: tab.findChildren(ZoomDialog) == [])
    tab.activateWindow()
    tab.view.setFocus()
    qtbot.waitUntil(tab.view.hasFocus)
    QTest.keyClick(tab.view, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: len(tab.findChildren(ZoomDialog)) == 1)
    tab.findChildren(ZoomDialog)[0].close()
