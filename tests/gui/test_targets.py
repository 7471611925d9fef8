"""Targets in the window: cards to choose from, a form to add one, credentials in words, what all of it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import made_up_kind
import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from gui.acting import press_undo, project_of
from gui.deploying import FOLDER, ML_ENGINE, TARGETS, VERTEX, add_targets, idle
from workbench.gui.app import Application
from workbench.gui.deploy.credentials import AccessState
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.deploy.target_fields import defaults_of, fields_of, read_target, text_of, words_of
from workbench.gui.deploy.target_form import TargetForm
from workbench.gui.deploy.target_text import push_costs
from workbench.gui.deploy.targets_model import TargetRow, TargetsModel
from workbench.gui.project.session import ProjectSession
from workbench.spec.target import KINDS, AnyTarget
from workbench.spec.targets.base import Machine
from workbench.spec.targets.cloud import Accelerator
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import AutoScaling
from workbench.spec.targets.vertex_images import SERVING_IMAGE

MakeTab = Callable[..., tuple[ProjectSession, DeployTab, object]]

OTHERS = msgspec.structs.replace(ML_ENGINE, project="acme-1")
AWAY, EXPIRED = (msgspec.structs.replace(VERTEX, project=name) for name in ("offline-1", "expired-1"))


def test_targets_are_shown_by_the_rules_of_item_models(qtbot: QtBot) -> None:
    model = TargetsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    local = TargetRow("local", LocalTarget(), practice=True, word="running")
    model.set_rows([local, TargetRow("prod", VERTEX)])
    model.set_rows([local, TargetRow("prod", VERTEX, word="credentials found")])
    assert model.index(1).data() == "prod"
    spoken = str(model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken.startswith("local, practice, Local server, ")
    assert spoken.endswith("running")
    model.set_rows([])
    model.deleteLater()


@pytest.mark.parametrize("target", [LocalTarget(), VERTEX, ML_ENGINE, FOLDER], ids=lambda t: t.kind)
def test_every_setting_has_words_and_comes_back_as_it_was_typed(target: AnyTarget) -> None:
    texts = {name: text_of(target, name) for name in fields_of(target.kind)}
    assert set(texts) == {field.name for field in msgspec.structs.fields(type(target))}
    assert all(words_of(name).label != name for name in texts)
    assert read_target(target.kind, texts) == (target, {})


def test_tables_lists_and_numbers_are_read_from_one_line() -> None:
    texts = {"project": "acme-1", "bucket": "acme-models", "machine_type": "n1-standard-4"}
    texts |= {"auto_scaling": "min_nodes=1, max_nodes=3", "accelerator": "type=NVIDIA_TESLA_T4 count=2"}
    target, wrong = read_target("mlengine", texts | {"labels": "team=vision stage=test"})
    assert wrong == {}
    assert getattr(target, "auto_scaling", None) == AutoScaling(1, 3)
    assert getattr(target, "accelerator", None) == Accelerator("NVIDIA_TESLA_T4", 2)
    assert getattr(target, "labels", None) == {"team": "vision", "stage": "test"}
    _, wrong = read_target("mlengine", texts | {"auto_scaling": "nodes=1", "labels": "team"})
    assert "min_nodes" in wrong["auto_scaling"]
    assert "NAME=VALUE" in wrong["labels"]
    _, wrong = read_target("vertex", {"project": "acme-1", "region": "", "bucket": "b", "min_replicas": "two"})
    assert list(wrong) == ["min_replicas"]


def test_what_a_push_costs_is_said_where_it_costs() -> None:
    for free in (LocalTarget(), FOLDER):
        assert push_costs(free, Machine(), default=True, traffic=None) == ()
    assert "until it is deleted" in push_costs(ML_ENGINE, Machine(), default=True, traffic=None)[0]
    trial = push_costs(VERTEX, Machine(), default=False, traffic=None)
    assert len(trial) == 1
    assert "removed" in trial[0]
    shared = " ".join(push_costs(VERTEX, Machine("n1-highmem-8", 2, 4), default=False, traffic=10))
    assert "2 × n1-highmem-8 until it is undeployed" in shared
    assert "10 % of the traffic" in shared


def test_names_fit_the_target_and_ml_engine_points_at_its_successor() -> None:
    assert VERTEX.facts.model_name.suggest("My-Digits.v2") == "my_digits_v2"
    assert LocalTarget.facts.model_name.suggest("My-Digits") == "My_Digits"
    assert "31 January 2025" in ML_ENGINE.warning()
    assert "Vertex AI" in ML_ENGINE.warning()
    moved = msgspec.structs.replace(ML_ENGINE, url="http://ml.example").warning()
    assert "http://ml.example" in moved
    assert msgspec.structs.replace(VERTEX, image=SERVING_IMAGE).warning() == ""
    ended = msgspec.structs.replace(VERTEX, image="tf2-cpu.2-11").warning()
    assert "has not been available since 15 November 2024" in ended
    assert "docker push europe-west4-docker.pkg.dev/acme-vision-1/serving/serving:" in ended
    assert set(KINDS) == {"local", "mlengine", "vertex", "folder"}
    assert defaults_of("vertex")["image"] == SERVING_IMAGE


def test_the_local_target_leads_and_another_is_chosen_by_keys(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab)
    view = tab.push_page.targets.view
    assert [row.name for row in tab.push_page.targets.model.rows] == ["local", *TARGETS]
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert tab.desk.name == "prod"
    assert tab.pages.bar.tabText(0) == "Re&lease gate for prod"
    assert tab.gate.run.target == "prod"
    assert tab.push_card.traffic_field.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert tab.desk.name == "old"
    assert "31 January 2025" in tab.push_page.targets.card.warning
    assert not tab.push_card.traffic_field.isVisible()


def test_credentials_are_asked_for_when_a_card_is_chosen_and_told_in_words(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    add_targets(session, tab)
    assert tab.access.state is AccessState.NOT_NEEDED
    tab.desk.choose("prod")
    qtbot.waitUntil(lambda: tab.access.state is AccessState.LACKING)
    line = tab.push_page.targets.card.access
    assert "Application Default Credentials found: me@example.com" in line.text
    assert "Missing permissions: aiplatform.endpoints.deploy." in line.text
    tab.desk.choose("old")
    qtbot.waitUntil(lambda: tab.access.state is AccessState.NONE)
    assert "gcloud auth application-default login" in line.text
    assert tab.desk.told is None
    tab.desk.choose("shelf")
    assert line.text == "No account is needed."


@pytest.mark.parametrize(
    ("target", "state", "short", "said"),
    [
        (
            VERTEX,
            AccessState.LACKING,
            "permissions missing",
            "credentials found: me@example.com Missing permissions: aipl",
        ),
        (OTHERS, AccessState.FOUND, "credentials found", "Application Default Credentials found: me@example.com"),
        (
            ML_ENGINE,
            AccessState.NONE,
            "no credentials",
            "no Google credentials were found on this machine. Run `gcloud auth",
        ),
        (AWAY, AccessState.FAILED, "unknown", "tokens does not answer. Try again."),
        (EXPIRED, AccessState.FAILED, "credentials rejected", "no longer good. Log in again."),
    ],
)
def test_each_state_of_the_credentials_has_its_words_and_can_be_looked_at_again(
    qtbot: QtBot, make_deploy: MakeTab, target: AnyTarget, state: AccessState, short: str, said: str
) -> None:
    session, tab, _ = make_deploy()
    session.edit(msgspec.structs.replace(project_of(session), targets={"it": target}), "Targets")
    tab.pages.show_page(tab.push_page)
    tab.desk.choose("it")
    pane, line = tab.push_page.targets, tab.push_page.targets.card.access
    assert (tab.access.state, line.text) == (AccessState.ASKING, "Looking for credentials...")
    assert line.button.isHidden()
    qtbot.waitUntil(lambda: tab.access.state is state)
    assert said.lower() in line.text.lower()
    assert [row.word for row in pane.model.rows if row.name == "it"] == [short]
    line.button.click()
    assert tab.access.state is AccessState.ASKING
    qtbot.waitUntil(lambda: tab.access.state is state)


def test_a_slow_look_for_credentials_holds_nothing_up(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy("--hold", "CheckAccess")
    add_targets(session, tab, "prod")
    assert tab.access.state is AccessState.ASKING
    assert tab.push_card.button.isEnabled()
    assert tab.push_page.targets.view.isEnabled()


@pytest.fixture
def form(qtbot: QtBot) -> TargetForm:
    """A shown form for a new target, in a project that has the local one and `prod`."""
    made = TargetForm()
    qtbot.addWidget(made)
    made.show()
    made.begin(("local", "prod"))
    return made


def test_the_form_asks_for_what_a_new_kind_asks_for(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up_kind.enter(monkeypatch)
    form = TargetForm()
    qtbot.addWidget(form)
    form.begin(("local",))
    form.kind.setCurrentIndex(form.kind.findData("depot"))
    assert form.kind.currentText() == "Depot"
    assert list(form.fields) == ["depot", "shelf", "tags"]
    assert form.text("shelf").text() == "1"
    assert form.text("shelf").completer().model().rowCount() == 2
    for name, text in {"depot": "d", "shelf": "12", "tags": "a b"}.items():
        form.text(name).setText(text)
    form.name.setText("far")
    form.save_button.click()
    assert form.fields["shelf"].problem == "There is no shelf 12."
    form.text("shelf").setText("2")
    with qtbot.waitSignal(form.saved) as saved:
        form.save_button.click()
    assert saved.args == ["far", made_up_kind.DepotTarget(depot="d", shelf=2, tags=("a", "b"))]


def test_what_is_wrong_stands_at_the_field_that_was_typed_in(qtbot: QtBot, form: TargetForm) -> None:
    QTest.keyClicks(form.text("project"), "My Project")
    assert form.fields["project"].problem == "'My Project' is not a project ID."
    assert form.fields["bucket"].problem == ""
    form.save_button.click()
    assert form.fields["bucket"].problem == "'' is not a bucket name."
    assert form.name_field.problem == "Enter a name, such as production."
    form.name.setText("prod")
    assert form.name_field.problem == "A target with this name already exists."


def test_a_problem_in_a_further_setting_opens_them(qtbot: QtBot, form: TargetForm) -> None:
    form.name.setText("new")
    for name, text in {"project": "acme-1", "region": "europe-west4", "bucket": "acme"}.items():
        form.text(name).setText(text)
    form.text("labels").setText("Team")
    assert not form.fields["labels"].isVisible()
    form.save_button.click()
    assert form.fields["labels"].isVisible()
    assert "NAME=VALUE" in form.fields["labels"].problem


def test_another_kind_keeps_what_was_typed_and_warns_where_it_has_to(qtbot: QtBot, form: TargetForm) -> None:
    form.text("project").setText("acme-1")
    form.kind.setCurrentIndex(form.kind.findData("mlengine"))
    assert form.text("project").text() == "acme-1"
    assert "31 January 2025" in form.kind_field.note
    form.kind.setCurrentIndex(form.kind.findData("folder"))
    assert form.kind_field.note == ""
    assert "project" in form.fields
    assert form.text("path").text() == ""


def test_escape_leaves_the_form_and_return_saves(qtbot: QtBot, form: TargetForm) -> None:
    with qtbot.waitSignal(form.left):
        QTest.keyClick(form.name, Qt.Key.Key_Escape)
    form.kind.setCurrentIndex(form.kind.findData("folder"))
    form.name.setText("shelf")
    form.text("path").setText("/srv/models")
    with qtbot.waitSignal(form.saved) as blocker:
        QTest.keyClick(form.text("path"), Qt.Key.Key_Return)
    name, target = blocker.args
    assert name == "shelf"
    assert target.path == "/srv/models"


def test_a_target_is_added_changed_and_removed_and_undo_brings_each_back(
    qtbot: QtBot, make_workbench: Callable[..., Application], model_file: Callable[[str], Path]
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    bench.window.pages.setCurrentWidget(bench.window.tabs.deploy)
    tab = bench.window.tabs.deploy
    tab.pages.show_page(tab.push_page)
    pane = tab.push_page.targets
    pane.add_button.click()
    pane.form.kind.setCurrentIndex(pane.form.kind.findData("folder"))
    pane.form.name.setText("shelf")
    pane.form.text("path").setText("/srv/models")
    pane.form.save_button.click()
    assert tab.desk.name == "shelf"
    assert bench.window.actions_.undo.text() == "&Undo: Add target shelf"
    idle(qtbot, tab)
    pane.card.edit_button.click()
    assert not pane.form.name_field.isEnabled()
    pane.form.text("runtime").setText("2.19")
    pane.form.save_button.click()
    assert project_of(bench.session).targets["shelf"].tensorflow() == "2.19"
    idle(qtbot, tab)
    pane.card.remove_button.click()
    assert tab.desk.name == "local"
    bench.window.pages.setCurrentWidget(bench.window.tabs.model)
    press_undo(bench.window)
    assert bench.window.pages.currentWidget() is tab
    assert project_of(bench.session).targets["shelf"].tensorflow() == "2.19"
    press_undo(bench.window)
    press_undo(bench.window)
    assert project_of(bench.session).targets == {}
