"""A label whose colour has a meaning and follows the theme. Palettes, not style sheets."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui.theme import tones


def plain_tip(text: str) -> str:
    """A text for a tool tip, which would else take anything with a `<` for markup."""
    if "<" not in text:
        return text
    from html import escape

    return f"<span>{escape(text)}</span>"


class ToneLabel(QLabel):
    """Text in one of the theme's tones ("" = the text's own colour); `scale` is its size against the normal one."""

    def __init__(
        self, text: str = "", tone: str = "", *, scale: float = 1.0, bold: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setText(text)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setBold(bold)
        self.setFont(font)
        self._colour()

    def setText(self, text: str) -> None:
        """Show plain text, whatever it looks like."""
        if "<" in text:
            from PySide6.QtCore import Qt  # not at the top: see `theme`

            self.setTextFormat(Qt.TextFormat.PlainText)
        super().setText(text)

    def set_tone(self, tone: str) -> None:
        """Change the meaning of the colour."""
        self._tone = tone
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        # Changes of theme do not reach a widget that was never shown.
        self._colour()
        super().showEvent(event)

    def _colour(self) -> None:
        if not self._tone:
            return
        palette = self.palette()
        colour = getattr(tones(), self._tone)
        # Setting a palette raises PaletteChange; an equal one must not be set again.
        if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText) != colour:
            for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
                palette.setColor(group, QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)


class ElidedLabel(ToneLabel):
    """One line that gives way in the middle when room is short; the whole text is its tool tip."""

    def __init__(
        self, text: str = "", tone: str = "", *, scale: float = 1.0, bold: bool = False, parent: QWidget | None = None
    ) -> None:
        self._whole = text
        super().__init__(text, tone, scale=scale, bold=bold, parent=parent)
        self.setMinimumWidth(60)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(text)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(self._whole) + 4)
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()

    def _elide(self) -> None:
        text = self._whole
        if self.fontMetrics().horizontalAdvance(text) > self.width():
            from PySide6.QtCore import Qt  # not at the top: see `theme`

            text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(text)
