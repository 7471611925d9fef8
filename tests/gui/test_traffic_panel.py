"""Sharing requests between versions: shares that make 100, what they cost, and what is asked of the target."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.deploy.traffic_panel import TrafficPanel
from workbench.spec.target import VersionInfo
from workbench.spec.targets.vertex import VertexTarget

VERTEX = VertexTarget(project="acme-vision-1", region="europe-west4", bucket="models")


def version(name: str, traffic: int | None = None, *aliases: str) -> VersionInfo:
    return VersionInfo(name, f"models/digits/{name}", "READY", traffic=traffic, aliases=aliases)


@pytest.fixture
def panel(qtbot: QtBot) -> TrafficPanel:
    made = TrafficPanel()
    qtbot.addWidget(made)
    return made


def typed(panel: TrafficPanel, name: str, share: str) -> None:
    box = panel.boxes[name]
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), share)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_it_begins_with_the_shares_of_now_and_the_keys_in_the_first_box(panel: TrafficPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.asked) as asked:
        panel.begin((version("1", 90, "champion"), version("2", 10), version("3")), VERTEX)
    panel.activateWindow()
    qtbot.waitUntil(panel.boxes["1"].hasFocus)
    assert asked.args == [True]
    assert {name: box.value() for name, box in panel.boxes.items()} == {"1": 90, "2": 10, "3": 0}
    said = [label.text() for label in panel.findChildren(QLabel)]
    assert {"1 (champion)", "now 90 %", "not deployed"} <= set(said)


def test_shares_that_do_not_make_a_hundred_cannot_be_applied(panel: TrafficPanel) -> None:
    panel.begin((version("1", 100), version("2", 0)), VERTEX)
    typed(panel, "2", "30")
    assert "Sum 130 %" in panel.text
    assert not panel.apply_button.isEnabled()
    assert panel.apply_button.toolTip() == "The sum must be 100 %."
    typed(panel, "1", "70")
    assert panel.apply_button.isEnabled()
    assert panel.apply_button.toolTip() == ""


def test_only_a_share_for_a_version_without_machines_costs_more(panel: TrafficPanel) -> None:
    panel.begin((version("1", 100), version("2")), VERTEX)
    before = panel.text
    typed(panel, "2", "5")
    assert "billed for every hour" not in before
    assert "billed for every hour" in panel.text


def test_where_no_version_answers_yet_the_newest_gets_all(panel: TrafficPanel) -> None:
    panel.begin((version("1"), version("2")), VERTEX)
    assert {name: box.value() for name, box in panel.boxes.items()} == {"1": 0, "2": 100}


def test_applying_asks_for_what_was_typed_and_leaves_out_what_had_nothing_and_gets_nothing(
    panel: TrafficPanel, qtbot: QtBot
) -> None:
    panel.begin((version("1", 100), version("2", 0), version("3")), VERTEX)
    typed(panel, "1", "0")
    typed(panel, "2", "100")
    with qtbot.waitSignal(panel.share_wanted) as wanted:
        QTest.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert wanted.args == [{"1": 0, "2": 100}]
    assert panel.isHidden()


@pytest.mark.parametrize("how", ["escape", "cancel"])
def test_leaving_asks_for_nothing(panel: TrafficPanel, qtbot: QtBot, how: str) -> None:
    panel.begin((version("1", 100), version("2", 0)), VERTEX)
    with qtbot.assertNotEmitted(panel.share_wanted), qtbot.waitSignal(panel.asked) as asked:
        if how == "escape":
            QTest.keyClick(panel, Qt.Key.Key_Escape)
        else:
            QTest.mouseClick(panel.cancel_button, Qt.MouseButton.LeftButton)
    assert asked.args == [False]
    assert panel.isHidden()


def test_beginning_again_shows_the_versions_of_now(panel: TrafficPanel) -> None:
    panel.begin((version("1", 50), version("2", 50)), VERTEX)
    panel.begin((version("7", 100),), VERTEX)
    assert list(panel.boxes) == ["7"]
    assert "Sum 100 %" in panel.text
