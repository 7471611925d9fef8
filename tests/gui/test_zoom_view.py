"""One picture magnified and moved by wheel and mouse; several views that follow each other."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.zoom_view import LARGEST, ZoomView

SIDE = 200
COLOURS = (QColor("#ff0000"), QColor("#00ff00"), QColor("#0000ff"), QColor("#ffff00"))


def quarters() -> QPixmap:
    """Two by two pixels: red, green above blue, yellow."""
    image = QImage(2, 2, QImage.Format.Format_RGB32)
    for place, colour in enumerate(COLOURS):
        image.setPixelColor(place % 2, place // 2, colour)
    return QPixmap.fromImage(image)


@pytest.fixture
def view(qtbot: QtBot) -> ZoomView:
    made = ZoomView("original")
    qtbot.addWidget(made)
    made.resize(SIDE, SIDE)
    made.set_pixmap(quarters())
    made.show()
    return made


def colour_at(view: ZoomView, x: int, y: int) -> QColor:
    return view.viewport().grab().toImage().pixelColor(x, y)


def turn_wheel(view: ZoomView, steps: int) -> None:
    middle = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        middle,
        view.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def drag(view: ZoomView, by: QPoint) -> None:
    middle = view.viewport().rect().center()
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view.viewport(), middle + by)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle + by)


def test_a_small_picture_fills_the_view_with_its_pixels_kept_sharp(view: ZoomView) -> None:
    last = SIDE - 2
    corners = [(2, 2), (last, 2), (2, last), (last, last)]
    assert tuple(colour_at(view, *corner) for corner in corners) == COLOURS
    middle = SIDE // 2
    assert colour_at(view, middle - 3, 20) == COLOURS[0]
    assert colour_at(view, middle + 3, 20) == COLOURS[1]


def test_the_wheel_magnifies_about_the_middle_and_says_so(view: ZoomView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.moved) as moved:
        turn_wheel(view, 2)
    assert moved.args == pytest.approx([1.25**2, 0.5, 0.5])
    turn_wheel(view, -9)
    assert view.place[0] == 1.0
    turn_wheel(view, 99)
    assert view.place[0] == LARGEST


# Qt's own view lets the release through after a drag by hand, which QTest remarks on.
@pytest.mark.qt_log_ignore("MouseRelease. not accepted", extend=True)
def test_a_magnified_picture_is_moved_with_the_mouse(view: ZoomView, qtbot: QtBot) -> None:
    view.zoom(4.0)
    with qtbot.waitSignal(view.moved) as moved:
        drag(view, QPoint(80, 0))
    factor, x, y = moved.args
    assert factor == 4.0
    # The picture is 800 pixels wide now: 80 of them to the right show what is a tenth further left.
    assert x == pytest.approx(0.4, abs=0.01)
    assert y == pytest.approx(0.5, abs=0.01)


def test_a_view_that_follows_shows_the_same_part_and_does_not_answer(view: ZoomView, qtbot: QtBot) -> None:
    other = ZoomView("difference")
    qtbot.addWidget(other)
    other.resize(SIDE // 2, SIDE // 2)
    other.set_pixmap(quarters())
    other.show()
    view.moved.connect(other.follow)
    with qtbot.assertNotEmitted(other.moved):
        view.follow(8.0, 0.25, 0.75)
        view.zoom(1.0)
    assert other.place == view.place
    assert {colour_at(other, x, y).name() for x in (5, 50, 90) for y in (5, 50, 90)} == {"#0000ff"}


def test_a_view_of_another_size_keeps_its_place(view: ZoomView) -> None:
    view.follow(8.0, 0.75, 0.25)
    view.resize(SIDE * 2, SIDE)
    assert view.place == (8.0, 0.75, 0.25)
    middle = view.viewport().rect().center()
    assert colour_at(view, middle.x(), middle.y()) == COLOURS[1]


def test_without_a_picture_nothing_is_shown_and_nothing_fails(view: ZoomView) -> None:
    view.set_pixmap(None)
    turn_wheel(view, 1)
    view.resize(SIDE + 40, SIDE)
    image = view.viewport().grab().toImage()
    assert {image.pixelColor(x, 50).name() for x in range(0, SIDE, 20)} == {view.palette().base().color().name()}
