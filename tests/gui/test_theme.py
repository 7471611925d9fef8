"""Light and dark: what decides, that text can be read, and that icons follow."""

from __future__ import annotations

import math

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui import icons, theme
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.resources import resource

Role = QPalette.ColorRole


def luminance(colour: QColor) -> float:
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    parts = [c / 12.92 if c <= 0.03928 else math.pow((c + 0.055) / 1.055, 2.4) for c in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("value", "dark"), [("dark", True), ("light", False), ("", False), ("pink", False)])
def test_the_variable_overrules_a_system_that_does_not_say(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, value: str, dark: bool
) -> None:
    monkeypatch.setenv(theme.VARIABLE, value)
    assert theme.wants_dark() is dark


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_on_every_ground(qtbot: QtBot, dark: bool) -> None:
    theme.dress(dark)
    palette, tones = theme.palette(dark), theme.tones()
    for text, ground in (
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.Text, Role.AlternateBase),
        (Role.ButtonText, Role.Button),
        (Role.HighlightedText, Role.Highlight),
        (Role.PlaceholderText, Role.Base),
        (Role.ToolTipText, Role.ToolTipBase),
    ):
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5, (text, ground)
    for tone in (tones.muted, tones.ok, tones.warn, tones.error, tones.accent):
        for behind in (tones.card, palette.color(Role.Window), palette.color(Role.Base), tones.tint):
            assert contrast(tone, behind) >= 4.4, (tone.name(), behind.name())


@pytest.mark.parametrize("dark", [False, True])
def test_the_box_of_a_check_box_is_seen_on_every_ground(qtbot: QtBot, dark: bool) -> None:
    box = QCheckBox("Compare")
    qtbot.addWidget(box)
    box.show()
    theme.dress(dark)
    QApplication.processEvents()
    image = box.grab().toImage()
    edge = max(
        (image.pixelColor(x, y) for x in range(4) for y in range(box.height())),
        key=lambda colour: contrast(colour, theme.palette(dark).color(Role.Window)),
    )
    assert contrast(edge, theme.palette(dark).color(Role.Window)) >= 2.0


def test_a_toned_label_follows_a_change_of_theme(qtbot: QtBot) -> None:
    window = QWidget()
    label = ToneLabel("wrong", "error", parent=window)
    qtbot.addWidget(window)
    theme.dress(dark=True)
    window.show()
    QApplication.processEvents()
    assert label.palette().color(Role.WindowText) == theme.tones().error
    for dark in (False, True):
        theme.dress(dark)
        QApplication.processEvents()  # Qt tells the widgets from the event loop
        assert label.palette().color(Role.WindowText) == theme.tones().error


def test_icons_of_buttons_are_drawn_anew(qtbot: QtBot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    icons.put(button, "open")
    before = button.icon().pixmap(16).toImage()
    theme.dress(dark=True)
    assert button.icon().pixmap(16).toImage() != before


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_draws_something(qtbot: QtBot, path: object) -> None:
    name = str(path).rpartition("/")[2].removesuffix(".svg")
    image = icons.pixmap(name, 24).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height()))


def test_a_primary_button_is_as_wide_as_its_words(qtbot: QtBot) -> None:
    button = PrimaryButton("&Next: a long word for a step", "next", behind=True)
    plain = QLabel("Next: a long word for a step")
    qtbot.addWidget(button)
    qtbot.addWidget(plain)
    assert button.sizeHint().width() > plain.sizeHint().width() + 22
