"""What stands between the axes of a chart, as the plot sees it; `bars` and `curves` draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from workbench.gui.charts.axis import Axis
from workbench.gui.theme import tones

if TYPE_CHECKING:
    from workbench.gui.charts.frame import Frame

Colour = Callable[[], QColor]
"""A colour of the theme of the moment."""


@dataclass(frozen=True)
class Mark:
    """A bar or a point: where the mouse finds it, what is drawn of it, and what it says. In pixels of the widget."""

    hot: QRectF
    shape: QRectF
    text: str


@dataclass(frozen=True)
class LegendEntry:
    """A line or a set of bars by its name."""

    name: str
    colour: Colour
    dashed: bool = False


class Drawing(Protocol):
    """Something to be drawn between two axes."""

    @property
    def x(self) -> Axis:
        """The horizontal axis."""

    @property
    def y(self) -> Axis:
        """The vertical axis."""

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What has to be told apart; empty where that is clear."""

    def room(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """Pixels needed above and at the right of the plot, such as for numbers at the ends of bars."""

    def marks(self, frame: Frame) -> list[Mark]:
        """Every bar or point, in the order in which the arrow keys reach it."""

    def paint(self, painter: QPainter, frame: Frame, current: int) -> None:
        """Draw within a frame; `current` is the number of the mark to bring out, -1 for none."""


def accent() -> QColor:
    """The colour of a chart that shows one thing."""
    return tones().accent
