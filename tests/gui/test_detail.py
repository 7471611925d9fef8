"""The chosen row: what is fetched from the disk, what the network sees, the exact request, its own values, saving."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeTest
from workbench.gui.predict.tab import PredictTab
from workbench.gui.rows.result_files import ResultFiles, sweep

MakeImages = Callable[..., list[Path]]


def predicted(qtbot: QtBot, tab: PredictTab, *paths: Path) -> None:
    tab.add([str(p) for p in paths])
    run = tab.run
    qtbot.waitUntil(lambda: len(run.model.rows) >= len(paths) and not run.running and not run.model.waiting())


def page(tab: PredictTab, place: int) -> None:
    tab.detail.pages.setCurrentIndex(place)


def test_rows_are_kept_in_short_and_the_whole_reply_is_fetched_when_looked_at(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    predicted(qtbot, tab, *image_files("a.png", "b.png"))
    kept = tab.run.model.rows[1]
    assert kept.brief is not None
    assert len(kept.brief.lines) == 3
    whole = tab.run.results.fetch(kept)
    assert whole is not None
    assert whole.prediction is not None
    assert len(whole.prediction["classes"]) == 10  # type: ignore[arg-type]
    tab.view.selectRow(1)
    assert '"classes": [' in tab.detail.reply.text()


def test_kept_rows_survive_the_engine_and_go_with_the_window(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    session, tab = make_tab()
    predicted(qtbot, tab, *image_files("a.png"))
    session.engines.models.kill()
    qtbot.waitUntil(lambda: not session.engines.models.pid)
    assert tab.run.results.fetch(tab.run.model.rows[0]) is not None
    folder = tab.run.results.folder
    tab.run.close()
    assert not folder.exists()


def test_files_of_a_window_that_crashed_are_swept_and_those_of_a_living_one_are_not(qtbot: QtBot) -> None:
    mine = ResultFiles()
    dead = mine.folder.parent / f"dead-{os.getpid()}"
    dead.mkdir(exist_ok=True)
    (dead / "1.jsonl").write_text("{}")
    crash = "import os, sys; from PySide6.QtCore import QLockFile; l = QLockFile(sys.argv[1]); l.tryLock(0); os.abort()"
    subprocess.run([sys.executable, "-c", crash, str(dead / "lock")], check=False)
    assert (dead / "lock").exists()
    sweep(mine.folder.parent)
    assert not dead.exists()
    assert mine.folder.exists()
    mine.close()


def test_a_lost_results_file_is_an_empty_reply_and_no_crash(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    predicted(qtbot, tab, *image_files("a.png", "b.png"))
    tab.run.results.path(tab.run.model.rows[1].file).unlink()
    tab.view.selectRow(1)
    assert tab.detail.reply.text() == ""


def test_what_the_network_sees_stands_beside_the_picture(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    predicted(qtbot, tab, *image_files("a.png", "bad.jpg"))
    qtbot.waitUntil(lambda: tab.detail.pictures.seen_word.toolTip().startswith("input: 32"))
    assert "0 ... 1" in tab.detail.pictures.seen_word.text()
    tab.view.selectRow(1)
    qtbot.waitUntil(lambda: tab.detail.pictures.seen.word == "This is not a JPEG image.")


def test_the_request_is_exact_shortened_for_the_eye_and_whole_in_the_copy(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages
) -> None:
    _, tab = make_tab()
    (path,) = image_files("a.png")
    path.write_bytes(path.read_bytes() + b"\0" * 200)
    predicted(qtbot, tab, path)
    page(tab, 2)
    assert "characters)" in tab.detail.request.text()
    tab.detail.request.copy_button.click()
    (instance,) = json.loads(QGuiApplication.clipboard().text())["instances"]
    assert base64.b64decode(instance["input"]["b64"]) == path.read_bytes()
    assert instance["metadata"] == str(path)


def test_a_rows_own_values_win_over_the_files_and_it_is_predicted_again(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, tmp_path: Path
) -> None:
    _, tab = make_tab(model="features.h5")
    (tmp_path / "v.csv").write_text('file,Features\na.png,"[1, 1, 1]"\nb.png,"[2, 2, 2]"\n')
    tab.values.load(str(tmp_path / "v.csv"))
    predicted(qtbot, tab, *image_files("a.png", "b.png"))
    page(tab, 3)
    tab.view.selectRow(1)
    tab.detail.own.form.set_text("Features", "[7, 8, 9]")
    assert tab.run.stale
    tab.view.selectRow(0)
    tab.view.selectRow(1)
    assert tab.detail.own.form.value() == {"Features": [7, 8, 9]}
    tab.detail.own.predict_button.click()
    qtbot.waitUntil(lambda: not tab.run.running and not tab.run.model.waiting())
    assert '"saw_Features": [7, 8, 9]' in tab.detail.reply.text()
    tab.view.selectRow(0)
    assert '"saw_Features": [1, 1, 1]' in tab.detail.reply.text()


def test_comparing_shows_the_difference_and_flips(qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages) -> None:
    _, tab = make_tab()
    tab.filter.compare.setChecked(True)
    predicted(qtbot, tab, *image_files("a.png", "flip.png"))
    assert tab.run.model.tally.flips == 1
    assert not tab.view.isColumnHidden(5)
    assert tab.run.model.index(1, 5).data() == "top-1 changed, 0.25"


def test_the_rows_shown_are_saved_in_their_order(
    qtbot: QtBot, make_tab: MakeTest, image_files: MakeImages, tmp_path: Path
) -> None:
    _, tab = make_tab()
    predicted(qtbot, tab, *image_files("c.png", "a.png", "bad.jpg"))
    tab.filter.search.setText("png")
    tab.run.model.sort(1)
    qtbot.waitUntil(lambda: [row.name for row in tab.run.model.shown] == ["a.png", "c.png"])
    with qtbot.waitSignal(tab.saving.saved):
        tab.saving.save(str(tmp_path / "out.jsonl"))
    sources = [json.loads(line)["source"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [Path(source).name for source in sources] == ["a.png", "c.png"]
