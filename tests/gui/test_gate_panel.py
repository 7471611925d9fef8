"""The release gate's panel on a real child: before, while and after a run, out of date, and gone wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from made_reports import made_report
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import project_of, rename_scores, words
from workbench.core.report.report_file import write_report
from workbench.gui.gate.evidence_images import EvidenceImagesView
from workbench.gui.gate.evidence_models import ConfusionEvidenceModel
from workbench.gui.gate.evidence_view import FittedTable
from workbench.gui.gate.image_comparison import ImageComparisonDialog
from workbench.gui.gate.panel import GatePanel
from workbench.gui.gate.run import GateState
from workbench.gui.notices import CallInputs
from workbench.gui.project.session import ProjectSession
from workbench.spec.report import CheckResult, EvidenceImage, EvidenceImages, GateReport

MakePanel = Callable[..., tuple[ProjectSession, GatePanel]]


@pytest.fixture
def make_panel(
    qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]
) -> Iterator[MakePanel]:
    """A shown panel on an open model; it runs as soon as its button is pressed."""
    made: list[GatePanel] = []

    def act(*options: str) -> tuple[ProjectSession, GatePanel]:
        session = make_session(*options)
        panel = GatePanel(session)
        made.append(panel)
        qtbot.addWidget(panel)
        panel.run_wanted.connect(panel.start)
        panel.resize(1200, 640)
        panel.show()
        with qtbot.waitSignal(session.opened):
            session.open(str(model_file("digits.h5")))
        return session, panel

    yield act
    for panel in made:
        panel.close_threads()


@pytest.fixture
def failing(tmp_path: Path) -> GateReport:
    """The fake engine answers this report, with pictures, in this test."""
    pictures = tmp_path / "evidence"
    pictures.mkdir()
    report = made_report(pictures)
    write_report(report, pictures, tmp_path / "gate.json")
    return report


def run(qtbot: QtBot, panel: GatePanel) -> None:
    with qtbot.waitSignal(panel.run.ended):
        panel.head.run_button.click()


def choose(panel: GatePanel, name: str) -> None:
    panel.view.selectRow([row.name for row in panel.run.model.rows].index(name))


def test_before_a_run_the_checks_wait_and_nothing_can_be_saved(make_panel: MakePanel) -> None:
    _, panel = make_panel()
    assert panel.head.word.text() == "Not run yet"
    assert panel.head.run_button.isEnabled()
    assert not panel.head.save_button.isEnabled()
    assert not panel.head.cancel_button.isVisible()
    assert panel.objection == ""
    assert "loaders open the export" in panel.detail.text()


def test_a_run_judges_every_check_and_gives_a_verdict(qtbot: QtBot, make_panel: MakePanel) -> None:
    _, panel = make_panel()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    with qtbot.waitSignal(panel.run.ended):
        QTest.keyClick(panel, Qt.Key.Key_F6)
    assert {row.state for row in panel.run.model.rows} == {"pass"}
    assert panel.head.word.text() == "Pass"
    assert panel.head.remark.toolTip() == "All 12 checks passed"
    assert "synthetic images" in panel.head.when.toolTip()
    assert panel.head.save_button.isEnabled()
    assert panel.head.run_button.text().replace("&", "") == "Run again"


def test_a_failure_is_what_is_looked_at_first(qtbot: QtBot, make_panel: MakePanel, failing: GateReport) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    assert panel.head.word.text() == "Fail"
    assert panel.view.current_row().name == "skew"
    assert "8.104\u202fpixel values (0-255) / 1\u202fpixel values (0-255)  ·  11.9 s" in panel.detail.text()
    assert "→ Set the reader to load_img:nearest" in panel.detail.text()
    assert panel.objection == "The release gate failed: Training-serving skew."


def test_while_it_runs_checks_come_one_by_one_and_cancel_leaves_no_verdict(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    _, panel = make_panel("--hold", "RunGate")
    panel.head.run_button.click()
    qtbot.waitUntil(lambda: panel.run.number == 5)
    assert [row.state for row in panel.run.model.rows[:6]] == ["pass", "warn", "pass", "fail", "running", "waiting"]
    assert panel.head.word.text() == "Running..."
    assert panel.head.remark.toolTip().startswith("5 of 12: Runs in the target's TensorFlow")
    assert not panel.head.run_button.isEnabled()
    with qtbot.waitSignal(panel.run.ended):
        panel.head.cancel_button.click()
    assert panel.run.state is GateState.CANCELLED
    assert panel.run.model.rows[4].state == "stopped"
    assert (panel.run.report, panel.objection) == (None, "")
    assert panel.head.run_button.isEnabled()


def test_an_engine_that_dies_is_told_and_the_gate_can_be_run_again(qtbot: QtBot, make_panel: MakePanel) -> None:
    _, panel = make_panel("--die-on", "RunGate")
    run(qtbot, panel)
    assert panel.run.state is GateState.FAILED
    assert panel.head.word.text() == "Could not be run"
    assert panel.head.remark.toolTip() != ""
    assert "running" not in {row.state for row in panel.run.model.rows}
    assert panel.head.run_button.isEnabled()
    assert not panel.head.save_button.isEnabled()


def test_a_gate_that_fails_says_why(qtbot: QtBot, make_panel: MakePanel) -> None:
    session, panel = make_panel("--fail", "RunGate")
    with qtbot.waitSignal(session.noticed):
        panel.head.run_button.click()
    assert panel.head.remark.toolTip() == "There is no memory left."


def test_other_settings_make_the_verdict_out_of_date_and_the_same_ones_bring_it_back(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    session, panel = make_panel()
    run(qtbot, panel)
    key = project_of(session).signature.scores_key
    rename_scores(session, "other")
    assert panel.head.word.text() == "Out of date"
    assert panel.head.remark.toolTip() == "Settings have changed since. Last verdict: Fail."
    assert panel.objection == ""
    rename_scores(session, key)
    assert panel.head.word.text() == "Fail"


def test_saving_the_project_elsewhere_leaves_the_verdict(qtbot: QtBot, make_panel: MakePanel, tmp_path: Path) -> None:
    session, panel = make_panel()
    run(qtbot, panel)
    (tmp_path / "deep").mkdir()
    before = project_of(session).model
    assert session.save(tmp_path / "deep" / "project.toml")
    assert project_of(session).model != before
    assert panel.head.word.text() == "Pass"


def test_another_model_forgets_the_verdict_and_what_still_comes_of_it(
    qtbot: QtBot, make_panel: MakePanel, model_file: Callable[[str], Path]
) -> None:
    session, panel = make_panel("--hold", "RunGate")
    panel.head.run_button.click()
    qtbot.waitUntil(lambda: panel.run.number == 5)
    with qtbot.waitSignal(session.opened):
        session.open(str(model_file("other.h5")))
    assert panel.head.word.text() == "Not run yet"
    assert {row.state for row in panel.run.model.rows} == {"waiting"}
    qtbot.wait(100)
    assert panel.run.state is GateState.NOT_YET


def test_settings_that_are_wrong_are_mended_first(make_panel: MakePanel) -> None:
    session, panel = make_panel()
    rename_scores(session, "")
    assert not panel.head.run_button.isEnabled()
    assert panel.head.remark.toolTip().startswith("Fix the settings first:")


def test_the_evidence_of_a_check_is_shown_and_can_be_folded(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    choose(panel, "labels")
    assert [view.button.text() for view in panel.detail.evidence] == ["Confusion matrix", "Recall by class"]
    matrix = panel.detail.evidence[0].content
    assert isinstance(matrix, FittedTable)
    assert isinstance(matrix.model(), ConfusionEvidenceModel)
    qtbot.waitUntil(matrix.isVisible)
    panel.detail.evidence[0].button.click()
    assert not matrix.isVisible()


def test_the_worst_image_is_one_click_away_and_all_sides_move_together(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    pictures = panel.detail.evidence[1].content
    assert isinstance(pictures, EvidenceImagesView)
    assert [item.source for item in pictures.items] == [f"five_{n}.jpg" for n in (1440, 1441, 1442, 1443)]
    assert all(Path(path).is_file() for item in pictures.items for _, path in item.sides)
    strip = pictures.strips[0]
    assert strip.accessibleName() == "Compare five_1440.jpg"
    QTest.keyClick(strip, Qt.Key.Key_Space)
    (dialog,) = panel.findChildren(ImageComparisonDialog)
    qtbot.waitUntil(lambda: all(not view.sceneRect().isEmpty() for view in dialog.views))
    assert [view.accessibleName() for view in dialog.views] == [
        "Original",
        "Training path",
        "Serving path",
        "Difference",
    ]
    dialog.in_button.click()
    dialog.in_button.click()
    dialog.views[1].follow(4.0, 0.25, 0.75)
    dialog.views[1].zoom(2.0)
    assert {view.place for view in dialog.views} == {(8.0, 0.25, 0.75)}
    dialog.fit_button.click()
    assert {view.place for view in dialog.views} == {(1.0, 0.5, 0.5)}
    dialog.close()


def test_the_arrow_keys_go_from_image_to_image(qtbot: QtBot, make_panel: MakePanel, failing: GateReport) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    pictures = panel.detail.evidence[1].content
    assert isinstance(pictures, EvidenceImagesView)
    dialog = pictures.compare(2)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    assert "3 of 4, the worst first" in words(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Right)
    assert dialog.windowTitle() == "Compare five_1443.jpg"
    assert not dialog.next_button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Left)
    assert dialog.place == 2
    dialog.close()


def test_a_picture_that_is_not_there_and_one_that_is_a_path_spoil_nothing(
    qtbot: QtBot, make_panel: MakePanel, tmp_path: Path
) -> None:
    item = EvidenceImage("a.jpg", "<b>bold</b>", original="gone.png", training="../../secret.png")
    check = CheckResult(name="skew", title="Skew", verdict="fail", evidence=(EvidenceImages("Worst", (item,)),))
    report = GateReport(verdict="fail", checks=(check,), files="gate_files")
    (tmp_path / "gate.json").write_bytes(msgspec.json.encode(report))
    _, panel = make_panel()
    run(qtbot, panel)
    pictures = panel.detail.evidence[0].content
    assert isinstance(pictures, EvidenceImagesView)
    assert [title for title, _ in pictures.items[0].sides] == ["Original"]
    assert "&lt;b&gt;bold&lt;/b&gt;" in words(pictures)


def test_golden_answers_are_accepted_only_by_their_button(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    assert panel.run.report is not None
    assert panel.run.report.versions["golden"] == "not accepted"
    assert not panel.detail.accept_button.isVisible()
    choose(panel, "golden")
    with qtbot.waitSignal(panel.run.ended):
        panel.detail.accept_button.click()
    assert panel.run.report.versions["golden"] == "accepted"
    run(qtbot, panel)
    assert panel.run.report.versions["golden"] == "not accepted"


def test_the_report_is_saved_where_it_was_asked_for(qtbot: QtBot, make_panel: MakePanel, tmp_path: Path) -> None:
    session, panel = make_panel()
    run(qtbot, panel)
    with qtbot.waitSignals([panel.run.saved, session.noticed]):
        panel.run.save(str(tmp_path / "out.json"))
    assert msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=GateReport) == panel.run.report


def test_the_images_are_those_of_the_test_tab_unless_others_are_chosen(
    qtbot: QtBot, make_panel: MakePanel, image_files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    _, panel = make_panel()
    inputs = panel.head.inputs
    assert inputs.word == "Images: none; synthetic images are used"
    paths = tuple(str(path) for path in image_files("a.png", "b.png"))
    inputs.test_inputs = lambda: CallInputs((*paths, "/instances.jsonl"), {"metadata": "x"})
    panel.refresh()
    assert inputs.word == "Images: 2 of the Test tab"
    run(qtbot, panel)
    assert panel.run.report is not None
    assert panel.run.report.versions["images"] == "a.png,b.png"
    (tmp_path / "classes").mkdir()
    panel.set_images([str(tmp_path / "classes")])
    assert inputs.word == "Images: classes/"
    run(qtbot, panel)
    assert panel.run.report.versions["images"] == "classes"
    inputs.test_button.click()
    assert inputs.word == "Images: 2 of the Test tab"


def test_everything_in_the_panel_has_a_name_for_a_screen_reader(
    qtbot: QtBot, make_panel: MakePanel, failing: GateReport
) -> None:
    _, panel = make_panel()
    run(qtbot, panel)
    named = [panel.view, panel.head.inputs.against, *(view.content for view in panel.detail.evidence)]
    assert [w for w in named if not w.accessibleName() and not isinstance(w, EvidenceImagesView)] == []
