"""The gate's item models keep Qt's rules and say what is in them; nothing in a report is taken for markup."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QBrush
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from workbench.gui.charts.curves import Curves
from workbench.gui.charts.evidence import EvidenceChart
from workbench.gui.gate.checks_model import CheckColumn, ChecksModel
from workbench.gui.gate.evidence_models import ConfusionEvidenceModel, EvidenceTableModel
from workbench.gui.gate.evidence_view import FittedTable, chart_widget
from workbench.gui.theme import tones
from workbench.gui.widgets.disclosure import Disclosure
from workbench.spec.check_words import CHECK_WORDS
from workbench.spec.report import Chart, ChartSeries, CheckResult, CheckVerdict, ConfusionEvidence, EvidenceTable

Role = Qt.ItemDataRole
EVIL = "<img src=x>"


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    """Every change is checked; the first broken rule ends the test."""
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)


def result(name: str, verdict: CheckVerdict = "pass", message: str = "well") -> CheckResult:
    return CheckResult(
        name=name, title=name.title(), verdict=verdict, measured=8.1, limit=1, unit="levels", message=message
    )


@pytest.fixture
def checks(qtbot: QtBot) -> ChecksModel:
    model = ChecksModel()
    watched(model)
    return model


def shown(model: QAbstractItemModel, row: int, column: int, role: Role = Role.DisplayRole) -> object:
    return model.index(row, column).data(role)


def test_every_check_waits_and_says_what_it_asks(checks: ChecksModel) -> None:
    assert [row.name for row in checks.rows] == [c.name for c in CHECK_WORDS]
    assert len(checks.rows) == 12
    assert {row.state for row in checks.rows} == {"waiting"}
    assert str(shown(checks, 3, CheckColumn.CHECK, Role.AccessibleTextRole)).endswith("that training fed it?")
    assert shown(checks, 3, CheckColumn.MEASURED) == ""


def test_a_check_runs_and_is_judged_with_its_figures(checks: ChecksModel) -> None:
    checks.begin("skew", "The same picture")
    assert checks.rows[3].state == "running"
    checks.judge(result("skew", "fail", "It is another one."))
    assert [shown(checks, 3, column) for column in CheckColumn] == ["Skew", "8.1\u202flevels", "1\u202flevels"]
    assert shown(checks, 3, CheckColumn.CHECK, Role.AccessibleTextRole) == "Skew: Fail. It is another one."
    assert checks.rows[4].state == "waiting"


def test_a_check_that_is_not_in_the_catalogue_is_added(checks: ChecksModel) -> None:
    checks.begin("carbon", "Carbon")
    checks.judge(result("carbon", "warn"))
    assert (checks.rows[12].name, checks.rows[12].state) == ("carbon", "warn")
    checks.clear()
    assert len(checks.rows) == 12


def test_what_was_under_way_is_stopped_and_what_was_judged_stays(checks: ChecksModel) -> None:
    checks.judge(result("loads"))
    checks.begin("signature", "Signature")
    checks.stop()
    assert [row.state for row in checks.rows[:3]] == ["pass", "stopped", "waiting"]


def test_the_row_to_look_at_is_the_first_failure_else_the_first_warning(checks: ChecksModel) -> None:
    assert checks.worst() == 0
    checks.judge(result("signature", "warn"))
    assert checks.worst() == 1
    checks.judge(result("skew", "fail"))
    checks.judge(result("outputs", "fail"))
    assert checks.worst() == 3


def test_a_table_shows_numbers_at_the_right_and_gaps_empty(qtbot: QtBot) -> None:
    model = EvidenceTableModel(EvidenceTable("t", ("Reader", "Mean"), (("tf1", 8.1044), ("none", None), ("short",))))
    watched(model)
    assert [shown(model, n, 1) for n in range(3)] == ["8.104", "", ""]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Mean"
    assert shown(model, 0, 0, Role.TextAlignmentRole) is None
    right = shown(model, 0, 1, Role.TextAlignmentRole)
    assert isinstance(right, int)
    assert right & Qt.AlignmentFlag.AlignRight.value


def test_a_matrix_shades_right_and_wrong_answers_by_their_share(qtbot: QtBot) -> None:
    model = ConfusionEvidenceModel(ConfusionEvidence("m", ("cat", "dog"), ((3, 1), (0, 4))))
    watched(model)
    right, wrong, none, all_right = (shown(model, r, c, Role.BackgroundRole) for r in (0, 1) for c in (0, 1))
    assert none is None
    assert isinstance(right, QBrush)
    assert isinstance(wrong, QBrush)
    assert isinstance(all_right, QBrush)
    assert right.color().rgb() == tones().ok.rgb()
    assert wrong.color().rgb() == tones().error.rgb()
    assert wrong.color().alphaF() < right.color().alphaF() < all_right.color().alphaF()
    assert shown(model, 0, 1, Role.ToolTipRole) == "Actual cat, predicted dog: 1"


def test_a_large_matrix_is_cut_to_the_classes_that_are_confused(qtbot: QtBot) -> None:
    counts = [[0] * 200 for _ in range(200)]
    counts[150][3] = 5
    model = ConfusionEvidenceModel(
        ConfusionEvidence("m", tuple(f"c{n}" for n in range(200)), tuple(map(tuple, counts)))
    )
    watched(model)
    assert (model.rowCount(), model.columnCount()) == (30, 30)
    labels = [model.headerData(n, Qt.Orientation.Vertical) for n in range(30)]
    assert {"c3", "c150"} <= set(labels)
    assert model.note.startswith("The 30 most confused of 200 classes")


def test_a_chart_is_drawn_and_its_numbers_open_below_it(qtbot: QtBot) -> None:
    lines = (ChartSeries("p50", (6.2, 7.1)), ChartSeries("p95", (8.8, float("nan"))))
    view = chart_widget(Chart("Sweep", "lines", ("1", "2"), lines, "images", "ms"))
    qtbot.addWidget(view)
    (drawn,) = view.findChildren(EvidenceChart)
    assert isinstance(drawn.drawing, Curves)
    assert [curve.name for curve in drawn.drawing.curves] == ["p50", "p95"]
    assert [entry.name for entry in drawn.drawing.legend] == ["p50", "p95"]
    assert [mark.text for mark in drawn.marks] == ["1: p50 6.2, p95 8.8", "2: p50 7.1, p95 –"]
    assert drawn.accessibleDescription() == "p50: 6.2 to 7.1; p95: 8.8 to 8.8"
    (more,) = view.findChildren(Disclosure)
    (table,) = view.findChildren(FittedTable)
    assert not table.isVisibleTo(view)
    more.button.click()
    assert table.isVisibleTo(view)
    assert [str(shown(table.model(), 1, column)) for column in range(2)] == ["2", "7.1"]


def test_a_line_that_is_shorter_than_the_others_ends_in_a_gap(qtbot: QtBot) -> None:
    chart = EvidenceChart(Chart("Recall", "bars", ("a", "b"), (ChartSeries("one", (0.5,)), ChartSeries("two", (1, 1)))))
    qtbot.addWidget(chart)
    assert [mark.text for mark in chart.marks] == ["a: one 0.5", "a: two 1", "b: one –", "b: two 1"]
    assert [mark.shape.height() > 0 for mark in chart.marks] == [True, True, False, True]


def test_a_seventh_line_has_the_first_colour_again_and_is_dashed(qtbot: QtBot) -> None:
    lines = tuple(ChartSeries(f"line {n}", (n, n + 1)) for n in range(7))
    chart = EvidenceChart(Chart("Many", "lines", ("a", "b"), lines))
    qtbot.addWidget(chart)
    assert isinstance(chart.drawing, Curves)
    first, *others = chart.drawing.curves
    assert first.colour() == others[-1].colour()
    assert [curve.dashed for curve in chart.drawing.curves] == [False] * 6 + [True]


def test_a_tool_tip_is_text_and_never_markup(checks: ChecksModel) -> None:
    checks.judge(result("loads", message=EVIL))
    table = EvidenceTableModel(EvidenceTable("t", (EVIL,), ((EVIL,),)))
    matrix = ConfusionEvidenceModel(ConfusionEvidence("m", (EVIL,), ((1,),)))
    tips = [shown(model, 0, 0, Role.ToolTipRole) for model in (checks, table, matrix)]
    tips.append(matrix.headerData(0, Qt.Orientation.Vertical, Role.ToolTipRole))
    assert all("&lt;img src=x&gt;" in str(tip) for tip in tips)
    assert all(EVIL not in str(tip) for tip in tips)
