"""Recent files: kept, shown in the menu and on the empty page, opened, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from gui.acting import answer, rename_scores
from workbench.gui.app import Application
from workbench.gui.dropped_files import file_icon, sort_out
from workbench.gui.project.recent_files import KEY, RecentFiles

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]


def test_the_newest_is_first_and_ten_are_kept(model_file: MakeModel, tmp_path: Path) -> None:
    recent = RecentFiles()
    files = [str(model_file(f"m{n}.h5")) for n in range(12)]
    for path in files:
        recent.add(path)
    recent.add(files[5])
    assert recent.paths() == [files[5], *(f for f in reversed(files[2:]) if f != files[5])]
    assert len(recent.paths()) == 10


def test_files_that_are_gone_are_not_offered(model_file: MakeModel) -> None:
    recent = RecentFiles()
    kept, gone = model_file("kept.h5"), model_file("gone.h5")
    recent.add(kept)
    recent.add(gone)
    gone.unlink()
    assert recent.paths() == [str(kept)]
    recent.clear()
    assert recent.paths() == []


def test_whatever_stands_in_the_settings_is_read_without_harm(model_file: MakeModel) -> None:
    one = str(model_file("one.h5"))
    for value, found in ((one, [one]), ("", []), (7, []), ([one, "", "nowhere"], [one])):
        QSettings().setValue(KEY, value)
        assert RecentFiles().paths() == found


def test_the_icon_goes_by_the_content_and_not_by_the_name(tmp_path: Path, model_file: MakeModel) -> None:
    (tmp_path / "zip.h5").write_bytes(b"PK\x03\x04....")
    (tmp_path / "text.h5").write_text("hello")
    assert file_icon(str(model_file("hdf.keras"))) == "h5"
    assert file_icon(str(tmp_path / "zip.h5")) == "keras"
    assert file_icon(str(tmp_path / "text.h5")) == "model"
    assert file_icon(str(tmp_path / "none.h5")) == "model"
    assert file_icon(str(tmp_path / "p.toml")) == "signature"


def test_a_model_under_a_strange_name_is_known_by_its_content(tmp_path: Path, model_file: MakeModel) -> None:
    (tmp_path / "thesis.doc").write_text("hello")
    assert sort_out([str(model_file("best.model"))]).to_open.endswith("best.model")
    assert sort_out([str(tmp_path / "thesis.doc")]).strange


def test_models_and_projects_are_noted_and_the_menu_opens_them(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    menu = bench.window.actions_.recent
    assert not menu.menuAction().isEnabled()
    for name in ("a&b.h5", "digits.h5"):
        with qtbot.waitSignal(bench.session.opened):
            bench.window.open(str(model_file(name)))
    bench.session.save(tmp_path / "digits.toml")
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["&1  digits.toml", "&2  digits.h5", "&3  a&&b.h5", "&Clear this list"]
    with qtbot.waitSignal(bench.session.opened):
        menu.actions()[2].trigger()
        answer(bench.window, "New project")
    assert bench.session.model_path.endswith("a&b.h5")
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert not menu.menuAction().isEnabled()
    assert bench.window.tabs.model.recent_list.isHidden()


def test_the_empty_page_offers_them_and_one_click_opens(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    for n in range(7):
        RecentFiles().add(model_file(f"m{n}.h5"))
    bench = make_workbench()
    files = bench.window.tabs.model.recent_list
    assert [Path(row.path).name for row in files.rows] == ["m6.h5", "m5.h5", "m4.h5", "m3.h5", "m2.h5"]
    with qtbot.waitSignal(bench.session.opened):
        QTest.mouseClick(files.rows[1], Qt.MouseButton.LeftButton)
    assert bench.session.model_path.endswith("m5.h5")


def test_a_recent_file_does_not_take_changes_away_unasked(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("digits.h5")))
    rename_scores(bench.session, "scores")
    RecentFiles().add(model_file("other.h5"))
    menu = bench.window.actions_.recent
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    (box,) = bench.window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert bench.session.model_path.endswith("digits.h5")
