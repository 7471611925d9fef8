"""The look: Fusion with the workbench's own light and dark palettes, following the system's scheme.

Nothing on the way to the first paint imports the `Qt` namespace at its top: its enums cost 16 ms.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

VARIABLE: Final = "WORKBENCH_THEME"
"""Environment variable that overrules the system: `dark` or `light`."""

_Role = QPalette.ColorRole
_LIGHT: Final = {
    _Role.Window: "#f3f4f7",
    _Role.WindowText: "#1b2027",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#f7f8fa",
    _Role.Text: "#1b2027",
    _Role.Button: "#fafbfc",
    _Role.ButtonText: "#1b2027",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#ffffff",
    _Role.Midlight: "#eceef2",
    _Role.Mid: "#c3c8d0",
    _Role.Dark: "#a4abb6",
    _Role.Shadow: "#7d8590",
    _Role.Highlight: "#3d57d6",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#3d57d6",
    _Role.Link: "#2f47bf",
    _Role.LinkVisited: "#6a3fb5",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1b2027",
    _Role.PlaceholderText: "#69727e",
}
_DARK: Final = {
    _Role.Window: "#1f2228",
    _Role.WindowText: "#e7eaee",
    _Role.Base: "#17191e",
    _Role.AlternateBase: "#1a1d22",
    _Role.Text: "#e7eaee",
    _Role.Button: "#2c3038",
    _Role.ButtonText: "#e7eaee",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#424852",
    _Role.Midlight: "#363b44",
    _Role.Mid: "#3d434d",
    _Role.Dark: "#5a626e",
    _Role.Shadow: "#0c0d10",
    _Role.Highlight: "#4b65e4",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#8296f8",
    _Role.Link: "#9fb0ff",
    _Role.LinkVisited: "#c3a6f5",
    _Role.ToolTipBase: "#2c3038",
    _Role.ToolTipText: "#e7eaee",
    _Role.PlaceholderText: "#949eab",
}


class Tones(NamedTuple):
    """Colours with a meaning that QPalette has no role for."""

    muted: QColor
    ok: QColor
    warn: QColor
    error: QColor
    accent: QColor
    line: QColor
    bright: QColor
    card: QColor
    tint: QColor


_LIGHT_TONES: Final = Tones(
    *(
        QColor(c)
        for c in ("#5f6975", "#17754a", "#8f5a00", "#b3261e", "#3d57d6", "#d5d9e0", "#ffffff", "#ffffff", "#dfe5fb")
    )
)
_DARK_TONES: Final = Tones(
    *(
        QColor(c)
        for c in ("#a3adba", "#57c994", "#e8ac4a", "#ff8a80", "#8ea1ff", "#3a404a", "#ffffff", "#272b32", "#2f3a66")
    )
)


def is_dark(palette: QPalette | None = None) -> bool:
    """Whether a palette (the application's unless given) is a dark one."""
    return (palette or QGuiApplication.palette()).color(_Role.Window).lightness() < 128


def tones() -> Tones:
    """The meaningful colours that go with the application's palette."""
    return _DARK_TONES if is_dark() else _LIGHT_TONES


def palette(dark: bool) -> QPalette:
    """One of the two palettes, the disabled group included."""
    table = _DARK if dark else _LIGHT
    result = QPalette()
    for role, colour in table.items():
        result.setColor(role, QColor(colour))
    faint = QColor("#686f7a" if dark else "#9aa1ac")
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, role, faint)
    result.setColor(QPalette.ColorGroup.Disabled, _Role.Highlight, QColor("#3a404a" if dark else "#d5d9e0"))
    return result


def wants_dark() -> bool:
    """What the user asked for: the variable first, then the system; a system that does not say is light."""
    asked = os.environ.get(VARIABLE, "").lower()
    if asked in ("dark", "light"):
        return asked == "dark"
    # Fusion draws its own palette by the system's scheme. To ask for the scheme itself would import `Qt`'s enums.
    return is_dark(QApplication.style().standardPalette())


_followers: Final[list[Callable[[], None]]] = []


def follow(redraw: Callable[[], None]) -> None:
    """Call `redraw` after every change of palette, for what the palette alone does not recolour."""
    _followers.append(redraw)


def dress(dark: bool) -> None:
    """Give the application one of the two palettes, and its icons their colour."""
    _give(dark)
    for redraw in _followers:
        redraw()


def _give(dark: bool) -> None:
    QApplication.setPalette(palette(dark))
    # Fusion draws the box of a check box in a shade of the window's colour: in the dark nobody would see it.
    boxes = palette(dark)
    boxes.setColor(_Role.Window, QColor("#949eab" if dark else "#a4abb6"))
    QApplication.setPalette(boxes, "QCheckBox")  # type: ignore[arg-type]  # The stubs say bytes; it takes only text.


def install(app: QApplication) -> None:
    """Style and palette for the whole application, kept up when the system changes its scheme."""
    app.setStyle("Fusion")
    hints = QGuiApplication.styleHints()
    if os.environ.get(VARIABLE, "").lower() in ("dark", "light"):
        # Has an effect on Windows and macOS (title bars, native dialogs); Linux without a platform theme ignores it.
        from PySide6.QtCore import Qt

        hints.setColorScheme(Qt.ColorScheme.Dark if wants_dark() else Qt.ColorScheme.Light)
    hints.colorSchemeChanged.connect(_on_scheme_changed)
    _give(wants_dark())  # There is no icon yet that `dress` would have to redraw.


def _on_scheme_changed() -> None:
    dress(wants_dark())
