"""Nothing moves under the mouse when something is told, and nothing is enabled that is not possible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.acting import rename_scores
from gui.opened_tabs import MakeTest
from workbench.gui.app import Application
from workbench.gui.widgets import banner
from workbench.gui.widgets.banner import Banner
from workbench.gui.widgets.field import FormField

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]


def places(widgets: list[QWidget]) -> list[QRect]:
    """Where they are in their window."""
    return [QRect(w.mapTo(w.window(), QPoint(0, 0)), w.size()) for w in widgets]


def in_sight(bench: Application) -> list[QWidget]:
    return [w for w in bench.window.pages.findChildren(QWidget) if w.isVisible()]


def settled(qtbot: QtBot, bench: Application) -> list[QRect]:
    """Where everything is once two looks in a row agree: texts that wrap take several rounds of layout."""
    now: list[QRect] = []
    while (before := now) != (now := places(in_sight(bench))) or not before:
        qtbot.wait(150)
    return now


def test_an_error_and_good_news_move_nothing_and_news_leave_by_themselves(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    bench.window.pages.setCurrentWidget(bench.window.tabs.signature)
    before = settled(qtbot, bench)
    below = in_sight(bench)
    bench.window.open(str(model_file("bad.h5")))
    qtbot.waitUntil(lambda: "not an HDF5 file" in bench.window.banner.text)
    assert bench.window.banner.isVisible()
    assert places(below) == before
    assert bench.session.save(Path(bench.session.model_path).with_suffix(".toml"))
    bench.session.tell("Saved.")
    assert bench.window.banner.text == "Saved."
    assert places(below) == before


def test_news_leave_by_themselves_and_errors_and_offers_stay(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(banner, "LEAST_MS", 100)
    window = QWidget()
    qtbot.addWidget(window)
    over = QWidget(window)
    over.setGeometry(0, 100, 400, 40)  # Not where the mouse is: under it news stay.
    notice = Banner(over)
    window.resize(400, 200)
    QCursor.setPos(0, 0)
    window.show()
    for severity, action, leaves in (("info", "", True), ("info", "Undo", False), ("error", "", False)):
        notice.show_text("Saved.", severity, action)
        assert notice.leaving is leaves
    notice.show_text("Saved.", "info")
    assert notice.geometry().topLeft() == over.geometry().topLeft()
    assert notice.height() >= over.height()
    qtbot.waitUntil(lambda: notice.text == "")


def test_a_problem_takes_the_place_that_is_kept_for_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    bare, hinted, last = FormField("A", QLineEdit()), FormField("B", QLineEdit(), "A hint."), QLineEdit()
    for widget in (bare, hinted, last):
        layout.addWidget(widget)
    layout.addStretch(1)
    window.resize(500, 400)
    window.show()
    before = places([last])
    for field in (bare, hinted):
        field.set_problem("This is wrong.")
        layout.activate()
        assert places([last]) == before
        field.set_problem("")
    layout.activate()
    assert places([last]) == before
    assert hinted.hint == "A hint."


def test_running_the_gate_leaves_its_buttons_where_they_are(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench("--hold", "RunGate")
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    bench.window.pages.setCurrentWidget(bench.window.tabs.deploy)
    head = bench.window.tabs.deploy.gate.head
    before = places([head.run_button, head.save_button])
    head.run_button.click()
    qtbot.waitUntil(head.cancel_button.isVisible)
    assert places([head.run_button, head.save_button]) == before
    with qtbot.waitSignal(bench.window.tabs.deploy.gate.run.ended):
        head.cancel_button.click()
    assert places([head.run_button, head.save_button]) == before


def test_what_is_not_possible_is_not_enabled(qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel) -> None:
    bench = make_workbench("--hold", "Predict")
    tabs, actions = bench.window.tabs, bench.window.actions_
    assert not tabs.test.next_button.isEnabled()
    assert not actions.export.isEnabled()
    assert not actions.cancel.isEnabled()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    qtbot.waitUntil(lambda: tabs.model.facts_column is not None)
    assert tabs.test.next_button.isEnabled()
    assert tabs.model.next_button.isEnabled()
    assert actions.export.isEnabled()
    rename_scores(bench.session, "metadata")
    assert bench.session.problems()
    assert not actions.export.isEnabled()
    bench.session.close()
    assert not tabs.model.next_button.isEnabled()
    assert not tabs.test.next_button.isEnabled()


def test_rows_can_be_saved_only_where_some_are_shown(qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages) -> None:
    _, tab = make_tab()
    assert not tab.bar.save.isEnabled()
    tab.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(tab.bar.save.isEnabled)
    tab.filter.search.setText("nothing has this name")
    qtbot.waitUntil(lambda: not tab.bar.save.isEnabled())
