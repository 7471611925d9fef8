"""Line icons from resources/icons, drawn in a colour of the theme and redrawn when the theme changes."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from workbench.gui.theme import follow, tones
from workbench.spec.resources import resource

_NAME: Final = "workbench_icon"
_TONE: Final = "workbench_icon_tone"
_SIDES: Final = (16, 24)


class _Dressable(Protocol):
    def setIcon(self, icon: QIcon, /) -> None: ...
    def setProperty(self, name: str, value: object, /) -> bool: ...


def icon(name: str, tone: str = "") -> QIcon:
    """The icon of that name; `tone` is a field of `theme.Tones`, empty means the text's colour."""
    colour = getattr(tones(), tone) if tone else QGuiApplication.palette().color(QPalette.ColorRole.ButtonText)
    faint = QGuiApplication.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    return _icon(name, colour.name(), faint.name(), QGuiApplication.primaryScreen().devicePixelRatio())


def pixmap(name: str, side: int, tone: str = "") -> QPixmap:
    """The icon as a square pixmap of `side` device-independent pixels."""
    colour = getattr(tones(), tone) if tone else QGuiApplication.palette().color(QPalette.ColorRole.WindowText)
    return _pixmap(name, side, colour.name(), QGuiApplication.primaryScreen().devicePixelRatio())


def put(target: _Dressable, name: str, tone: str = "") -> None:
    """Give a button or an action an icon that follows the theme."""
    target.setProperty(_NAME, name)
    target.setProperty(_TONE, tone)
    target.setIcon(icon(name, tone))


def repaint_all() -> None:
    """Draw every icon that `put` gave anew; called after every change of palette."""
    for widget in QApplication.allWidgets():
        for target in (widget, *widget.actions()):
            name = target.property(_NAME)
            if isinstance(target, (QAbstractButton, QAction)) and isinstance(name, str):
                target.setIcon(icon(name, str(target.property(_TONE) or "")))


follow(repaint_all)


def application_icon() -> QIcon:
    """The workbench's own icon."""
    return QIcon(str(resource("icons", "workbench.svg")))


@cache
def _icon(name: str, colour: str, faint: str, ratio: float) -> QIcon:
    result = QIcon()
    for side in _SIDES:
        result.addPixmap(_pixmap(name, side, colour, ratio))
        result.addPixmap(_pixmap(name, side, faint, ratio), QIcon.Mode.Disabled)
    return result


@cache
def _pixmap(name: str, side: int, colour: str, ratio: float) -> QPixmap:
    result = QPixmap(_mask(name, side, ratio))
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(result.rect(), QColor(colour))
    painter.end()
    return result


@cache
def _mask(name: str, side: int, ratio: float) -> QPixmap:
    """The icon in its file's own black: to draw it costs ten times what another colour does."""
    result = QPixmap(QSize(side, side) * ratio)
    result.setDevicePixelRatio(ratio)
    result.fill(QColor(0, 0, 0, 0))
    painter = QPainter(result)
    _drawn(name).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return result


@cache
def _drawn(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(resource("icons", f"{name}.svg").read_bytes()))
