"""The window on the real engine: the verdict that was shown is the one that is pushed, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from judged_release import JudgedRelease, alter, sha256
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.serve.run import running
from workbench.gui.app import Application
from workbench.gui.deploy.log_page import LogColumn
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.project.disk_watch import DiskWatch
from workbench.spec.report import report_sha256
from workbench.spec.targets.local import LOCAL_URL_VARIABLE

PATIENCE: Final = 180_000

LOOK: Final = DiskWatch.look


@pytest.fixture
def release(tmp_path: Path) -> JudgedRelease:
    return JudgedRelease(tmp_path / "made")


@pytest.fixture
def tab(qtbot: QtBot, tmp_path: Path, release: JudgedRelease, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeployTab]:
    """The Deploy tab of a window with the release open, in front of a local target of somebody else's."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    # As where no watcher tells of changes, on a network's share for one: a push has to find them by itself.
    monkeypatch.setattr(DiskWatch, "look", lambda _: None)
    with running(tmp_path / "root") as address:
        monkeypatch.setenv(LOCAL_URL_VARIABLE, address)
        bench = Application(server_root=tmp_path / "server")
        bench.window.resize(1400, 900)
        bench.window.show()
        bench.begin()
        bench.session.open(str(release.file))
        qtbot.waitUntil(lambda: bench.session.facts is not None, timeout=PATIENCE)
        made = bench.window.tabs.deploy
        bench.window.pages.setCurrentWidget(made)
        yield made
        bench.window.close_without_asking()
        bench.shut_down()
        bench.window.deleteLater()


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def judge(qtbot: QtBot, tab: DeployTab) -> None:
    """Run the checks by their button."""
    tab.pages.show_page(tab.gate)
    qtbot.waitUntil(tab.gate.head.run_button.isEnabled, timeout=PATIENCE)
    with qtbot.waitSignal(tab.gate.run.ended, timeout=PATIENCE):
        click(tab.gate.head.run_button)
    tab.pages.show_page(tab.push_page)
    qtbot.waitUntil(lambda: not tab.desk.busy, timeout=PATIENCE)


def reload_model(qtbot: QtBot, tab: DeployTab) -> None:
    """Let the window look at the files on the disk, and take its banner's offer."""
    LOOK(tab.desk.session.files.disk)
    banner = tab.window().banner  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: banner.text.startswith("Changed on disk"), timeout=PATIENCE)
    with qtbot.waitSignal(tab.desk.session.reread, timeout=PATIENCE):
        click(banner.action)


def test_the_verdict_that_was_shown_is_pushed_with_its_reason_and_a_changed_model_is_held(
    qtbot: QtBot, tab: DeployTab, release: JudgedRelease, tmp_path: Path
) -> None:
    card, run = tab.push_card, tab.gate.run
    assert "The checks run first" in card.gate_word
    tab.gate.set_images([str(release.classes)])
    judge(qtbot, tab)
    shown = run.report
    assert shown is not None
    assert [check.name for check in shown.failed()] == ["labels"]
    assert card.gate_word.startswith("Release gate: Fail\nThis verdict is recorded with the version: ")
    assert "4 images" in card.gate_word
    assert not card.button.isEnabled()
    QTest.keyClicks(card.override, "the cats come later")
    # What is chosen for another run does not belong to the verdict that is shown.
    tab.gate.set_images([])
    click(card.button)
    qtbot.waitUntil(lambda: bool(tab.versions_card.table.versions) and not tab.desk.busy, timeout=PATIENCE)
    receipt = json.loads(Path(card.progress.receipt).read_text())["gate"]
    assert (receipt["verdict"], receipt["failed"]) == ("fail", ["labels"])
    assert (receipt["override"], receipt["overridden"]) == ("the cats come later", ["labels"])
    assert (receipt["images"], receipt["images_sha256"]) == (4, release.images_sha256())
    assert receipt["report"] == run.verdict == report_sha256(shown)
    assert sha256(Path(receipt["report_file"]).with_name("report.json")) == run.verdict
    recorded = f"Fail of {shown.created} on 4 images (labels). Overridden: the cats come later"
    assert card.progress.verdict == recorded
    tab.push_page.below.show_page(tab.push_page.log)
    log = tab.push_page.log.table
    qtbot.waitUntil(lambda: log.rowCount() == 1, timeout=PATIENCE)
    assert log.index(0, LogColumn.GATE).data() == "Fail, overridden"

    tab.push_page.below.show_page(card)
    alter(release.model)
    card.override.setText("the cats come later")
    card.default.setChecked(True)
    click(card.button)
    qtbot.waitUntil(lambda: not tab.desk.busy and str(release.model) in card.word, timeout=PATIENCE)
    assert "is no longer valid: model file changed. Nothing was sent." in card.word
    assert card.gate_word.startswith("Release gate: Out of date")
    assert len(tab.versions_card.table.versions) == 1
    reload_model(qtbot, tab)
    judge(qtbot, tab)
    assert card.gate_word.startswith("Release gate: Warning")  # By the project's own image.


@pytest.mark.heavy
def test_a_push_before_any_run_shows_the_verdict_it_goes_by(
    qtbot: QtBot, tab: DeployTab, release: JudgedRelease
) -> None:
    tab.gate.set_images([str(release.classes)])
    tab.pages.show_page(tab.push_page)
    qtbot.waitUntil(tab.push_card.button.isEnabled, timeout=PATIENCE)
    click(tab.push_card.button)
    qtbot.waitUntil(lambda: tab.push_card.override.isVisible(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: not tab.desk.busy, timeout=PATIENCE)
    report = tab.gate.run.report
    assert report is not None
    assert ([check.name for check in report.failed()], report.images) == (["labels"], 4)
    assert tab.gate.view.current_row().name == "labels"
    assert tab.push_card.override_field.problem.startswith("The release gate failed: ")
    QTest.keyClicks(tab.push_card.override, "known")
    click(tab.push_card.button)
    qtbot.waitUntil(lambda: bool(tab.versions_card.table.versions) and not tab.desk.busy, timeout=PATIENCE)
    receipt = json.loads(Path(tab.push_card.progress.receipt).read_text())["gate"]
    assert (receipt["report"], receipt["override"]) == (tab.gate.run.verdict, "known")
