"""The keyboard reaches everything: each button and page tab in sight has a key of its own, and no two share one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenuBar, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui.deploying import add_targets, idle, push
from workbench.gui.app import Application
from workbench.gui.widgets.disclosure import Disclosure
from workbench.gui.widgets.inline_confirmation import InlineConfirmation

MakeBench = Callable[..., Application]

KEY = re.compile(r"\((?:Escape|Delete|F\d|Ctrl\+[\w+]+)\)|^(?:Alt|Ctrl)\+\d$")
"""A key as tooltips name it, at their end."""


def letter(text: str) -> str:
    return QKeySequence.mnemonic(text).toString().removeprefix("Alt+")


def buttons(window: QWidget) -> Iterator[QAbstractButton]:
    """The buttons in sight that are no part of another control."""
    for button in window.findChildren(QAbstractButton):
        part = isinstance(button.parentWidget(), (QLineEdit, QTabBar)) or button.objectName().startswith("qt_")
        if button.isVisible() and not part:
            yield button


def tabs(window: QWidget) -> Iterator[tuple[str, str]]:
    """The page tabs in sight, with their tooltips; those that bear a name out of the project are moved to by arrows."""
    for bar in window.findChildren(QTabBar):
        named = [n for n in range(bar.count()) if bar.isTabVisible(n) and bar.isVisible() and bar.tabData(n) is None]
        yield from ((bar.tabText(n), bar.tabToolTip(n)) for n in named)


def by_key(window: QWidget) -> dict[str, list[str]]:
    """What each letter leads to."""
    texts = [button.text() for button in buttons(window)]
    texts += [text for text, _ in tabs(window)]
    texts += [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.buddy()]
    texts += [action.text() for menu in window.findChildren(QMenuBar) for action in menu.actions()]
    found: dict[str, list[str]] = {}
    for text in texts:
        if letter(text):
            found.setdefault(letter(text), []).append(text)
    return found


def keyless(window: QWidget) -> list[str]:
    """Buttons and tabs that neither a letter nor a key named in their tooltip leads to."""
    found = []
    for button in buttons(window):
        beside = isinstance(
            button.parentWidget(), (Disclosure, InlineConfirmation)
        )  # It has, or is next to, the focus.
        if button.text() and not isinstance(button, QToolButton) and not beside:
            found += [button.text()] if not (letter(button.text()) or KEY.search(button.toolTip())) else []
        elif button.focusPolicy() == Qt.FocusPolicy.NoFocus or not (button.text() or button.accessibleName()):
            found.append(repr(button))
    return found + [text for text, tip in tabs(window) if not (letter(text) or KEY.search(tip))]


def taken(window: QWidget) -> list[str]:
    """Buttons whose letter is underlined but does nothing, for a shortcut has taken its place."""
    shown = (b for b in buttons(window) if letter(b.text()))
    return [b.text() for b in shown if b.shortcut() != QKeySequence.mnemonic(b.text())]


def check(bench: Application) -> None:
    window = bench.window
    assert {key: texts for key, texts in by_key(window).items() if len(texts) > 1} == {}
    assert keyless(window) == []
    assert taken(window) == []


@pytest.fixture
def bench(qtbot: QtBot, make_workbench: MakeBench, model_file: Callable[[str], Path]) -> Application:
    """A window on a model with a picture, features and labels of its own."""
    made = make_workbench()
    check(made)  # The start page, before anything is open.
    with qtbot.waitSignal(made.session.opened):
        made.window.open(str(model_file("features.h5")))
    return made


def test_model_inputs_and_signature_have_a_key_for_everything(bench: Application) -> None:
    tabs_ = bench.window.tabs
    for tab in (tabs_.model, tabs_.inputs, tabs_.signature):
        bench.window.pages.setCurrentWidget(tab)
        check(bench)


def test_the_test_tab_has_a_key_for_everything_on_every_page(
    qtbot: QtBot, bench: Application, image_files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    tab = bench.window.tabs.test
    bench.window.pages.setCurrentWidget(tab)
    check(bench)
    (tmp_path / "r.jsonl").write_text('{"a": 1}\n')
    tab.values.form.set_text("Features", "[1, 2, 3]")
    tab.add([*(str(path) for path in image_files("a.png", "bad.jpg")), str(tmp_path / "r.jsonl")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 3 and not tab.run.running and not tab.run.model.waiting())
    tab.filter.search.setText("a.png")
    qtbot.waitUntil(lambda: bool(tab.filter.chips))
    for row in (0, 2):
        tab.view.selectRow(row)
        for page in range(tab.detail.pages.count()):
            tab.detail.pages.setCurrentIndex(page)
            check(bench)
        tab.filter.reset()
    tab.bar.show_view(1)
    check(bench)


def test_the_deploy_tab_has_a_key_for_everything_on_every_page(qtbot: QtBot, bench: Application) -> None:
    tab = bench.window.tabs.deploy
    bench.window.pages.setCurrentWidget(tab)
    check(bench)
    tab.gate.run_wanted.emit()
    qtbot.waitUntil(lambda: tab.gate.run.report is not None)
    check(bench)
    for name in ("local", "prod"):
        add_targets(bench.session, tab, name)
        push(qtbot, tab, 1)
        for page in range(tab.push_page.below.bar.count()):
            tab.push_page.below.bar.setCurrentIndex(page)
            idle(qtbot, tab)
            check(bench)
    tab.push_page.targets.add_button.click()
    tab.push_page.below.bar.setCurrentIndex(0)
    check(bench)
    tab.push_page.targets.form.cancel_button.click()
    tab.versions_card.view.selectRow(0)
    tab.versions_card.delete_button.click()
    check(bench)
    tab.versions_card.confirm.withdraw()
    tab.versions_card.traffic_button.click()
    check(bench)


def test_alt_and_a_letter_goes_to_a_page_of_a_tab_and_presses_a_button(
    qtbot: QtBot, bench: Application, image_files: Callable[..., list[Path]]
) -> None:
    tab = bench.window.tabs.test
    tab.values.form.set_text("Features", "[1, 2, 3]")
    tab.add([str(path) for path in image_files("a.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1 and not tab.run.running and not tab.run.model.waiting())
    bench.window.pages.setCurrentWidget(tab)
    for key, page in ((Qt.Key.Key_Q, tab.detail.request), (Qt.Key.Key_Y, tab.detail.reply)):
        QTest.keyClick(bench.window, key, Qt.KeyboardModifier.AltModifier)
        assert tab.detail.pages.currentWidget() is page
    for key, held in ((Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier), (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier)):
        qtbot.waitUntil(tab.bar.run.isEnabled)
        with qtbot.waitSignal(tab.bar.run.clicked):
            QTest.keyClick(bench.window, key, held)
