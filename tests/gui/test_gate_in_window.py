"""The gate within the window: it leads the Deploy tab, its verdict is in the header, and a push heeds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_reports import made_report
from pytestqt.qtbot import QtBot

from gui.acting import rename_scores
from workbench.core.report.report_file import write_report
from workbench.gui.app import Application
from workbench.gui.deploy.local_server import ServerState
from workbench.gui.deploy.log_page import LogColumn
from workbench.gui.gate.panel import GatePanel
from workbench.spec.messages import PushVersion, RunGate

MakeWindow = Callable[..., Application]


@pytest.fixture
def window(
    qtbot: QtBot, make_workbench: MakeWindow, model_file: Callable[[str], Path]
) -> Callable[..., tuple[Application, GatePanel]]:
    """A whole window on an open model, with the Deploy tab in front."""

    def act(*options: str) -> tuple[Application, GatePanel]:
        bench = make_workbench(*options)
        with qtbot.waitSignal(bench.session.opened):
            bench.window.open(str(model_file("digits.h5")))
        bench.window.pages.setCurrentWidget(bench.window.tabs.deploy)
        return bench, bench.window.tabs.deploy.gate

    return act


MakeGate = Callable[..., tuple[Application, GatePanel]]


@pytest.fixture
def _failing(tmp_path: Path) -> None:
    """The fake engine answers a report that fails."""
    pictures = tmp_path / "evidence"
    pictures.mkdir()
    write_report(made_report(pictures), pictures, tmp_path / "gate.json")


def run(qtbot: QtBot, gate: GatePanel) -> None:
    with qtbot.waitSignal(gate.run.ended):
        gate.head.run_button.click()


def test_the_gate_leads_the_tab_and_the_header_has_its_verdict(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window()
    assert gate.isVisible()
    assert bench.window.header.gate.text() == "Release gate: Not run yet"
    run(qtbot, gate)
    assert bench.window.header.gate.text() == "Release gate: Pass"
    rename_scores(bench.session, "other")
    assert bench.window.header.gate.text() == "Release gate: Out of date"


@pytest.mark.usefixtures("_failing")
def test_a_push_against_the_gate_needs_a_reason_which_goes_with_it(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window()
    deploy = bench.window.tabs.deploy
    card = deploy.push_card
    assert card.button.isEnabled()
    run(qtbot, gate)
    deploy.pages.show_page(deploy.push_page)
    assert not card.button.isEnabled()
    assert card.override_field.problem.startswith("The release gate failed: Training-serving skew")
    assert card.override.isVisible()
    card.override.setText("   ")
    assert not card.button.isEnabled()
    card.override.setText(" The old version is worse. ")
    assert card.button.isEnabled()
    with qtbot.waitSignal(
        bench.session.job_started, check_params_cb=lambda job: isinstance(job.request, PushVersion)
    ) as blocker:
        card.button.click()
    asked = blocker.args[0].request
    assert (asked.override, asked.verdict) == ("The old version is worse.", "canned")
    qtbot.waitUntil(lambda: bool(deploy.versions_card.table.versions))
    assert card.progress.verdict.endswith("Overridden: The old version is worse.")
    assert card.override.text().strip() == "The old version is worse."
    deploy.push_page.below.show_page(deploy.push_page.log)
    log = deploy.push_page.log.table
    qtbot.waitUntil(lambda: len(log.lines) == 1)
    assert "The old version is worse." in log.index(0, LogColumn.OUTCOME).data()


def test_the_push_card_says_which_verdict_it_records_on_how_many_images_and_when(
    qtbot: QtBot, window: MakeGate, image_files: Callable[..., list[Path]]
) -> None:
    bench, gate = window()
    card = bench.window.tabs.deploy.push_card
    assert "run first" in card.gate_word
    gate.set_images([str(path) for path in image_files("a.png", "b.png")])
    run(qtbot, gate)
    assert "This verdict is recorded" in card.gate_word
    assert "2 images" in card.gate_word
    assert gate.head.when.toolTip() in card.gate_word


@pytest.mark.usefixtures("_failing")
def test_a_reason_is_asked_for_only_while_the_verdict_counts(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window()
    card = bench.window.tabs.deploy.push_card
    run(qtbot, gate)
    card.override.setText("Because.")
    rename_scores(bench.session, "other")
    assert not card.override.isVisibleTo(card)
    assert card.button.isEnabled()
    assert card.reason == ""


def test_a_push_that_the_gate_refuses_by_itself_can_be_given_a_reason(qtbot: QtBot, window: MakeGate) -> None:
    bench, _ = window("--refuse-push")
    deploy = bench.window.tabs.deploy
    card = deploy.push_card
    card.button.click()
    qtbot.waitUntil(lambda: card.override_field.problem != "")
    assert card.override_field.problem == "The release gate failed (skew): other pixels."
    assert not card.button.isEnabled()
    card.override.setText("It is known.")
    card.button.click()
    qtbot.waitUntil(lambda: bool(deploy.versions_card.table.versions))
    rename_scores(bench.session, "other")
    assert not card.override.isVisibleTo(card)


def test_nothing_is_pushed_while_the_gate_runs(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window("--hold", "RunGate")
    gate.head.run_button.click()
    qtbot.waitUntil(lambda: gate.run.number == 5)
    assert not bench.window.tabs.deploy.push_card.button.isEnabled()
    with qtbot.waitSignal(gate.run.ended):
        bench.window.job_bar.cancel_button.click()
    assert bench.window.tabs.deploy.push_card.button.isEnabled()


def test_the_gate_waits_while_the_target_is_asked_for_something_else(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window("--hold", "PushVersion")
    with qtbot.waitSignal(
        bench.session.job_started, check_params_cb=lambda job: isinstance(job.request, PushVersion)
    ) as blocker:
        bench.window.tabs.deploy.push_card.button.click()
    assert not gate.head.run_button.isEnabled()
    with qtbot.waitSignal(blocker.args[0].ended):
        blocker.args[0].cancel()
    assert gate.head.run_button.isEnabled()


def test_what_it_is_compared_with_is_reachable_before_it_runs(qtbot: QtBot, window: MakeGate) -> None:
    bench, gate = window()
    gate.head.inputs.against.setText(" local/digits/v3 ")
    started = []
    bench.session.job_started.connect(lambda job: started.append((job.request, bench.server.state)))
    run(qtbot, gate)
    ((request, state),) = [pair for pair in started if isinstance(pair[0], RunGate)]
    assert request.against == "local/digits/v3"
    assert state is ServerState.OURS


def test_images_dropped_on_the_gate_are_the_gates_and_elsewhere_they_are_tested(
    qtbot: QtBot, window: MakeGate, image_files: Callable[..., list[Path]], drop: Callable[..., bool]
) -> None:
    bench, gate = window()
    tabs = bench.window.tabs
    a, b = image_files("a.png", "b.png")
    assert drop(bench.window, a)
    assert gate.head.inputs.word == "Images: a.png"
    assert bench.window.pages.currentWidget() is tabs.deploy
    bench.window.pages.setCurrentWidget(tabs.model)
    assert drop(bench.window, b)
    qtbot.waitUntil(lambda: tabs.test.run.model.rowCount() == 1)
    assert bench.window.pages.currentWidget() is tabs.test
    gate.head.inputs.test_button.click()
    assert gate.head.inputs.word == "Images: 1 of the Test tab"
