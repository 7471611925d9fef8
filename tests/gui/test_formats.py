"""Images in formats that the project does not accept: asked about once, and solved from a row that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import reading_of
from gui.opened_tabs import MakeTest
from workbench.gui.rows import format_inquiry
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.formats import FormatQuestion, format_of, question_about
from workbench.spec.input_files import IMAGE_ENDINGS

MakeImages = Callable[..., list[Path]]
MakeModel = Callable[[str], Path]


@pytest.fixture
def _asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_inquiry, "ASKS_FORMATS", True)


def test_only_formats_that_a_project_can_declare_are_asked_about() -> None:
    assert question_about(["a.jpg", "b.JPEG"], "jpeg") is None
    assert question_about(["a.jpg", "b.PNG", "c.png"], "jpeg") == FormatQuestion(2, 3, ("PNG",), "jpeg+png")
    assert question_about(["a.gif", "b.png"], "jpeg") == FormatQuestion(2, 2, ("PNG", "GIF"), "any")
    assert question_about(["a.bmp", "b.png"], "jpeg+png") == FormatQuestion(1, 2, ("BMP",), "any")
    assert question_about([f"a{ending}" for ending in IMAGE_ENDINGS], "any") is None
    assert question_about(["a.webp", "b.tiff"], "jpeg") is None


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_the_format_of_a_file_is_told_by_its_content(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture.jpg"
    assert QImageWriter(str(path), QByteArray(kind.encode())).write(QImage(8, 8, QImage.Format.Format_RGB32))
    assert format_of(str(path)) == kind
    assert format_of(str(tmp_path / "nothing.png")) == ""


@pytest.mark.usefixtures("_asking")
def test_a_first_drop_with_other_formats_is_asked_about_once_and_accepting_them_changes_the_project(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    tab.add([str(path) for path in image_files("a.jpg", "refused.png", "refused.gif")])
    qtbot.waitUntil(lambda: bool(tab.message.text))
    assert tab.message.text == "2 of 3 images are PNG and GIF; the project accepts JPEG only."
    assert [b.text() for b in tab.message.buttons] == ["Accept PNG and GIF too", "&Keep JPEG only"]
    assert tab.run.model.counts() == (3, 0, 0)
    QTest.mouseClick(tab.message.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 3, 0))
    assert tab.message.text == ""
    assert reading_of(session).formats == "any"
    assert session.history.stack.undoText() == "Change the accepted image formats"


@pytest.mark.usefixtures("_asking")
def test_what_is_kept_is_not_asked_again_but_another_model_is(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, model_file: MakeModel
) -> None:
    session, tab = make_tab()
    tab.add([str(path) for path in image_files("a.jpg", "refused.png")])
    qtbot.waitUntil(lambda: bool(tab.message.text))
    QTest.mouseClick(tab.message.buttons[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.run.model.counts() == (2, 1, 1))
    assert reading_of(session).formats == "jpeg"
    tab.add([str(path) for path in image_files("b.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 2, 1))
    with qtbot.waitSignal(session.opened):
        session.open(str(model_file("other.h5")))
    qtbot.waitUntil(lambda: tab.message.text.startswith("2 of 3 images are PNG"))


def test_a_refused_row_says_so_in_a_line_and_its_button_accepts_the_format_for_all_of_them(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    tab.add([str(path) for path in image_files("refused1.jpg", "bad.jpg", "refused2.jpg")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 0, 3))
    cell = tab.run.model.index(0, RowColumn.PREDICTION)
    assert cell.data() == "This export reads JPEG images only; this is a PNG."
    tab.view.selectRow(1)
    assert tab.detail.error.word.text() == "This is not a JPEG image."
    assert not tab.detail.error.button.isVisible()
    tab.view.selectRow(0)
    assert tab.detail.error.word.text().endswith("Convert it to JPEG, or declare other formats in the project.")
    assert tab.detail.error.button.text() == "Accept PNG too"
    QTest.mouseClick(tab.detail.error.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 2, 1))
    assert reading_of(session).formats == "jpeg+png"
    assert not tab.detail.error.isVisible()
    tab.view.selectRow(1)
    qtbot.waitUntil(tab.detail.error.isVisible)
