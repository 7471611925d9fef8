"""What shortens the way from a model to a version: offers, a push from the gate, versions that are looked at anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import project_of, rename_scores
from gui.deploying import idle, push, shown_rows
from workbench.gui.app import Application
from workbench.gui.deploy import tab as deploy_tab
from workbench.gui.signature.label_offers import labels_beside
from workbench.spec.messages import PushVersion, RunGate, SetDefault

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]

TEN = "\n".join(f"label {n}" for n in range(10))


def opened(qtbot: QtBot, bench: Application, model: Path) -> Application:
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model))
    return bench


def deploying(qtbot: QtBot, bench: Application, model: Path) -> Application:
    opened(qtbot, bench, model)
    bench.window.pages.setCurrentWidget(bench.window.tabs.deploy)
    return bench


def test_what_has_passed_is_pushed_with_one_click_on_the_gates_card(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = deploying(qtbot, make_workbench(), model_file("digits.h5"))
    deploy = bench.window.tabs.deploy
    button = deploy.gate.head.push_button
    assert not button.isEnabled()
    with qtbot.waitSignal(deploy.gate.run.ended):
        deploy.gate.head.run_button.click()
    assert button.isEnabled()
    rename_scores(bench.session, "other")
    assert not button.isEnabled()
    bench.window.actions_.undo.trigger()
    asked = []
    bench.session.job_started.connect(lambda job: asked.append(job.request))
    bench.window.pages.setCurrentWidget(deploy)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown_rows(deploy) == ["v1"])
    (sent,) = [request for request in asked if isinstance(request, PushVersion)]
    assert sent.verdict == "canned"
    assert not any(isinstance(request, RunGate) for request in asked)
    assert deploy.push_card.isVisible()


def test_default_is_ticked_for_a_models_first_version_alone_unless_the_user_chose(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = deploying(qtbot, make_workbench(), model_file("digits.h5"))
    deploy = bench.window.tabs.deploy
    card = deploy.push_card
    deploy.pages.show_page(deploy.push_page)
    asked: list[PushVersion] = []
    bench.session.job_started.connect(
        lambda job: asked.append(job.request) if isinstance(job.request, PushVersion) else None
    )
    push(qtbot, deploy, 1)
    push(qtbot, deploy, 2)
    assert [request.default for request in asked] == [True, False]
    assert not card.default.isChecked()
    QTest.mouseClick(card.default, Qt.MouseButton.LeftButton, pos=card.default.rect().center() * 0.1)
    assert card.default.isChecked()
    deploy.listing.refresh()
    idle(qtbot, deploy)
    assert card.default.isChecked()


def test_versions_that_others_change_are_seen_without_a_click_and_the_choice_stays(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_tab, "AGAIN_MS", 50)
    bench = deploying(qtbot, make_workbench(), model_file("digits.h5"))
    deploy = bench.window.tabs.deploy
    deploy.pages.show_page(deploy.push_page)
    push(qtbot, deploy, 1)
    push(qtbot, deploy, 2)
    idle(qtbot, deploy)
    # Somebody else makes the second one the default.
    bench.deploy.send(SetDefault(**deploy.desk.about(), model="digits", version="v2"), "")
    qtbot.waitUntil(lambda: [v.name for v in deploy.versions_card.table.versions if v.default] == ["v2"])
    deploy.versions_card.view.selectRow(0)
    resets = []
    deploy.versions_card.table.modelReset.connect(lambda: resets.append(1))
    qtbot.wait(200)
    assert resets == []
    chosen = deploy.versions_card.chosen()
    assert chosen is not None
    assert chosen.name == "v1"


def test_versions_to_compare_with_are_chosen_from_those_that_are_known(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = deploying(qtbot, make_workbench(), model_file("digits.h5"))
    deploy = bench.window.tabs.deploy
    deploy.pages.show_page(deploy.push_page)
    push(qtbot, deploy, 1)
    deploy.pages.show_page(deploy.gate)
    picker = deploy.gate.head.inputs.versions
    assert [picker.itemText(n) for n in range(picker.count())] == ["", "local/digits", "local/digits/v1"]
    assert deploy.gate.against == ""
    picker.setFocus()
    for _ in range(3):
        QTest.keyClick(picker, Qt.Key.Key_Down)
    assert deploy.gate.against == "local/digits/v1"
    deploy.listing.refresh()
    idle(qtbot, deploy)
    assert deploy.gate.against == "local/digits/v1"


@pytest.mark.parametrize("name", ["labels.txt", "digits_labels.txt", "class_names.txt"])
def test_labels_beside_the_model_offer_themselves_and_the_top_1_label_after_them(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text(TEN)
    bench = opened(qtbot, make_workbench(), model_file("digits.h5"))
    banner = bench.window.banner
    qtbot.waitUntil(lambda: banner.text.startswith(name))
    assert project_of(bench.session).signature.labels == ()
    QTest.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert project_of(bench.session).signature.labels[3] == "label 3"
    assert "top-1 label" in banner.text
    assert project_of(bench.session).signature.best_key == ""
    QTest.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert project_of(bench.session).signature.best_key == "label"
    assert banner.text == ""
    bench.window.actions_.undo.trigger()
    bench.window.actions_.undo.trigger()
    assert project_of(bench.session).signature.labels == ()


def test_labels_of_another_number_are_not_offered(tmp_path: Path, model_file: MakeModel) -> None:
    model = model_file("digits.h5")
    (tmp_path / "labels.txt").write_text(TEN)
    assert labels_beside(model, 10) == tmp_path / "labels.txt"
    assert labels_beside(model, 11) is None
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\xff")
    assert labels_beside(model, 10) is None


def test_an_offer_waits_for_what_is_told_of_the_model(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    (tmp_path / "labels.txt").write_text(TEN)
    bench = opened(qtbot, make_workbench(), model_file("twins.h5"))
    banner = bench.window.banner
    qtbot.waitUntil(lambda: "2 image inputs" in banner.text)
    qtbot.wait(20)
    assert "2 image inputs" in banner.text
    banner.close_button.click()
    qtbot.waitUntil(lambda: banner.text.startswith("labels.txt"))


def test_labels_that_are_known_make_the_top_1_label_one_click(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = opened(qtbot, make_workbench(), model_file("digits.h5"))
    card = bench.window.tabs.signature.labels
    bench.window.pages.setCurrentWidget(bench.window.tabs.signature)
    assert not card.top_button.isEnabled()
    labelled = msgspec.structs.replace(project_of(bench.session).signature, labels=tuple("abcdefghij"))
    bench.session.set_signature(labelled, "Load labels")
    assert card.top_button.isEnabled()
    card.top_button.click()
    assert project_of(bench.session).signature.best_key == "label"
    assert not card.top_button.isEnabled()
