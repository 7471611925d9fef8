"""A chosen record: as it stands in its file, its picture, and the request that asks about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.fake_records import PNG
from gui.opened_tabs import MakeTest
from workbench.gui.detail.record_page import RecordColumn, RecordModel
from workbench.gui.predict.tab import PredictTab
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.data import RecordValue


def opened(qtbot: QtBot, tab: PredictTab, path: Path, text: str, page: QWidget) -> None:
    """Predict a file of records, choose its last and look at a page."""
    path.write_text(text)
    tab.add([str(path)])
    run = tab.run
    qtbot.waitUntil(lambda: bool(run.model.rows) and not run.running and not run.model.waiting())
    tab.view.selectRow(run.model.rowCount() - 1)
    tab.detail.pages.setCurrentWidget(page)


def shown(tab: PredictTab) -> list[list[str]]:
    model = tab.detail.record.model
    return [[str(model.index(row, c).data()) for c in RecordColumn] for row in range(model.rowCount())]


def test_a_record_is_shown_with_its_keys_and_its_picture(qtbot: QtBot, make_tab: MakeTest, tmp_path: Path) -> None:
    _, tab = make_tab()
    detail = tab.detail
    assert not detail.pages.isTabVisible(detail.pages.indexOf(detail.record))
    opened(qtbot, tab, tmp_path / "a.tfrecord", "one\ntwo\n", detail.record)
    assert detail.pages.isTabVisible(detail.pages.indexOf(detail.record))
    qtbot.waitUntil(lambda: len(shown(tab)) == 2)
    assert shown(tab) == [
        ["input", "bytes", f"{len(PNG)} B", "PNG 8x8: 89 50 4e"],
        ["(no name)", "string", "single", "x"],
    ]
    assert detail.record.word.text() == f"TFRecord, record 2  ·  {len(PNG)} B"
    qtbot.waitUntil(lambda: detail.pictures.original_word.text() == "In the record  1×1")
    qtbot.waitUntil(lambda: detail.pictures.seen_word.toolTip().startswith("input: 32"))
    tab.run.clear()
    assert shown(tab) == []


def test_the_request_of_a_record_is_the_engines_and_whole_in_the_copy(
    qtbot: QtBot, make_tab: MakeTest, tmp_path: Path
) -> None:
    _, tab = make_tab()
    tab.run.given.set_values({"metadata": "m"})
    opened(qtbot, tab, tmp_path / "a.npz", "one\ntwo\n", tab.detail.request)
    qtbot.waitUntil(lambda: "(99 characters)" in tab.detail.request.text())
    tab.detail.request.copy_button.click()
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied == {"instances": [{"input": {"b64": "A" * 99}, "n": 2, "metadata": "m"}]}


def test_a_record_that_fits_no_signature_is_shown_and_its_request_says_why_there_is_none(
    qtbot: QtBot, make_tab: MakeTest, tmp_path: Path
) -> None:
    _, tab = make_tab()
    opened(qtbot, tab, tmp_path / "foreign.npz", "one\n", tab.detail.request)
    qtbot.waitUntil(lambda: tab.detail.request.text() == "The signature has no key 'y'.")
    tab.detail.pages.setCurrentWidget(tab.detail.record)
    assert shown(tab) == [["y", "float32", "2 × 3", "0.5, 1.0"]]


def test_a_line_of_json_is_the_request_at_once_with_the_values_it_lacks(
    qtbot: QtBot, make_tab: MakeTest, tmp_path: Path
) -> None:
    _, tab = make_tab("--hold", "ReadRecord")
    tab.run.given.set_values({"k": 9, "more": 3})
    opened(qtbot, tab, tmp_path / "a.jsonl", '{"k": 1}\n{"k": 2}\n', tab.detail.request)
    assert json.loads(tab.detail.request.text()) == {"instances": [{"k": 2, "more": 3}]}
    tab.detail.pages.setCurrentWidget(tab.detail.record)
    assert tab.detail.record.word.text() == "Loading..."


@pytest.mark.parametrize("page", ["record", "request"])
def test_what_the_engine_says_against_a_record_stands_in_its_place(
    qtbot: QtBot, make_tab: MakeTest, tmp_path: Path, page: str
) -> None:
    _, tab = make_tab("--fail", "ReadRecord")
    opened(qtbot, tab, tmp_path / "a.npz", "one\n", getattr(tab.detail, page))
    said = tab.detail.record.word.text if page == "record" else tab.detail.request.text
    qtbot.waitUntil(lambda: said() == "There is no memory left.")


def test_a_file_that_cannot_be_read_has_no_record_and_says_why(
    qtbot: QtBot, make_tab: MakeTest, tmp_path: Path
) -> None:
    _, tab = make_tab("--fail", "Predict")
    opened(qtbot, tab, tmp_path / "a.npz", "one\n", tab.detail.record)
    assert tab.detail.record.word.text() == "There is no memory left."


def test_other_settings_forget_what_was_read_and_its_files(qtbot: QtBot, make_tab: MakeTest, tmp_path: Path) -> None:
    _, tab = make_tab()
    opened(qtbot, tab, tmp_path / "a.npz", "one\n", tab.detail.record)
    records = tab.run.results.folder / "records"
    qtbot.waitUntil(lambda: len(shown(tab)) == 2)
    (first,) = records.iterdir()
    tab.run.given.set_values({"metadata": "other"})
    qtbot.waitUntil(lambda: not first.exists() and len(list(records.iterdir())) == 1)
    qtbot.waitUntil(lambda: len(shown(tab)) == 2)


def test_the_keys_of_a_record_are_a_model_by_the_rules(qtbot: QtBot) -> None:
    model = RecordModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.set_values((RecordValue("a", "int64", (), "<b>5</b>"), RecordValue("b", "float32", (2, 2), "1, 2, 3, 4")))
    assert model.index(0, RecordColumn.VALUE).data(Qt.ItemDataRole.ToolTipRole) == plain_tip("<b>5</b>")
    model.set_values(())
    assert model.rowCount() == 0
