"""Files of records in the Test tab: a row each, beside images and without any picture at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from gui.acting import state_of
from gui.opened_tabs import MakeTest
from workbench.gui.predict.tab import PredictTab
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.tab import TabState
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.errors import ErrorInfo
from workbench.spec.row_summary import RowSummary

MakeModel = Callable[[str], Path]


@pytest.fixture
def lines_file(tmp_path: Path) -> Callable[..., Path]:
    """A file of JSON lines with so many instances; those named `bad` are none."""

    def make(name: str, *instances: str) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps({"k": word}) + "\n" for word in instances))
        return path

    return make


def names(tab: PredictTab) -> list[str]:
    model = tab.run.model
    return [str(model.index(row, RowColumn.FILE).data()) for row in range(model.rowCount())]


def settled(qtbot: QtBot, tab: PredictTab, rows: int) -> None:
    run = tab.run
    qtbot.waitUntil(lambda: run.model.rowCount() == rows and not run.running and not run.model.waiting())


def test_a_file_becomes_a_row_for_each_of_its_records(
    qtbot: QtBot, make_tab: MakeTest, lines_file: Callable[..., Path]
) -> None:
    _, tab = make_tab()
    tab.add([str(lines_file("r.jsonl", "a", "bad", "c"))])
    settled(qtbot, tab, 3)
    assert names(tab) == ["r.jsonl:1", "r.jsonl:2", "r.jsonl:3"]
    assert tab.run.model.counts() == (3, 2, 1)
    assert "2 ok, 1 failed" in tab.word
    assert state_of(tab) is TabState.ATTENTION
    assert tab.run.model.index(0, RowColumn.PICTURE).data(Qt.ItemDataRole.DecorationRole) is None


def test_records_and_images_stand_in_the_order_they_came(
    qtbot: QtBot,
    make_tab: MakeTest,
    lines_file: Callable[..., Path],
    image_files: Callable[..., list[Path]],
) -> None:
    session, tab = make_tab()
    (first, last) = image_files("a.png", "z.png")
    records = lines_file("r.jsonl", *("x" * 1 for _ in range(20)))
    tab.add([str(first), str(records), str(last)])
    settled(qtbot, tab, 22)
    assert names(tab)[:2] == ["a.png", "r.jsonl:1"]
    assert names(tab)[-2:] == ["r.jsonl:20", "z.png"]
    tab.view.selectAll()
    assert session.call_inputs.paths == (str(first), str(records), str(last))


def test_a_file_that_has_fewer_records_the_next_time_has_fewer_rows(
    qtbot: QtBot, make_tab: MakeTest, lines_file: Callable[..., Path]
) -> None:
    _, tab = make_tab()
    tab.add([str(lines_file("r.jsonl", "a", "b", "c"))])
    settled(qtbot, tab, 3)
    lines_file("r.jsonl", "a")
    tab.bar.run.click()
    settled(qtbot, tab, 1)
    lines_file("r.jsonl")
    tab.bar.run.click()
    settled(qtbot, tab, 1)
    assert "contains no instance" in tab.run.model.rows[0].error


def test_a_file_that_cannot_be_read_says_so_in_its_row_and_the_next_is_predicted(
    qtbot: QtBot, make_tab: MakeTest, lines_file: Callable[..., Path]
) -> None:
    _, tab = make_tab("--fail", "Predict")
    tab.add([str(lines_file("one.jsonl", "a")), str(lines_file("two.jsonl", "a"))])
    settled(qtbot, tab, 2)
    assert [row.error for row in tab.run.model.rows] == ["There is no memory left."] * 2


def test_a_model_without_picture_takes_records_and_says_so(
    qtbot: QtBot,
    make_tab: MakeTest,
    lines_file: Callable[..., Path],
    image_files: Callable[..., list[Path]],
) -> None:
    _, tab = make_tab(model="vector.h5")
    assert "JSON lines" in tab.zone.words()
    tab.add([str(p) for p in image_files("a.png")])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1)
    assert "has no image input" in tab.word
    tab.bar.clear.click()
    tab.add([str(lines_file("v.jsonl", "a", "b"))])
    settled(qtbot, tab, 2)
    assert state_of(tab) is TabState.DONE


def test_without_a_picture_typed_values_are_predicted_alone(qtbot: QtBot, make_tab: MakeTest) -> None:
    _, tab = make_tab(model="vector.h5")
    assert tab.values.isVisibleTo(tab)
    assert not tab.values.predict_button.isEnabled()
    tab.values.form.set_text("x", "[1, 2, 3, 4]")
    tab.values.predict_button.click()
    settled(qtbot, tab, 1)
    written = json.loads(Path(tab.run.model.rows[0].path).read_text())
    assert written == {"x": [1, 2, 3, 4], "metadata": "typed values 1"}
    tab.values.predict_button.click()
    settled(qtbot, tab, 2)
    assert names(tab) == ["typed values 1.jsonl:1", "typed values 2.jsonl:1"]


def test_a_further_picture_is_a_file_that_is_asked_for(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]]
) -> None:
    _, tab = make_tab(model="twins.h5")
    first, mask = image_files("a.png", "mask.png")
    tab.add([str(first)])
    qtbot.waitUntil(lambda: tab.run.model.rowCount() == 1)
    assert tab.word == "Choose a file for 'mask' below first."
    tab.values.form.set_text("mask", str(mask))
    tab.bar.run.click()
    settled(qtbot, tab, 1)
    assert f'"saw_mask": "{mask}"' in tab.detail.reply.text()


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[RowsModel]:
    """A model of rows under watch: the first broken rule ends the test."""
    thumbnails = Thumbnails()
    made = RowsModel(thumbnails, thumbnails)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    yield made
    thumbnails.close()
    thumbnails.deleteLater()


def answers(path: str, first: int, count: int) -> list[RowSummary]:
    return [RowSummary(0, 1, source=f"{path}:{n + 1}") for n in range(first, first + count)]


def test_rows_of_records_grow_shrink_and_move_what_is_behind_them(model: RowsModel) -> None:
    model.add(["/a.jsonl", "/i.png", "/b.npz"])
    model.fill_records("/a.jsonl", 0, answers("/a.jsonl", 0, 2))
    model.fill_records("/a.jsonl", 2, answers("/a.jsonl", 2, 2))
    model.fill([RowSummary(0, 1)], ["/i.png"])
    model.fill_records("/b.npz", 0, answers("/b.npz", 0, 2))
    assert [row.name for row in model.rows] == [*(f"a.jsonl:{n}" for n in (1, 2, 3, 4)), "i.png", "b.npz:1", "b.npz:2"]
    assert model.counts() == (7, 7, 0)
    model.end_records("/a.jsonl", 2, RowSummary(0, 0))
    model.fill_records("/b.npz", 1, answers("/b.npz", 1, 2))
    assert [row.name for row in model.rows][2:] == ["i.png", "b.npz:1", "b.npz:2", "b.npz:3"]
    model.end_records("/b.npz", 0, RowSummary(0, 0, error=ErrorInfo("NO", "Nothing.")))
    assert model.counts() == (4, 3, 1)
    model.reset_answers()
    assert model.waiting() == ["/a.jsonl", "/i.png", "/b.npz"]
    assert model.waiting(records=True) == ["/a.jsonl", "/b.npz"]
    model.fill_records("/gone.npz", 0, answers("/gone.npz", 0, 1))
    assert model.counts() == (4, 0, 0)
