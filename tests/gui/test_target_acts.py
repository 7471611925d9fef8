"""What is done at a target: push after a question, plan, share, go back, delete, compare, call, and the log of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.acting import rename_scores
from gui.deploying import add_targets, idle, push, shown_rows
from workbench.gui.app import Application
from workbench.gui.deploy.changes_model import ChangesModel
from workbench.gui.deploy.log_page import LogColumn, LogModel
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.notices import Notice
from workbench.gui.progress_text import figures_text
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.spec.diff import SignatureChange
from workbench.spec.messages import PushVersion, RunGate
from workbench.spec.model import Progress
from workbench.spec.release import Release, TargetIdentity
from workbench.spec.report import GateRecord
from workbench.spec.targets.base import Machine

MakeTab = Callable[..., tuple[ProjectSession, DeployTab, object]]


def is_stale(tab: DeployTab) -> bool:
    """Whether the gate's verdict still counts, asked anew each time: the type checker believes what was asserted."""
    return tab.gate.run.stale


def line(action: str, **more: object) -> Release:
    known = {"outcome": "done", "when": "2026-11-22T10:00:00Z", "who": "me@here", "workbench": "1", "model": "m"}
    return Release(action=action, place=TargetIdentity("local", "x"), **{**known, **more})  # type: ignore[arg-type]


def test_the_log_and_the_differences_keep_the_rules_of_item_models(qtbot: QtBot) -> None:
    log, changes = LogModel(), ChangesModel()
    for model in (log, changes):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    gate = GateRecord("fail", override="It is known.")
    log.set_lines((line("push", version="v1"), line("push", version="v2", gate=gate, outcome="failed", error="No.")))
    assert [log.index(row, LogColumn.WHAT).data() for row in range(2)] == ["push v2", "push v1"]
    assert log.index(0, LogColumn.GATE).data() == "Fail, overridden"
    assert log.index(0, LogColumn.OUTCOME).data() == "failed: No.  ·  override reason: It is known."
    assert log.index(1, LogColumn.GATE).data() == ""
    log.set_lines((line("traffic", traffic={"1": 90, "2": 10}),))
    assert log.index(0, LogColumn.WHAT).data() == "traffic 1 90 % 2 10 %"
    changes.set_changes(
        (SignatureChange("breaking", "tensor", "It was removed."), SignatureChange("compatible", "x", "New."))
    )
    assert changes.index(0, 0).data() == "breaking"
    assert changes.index(1, 2).data() == "New."
    for model in (log, changes):
        model.deleteLater()


def test_bytes_are_told_as_bytes_and_steps_as_numbers() -> None:
    assert figures_text(Progress("Uploading", 4_650_000, 9_300_000, "bytes")) == "4.7 MB of 9.3 MB"
    assert figures_text(Progress("Reading", 3, 12)) == "3 of 12"
    assert figures_text(Progress("Waiting")) == ""


def test_a_push_that_costs_asks_first_and_escape_leaves_it(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    idle(qtbot, tab)
    asked: list[object] = []
    session.job_started.connect(lambda job: asked.append(job.request))
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    card = tab.push_card
    card.traffic.setValue(100)
    card.button.setFocus()
    card.button.click()
    assert "Push 'my_digits' to prod?" in card.confirm.text
    assert "billed for every hour" in card.confirm.text
    assert card.confirm.cancel_button.hasFocus()
    QTest.keyClick(card.confirm.cancel_button, Qt.Key.Key_Escape)
    assert not card.confirm.asking
    assert card.button.hasFocus()
    assert not any(isinstance(request, PushVersion) for request in asked)
    card.button.click()
    card.confirm.act_button.click()
    qtbot.waitUntil(lambda: bool(tab.versions_card.table.versions))
    (request,) = [request for request in asked if isinstance(request, PushVersion)]
    assert (request.target, request.traffic, request.default) == ("prod", 100, False)
    assert card.progress.receipt == "/receipts/my_digits-1.json"
    assert "billed for at least" in card.progress.notes
    assert tab.state is TabState.DONE


def test_a_question_is_withdrawn_when_what_it_is_about_changes(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    idle(qtbot, tab)
    tab.push_card.button.click()
    tab.push_card.version.setText("canary")
    assert not tab.push_card.confirm.asking
    tab.push_card.button.click()
    tab.desk.choose("old")
    assert not tab.push_card.confirm.asking


def test_another_machine_for_one_version_goes_with_the_push(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    idle(qtbot, tab)
    form = tab.push_card.machine
    form.kind.setText("n1-highmem-8")
    form.least.setValue(3)
    form.most.setValue(2)
    assert "min_replicas <= max_replicas" in form.problem
    assert not tab.push_card.button.isEnabled()
    form.most.setValue(4)
    tab.push_card.button.click()
    with qtbot.waitSignal(
        session.job_started, check_params_cb=lambda job: isinstance(job.request, PushVersion)
    ) as blocker:
        tab.push_card.confirm.act_button.click()
    assert blocker.args[0].request.machine == Machine("n1-highmem-8", 3, 4)
    tab.desk.choose("local")
    assert form.machine() == Machine()


def test_names_are_judged_by_the_rules_of_the_target(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "shelf")
    tab.push_card.version.setText("v1")
    assert "Versions of a folder target are numbers." in tab.push_card.version_field.problem
    tab.push_card.version.setText("7")
    assert tab.push_card.version_field.problem == ""
    tab.push_card.model.setText("Digits")
    tab.desk.choose("prod")
    assert "is not a valid model name" in tab.push_card.model_field.problem


def test_a_dry_run_shows_the_exact_calls_and_commands_to_copy(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    idle(qtbot, tab)
    tab.push_card.plan_button.click()
    plan = tab.push_page.plan
    qtbot.waitUntil(lambda: bool(plan.calls.text()))
    assert plan.isVisible()
    assert plan.calls.text().startswith("POST https://prod.example/v1/models/my_digits/versions\n{")
    assert "(9.3 MB)" in plan.calls.text()
    assert "Nothing has been sent." in plan.word
    assert tab.versions_card.table.versions == ()
    plan.commands.copy_button.click()
    assert QApplication.clipboard().text() == "gcloud ai-platform versions create v1"
    tab.desk.choose("local")
    assert plan.calls.text() == ""


def test_the_shares_have_to_make_a_hundred_and_say_what_they_cost(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    push(qtbot, tab, 1)
    push(qtbot, tab, 2)
    panel, card = tab.versions_card.traffic, tab.versions_card
    card.traffic_button.click()
    assert "billed for every hour" in panel.text
    panel.boxes["1"].setValue(90)
    assert not panel.apply_button.isEnabled()
    QTest.keyClick(panel.boxes["1"], Qt.Key.Key_Escape)
    assert panel.isHidden()
    card.traffic_button.click()
    panel.boxes["1"].setValue(90)
    panel.boxes["2"].setValue(10)
    panel.apply_button.click()
    qtbot.waitUntil(lambda: [v.traffic for v in card.table.versions] == [90, 10])
    assert not card.view.isColumnHidden(3)
    assert card.table.index(1, 3).data() == "10 %"


def test_a_deletion_asks_first_and_takes_the_version_that_was_chosen(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab)
    push(qtbot, tab, 1)
    push(qtbot, tab, 2)
    card = tab.versions_card
    card.view.selectRow(1)
    card.view.setFocus()
    QTest.keyClick(card.view, Qt.Key.Key_Delete)
    assert "Delete v2 of 'my_digits' at local?" in card.confirm.text
    QTest.keyClick(card.confirm, Qt.Key.Key_Escape)
    assert shown_rows(tab) == ["v1", "v2"]
    card.delete_button.click()
    card.confirm.act_button.click()
    qtbot.waitUntil(lambda: shown_rows(tab) == ["v1"])


def test_going_back_asks_first_and_the_log_tells_all_of_it(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab)
    push(qtbot, tab, 1)
    tab.push_card.default.setChecked(True)
    push(qtbot, tab, 2)
    card, log = tab.versions_card, tab.push_page.log
    assert [v.default for v in card.table.versions] == [False, True]
    tab.push_page.below.show_page(log)
    qtbot.waitUntil(lambda: len(log.table.lines) == 2)
    card.back_button.click()
    assert "Roll back at local?" in card.confirm.text
    card.confirm.act_button.click()
    qtbot.waitUntil(lambda: [v.default for v in card.table.versions] == [True, False])
    qtbot.waitUntil(lambda: len(log.table.lines) == 3)
    assert log.table.index(0, LogColumn.WHAT).data() == "roll back to v1"
    assert log.table.index(1, LogColumn.GATE).data() == "Pass"


def test_a_version_is_compared_with_the_default_or_two_with_each_other(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab)
    push(qtbot, tab, 1)
    push(qtbot, tab, 2)
    card, page = tab.versions_card, tab.push_page.compare
    assert not card.compare_button.isEnabled()
    card.view.selectRow(1)
    card.compare_button.click()
    qtbot.waitUntil(lambda: bool(page.table.changes))
    assert page.isVisible()
    assert page.word == "Breaking: v2 breaks callers of v1."
    card.view.selectAll()
    assert card.compare_button.toolTip() == "Differences for callers between v1 and v2"


def test_dropped_images_are_called_with_where_the_versions_are_looked_at(
    qtbot: QtBot,
    make_workbench: Callable[..., Application],
    model_file: Callable[[str], Path],
    image_files: Callable[..., list[Path]],
    drop: Callable[..., bool],
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    tab = bench.window.tabs.deploy
    bench.window.pages.setCurrentWidget(tab)
    tab.pages.show_page(tab.push_page)
    (image,) = image_files("a.png")
    assert drop(bench.window, image)
    qtbot.waitUntil(lambda: "classes" in tab.call_card.reply.text())
    assert tab.call_card.isVisible()
    assert bench.window.pages.currentWidget() is tab


def test_a_model_that_is_not_there_yet_is_no_error(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "empty")
    qtbot.waitUntil(lambda: tab.listing.looked)
    assert tab.versions_card.empty_text() == "'my_digits' has no versions at empty yet. Push the first one."
    assert tab.desk.told is None


def test_an_error_is_told_until_something_else_is_asked_of_the_target(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy("--fail", "SetDefault")
    add_targets(session, tab)
    told: list[Notice] = []
    session.noticed.connect(lambda notice: told.append(notice))
    push(qtbot, tab, 1)
    push(qtbot, tab, 2)
    tab.versions_card.view.selectRow(1)
    tab.versions_card.default_button.click()
    qtbot.waitUntil(lambda: tab.desk.told is not None)
    assert [notice.text for notice in told] == ["There is no memory left."]
    assert shown_rows(tab) == ["v1", "v2"]
    with qtbot.waitSignal(session.withdrawn) as withdrawn:
        push(qtbot, tab, 3)
    assert withdrawn.args == told


@pytest.mark.parametrize("page", ["push", "call"])
def test_what_the_engine_was_doing_when_it_died_can_be_tried_again(
    qtbot: QtBot, make_deploy: MakeTab, image_files: Callable[..., list[Path]], page: str
) -> None:
    session, tab, _ = make_deploy("--die-on", "PushVersion", "--die-on", "CallVersion")
    add_targets(session, tab)
    with qtbot.waitSignal(session.noticed) as blocker:
        if page == "push":
            tab.push_card.button.click()
        else:
            tab.take_images(tuple(str(path) for path in image_files("a.png")))
    assert blocker.args[0].restart is session.engines.targets
    idle(qtbot, tab)
    for name in ("prod", "shelf", "local"):
        tab.desk.choose(name)
    tab.push_page.below.show_page(tab.push_page.log)
    assert session.engines.targets.pid == 0  # Nothing that is only looked at starts it again.
    assert tab.push_card.button.isEnabled()
    assert tab.push_card.model.text() == "my_digits"


def test_the_gate_judges_for_the_chosen_target_and_others_do_not_age_its_verdict(
    qtbot: QtBot, make_deploy: MakeTab
) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab, "prod")
    # The list of versions comes after the credentials; until it is there the checks cannot be run.
    qtbot.waitUntil(lambda: tab.listing.looked and not tab.desk.busy)
    with qtbot.waitSignal(tab.gate.run.ended):
        tab.gate.head.run_button.click()
    started: list[RunGate] = []
    session.job_started.connect(lambda job: started.append(job.request) if isinstance(job.request, RunGate) else None)
    with qtbot.waitSignal(tab.gate.run.ended):
        tab.gate.head.run_button.click()
    assert [check.target for check in started] == ["prod"]
    tab.desk.choose("shelf")
    assert is_stale(tab)
    tab.desk.choose("prod")
    assert not is_stale(tab)
    tab.push_page.targets.form.saved.emit("another", tab.desk.target)
    tab.desk.choose("prod")
    assert not is_stale(tab)
    rename_scores(session, "other")
    assert is_stale(tab)
