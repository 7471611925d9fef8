"""A new version of the open model: dropped on its project, or written over the file that is open."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import answer, project_of, rename_scores
from workbench.gui.app import Application
from workbench.gui.project import disk_watch
from workbench.gui.project.disk_watch import DiskWatch
from workbench.spec.project import load_project

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
MakeImages = Callable[..., list[Path]]
Drop = Callable[..., bool]


def finished(qtbot: QtBot, bench: Application, model: Path, images: list[Path] | None = None) -> Path:
    """A saved project with another key for the scores, images that are predicted, and a verdict."""
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model))
    rename_scores(bench.session, "probabilities")
    project = model.with_suffix(".toml")
    assert bench.session.save(project)
    if images:
        bench.window.tabs.test.add([str(path) for path in images])
        qtbot.waitUntil(lambda: bench.window.tabs.test.run.model.counts()[1] == len(images))
        with qtbot.waitSignal(bench.window.tabs.deploy.gate.run.ended):
            bench.window.tabs.deploy.gate.start()
    return project


def rewrite(path: Path, data: bytes) -> None:
    """Write a file as Keras and most editors do: beside it, then over it."""
    other = path.with_name("being-written")
    other.write_bytes(data)
    os.replace(other, path)


def changed(qtbot: QtBot, bench: Application, path: Path) -> None:
    qtbot.waitUntil(lambda: bench.session.files.outdated == (str(path),))


def is_stale(bench: Application) -> bool:
    """Whether the predictions are out of date, asked anew: the type checker believes that what was asserted stays."""
    return bench.window.tabs.test.run.stale


def test_a_model_dropped_on_a_finished_project_replaces_its_model_and_everything_else_stays(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages, drop: Drop
) -> None:
    bench = make_workbench()
    project = finished(qtbot, bench, model_file("flowers.h5"), image_files("a.png", "b.png"))
    deploy, test = bench.window.tabs.deploy, bench.window.tabs.test
    bench.window.tabs.signature.load_labels(str(labels_file(project.with_name("labels.txt"), 10)))
    assert drop(bench.window, model_file("flowers_v2.h5"))
    with qtbot.waitSignal(bench.session.reread):
        answer(bench.window, "Replace the model in this project")
    assert bench.session.model_path.endswith("flowers_v2.h5")
    assert bench.session.path == project
    assert project_of(bench.session).model == "flowers_v2.h5"
    assert project_of(bench.session).signature.scores_key == "probabilities"
    assert len(project_of(bench.session).signature.labels) == 10
    assert bench.session.dirty
    assert deploy.push_card.model.text() == "flowers"
    assert is_stale(bench)
    assert test.run.model.counts() == (2, 2, 0)
    assert deploy.gate.run.stale
    assert bench.session.save(project)
    assert load_project(project).model == "flowers_v2.h5"


def test_a_model_dropped_on_a_finished_project_can_begin_a_new_one(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, drop: Drop
) -> None:
    bench = make_workbench()
    finished(qtbot, bench, model_file("flowers.h5"))
    assert drop(bench.window, model_file("digits.h5"))
    with qtbot.waitSignal(bench.session.opened):
        answer(bench.window, "New project")
    assert bench.session.path is None
    assert project_of(bench.session).signature.scores_key == "classes"


def test_nothing_is_asked_where_no_work_has_gone_into_the_project(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, drop: Drop
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        drop(bench.window, model_file("flowers.h5"))
    with qtbot.waitSignal(bench.session.opened):
        drop(bench.window, model_file("digits.h5"))
    assert bench.session.model_path.endswith("digits.h5")


def test_a_step_before_the_new_version_can_still_be_taken_back(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    finished(qtbot, bench, model_file("flowers.h5"))
    with qtbot.waitSignal(bench.session.reread):
        bench.session.files.replace_model(str(model_file("flowers_v2.h5")))
    bench.window.actions_.undo.trigger()
    assert project_of(bench.session).signature.scores_key == "classes"
    assert project_of(bench.session).model == "flowers_v2.h5"


def test_a_model_that_changes_on_the_disk_is_noticed_holds_the_push_and_is_reloaded(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, image_files: MakeImages
) -> None:
    bench = make_workbench()
    model = model_file("flowers.h5")
    finished(qtbot, bench, model, image_files("a.png"))
    deploy, banner = bench.window.tabs.deploy, bench.window.banner
    before = bench.session.model_hash
    assert deploy.push_card.button.isEnabled()
    assert not is_stale(bench)
    rewrite(model, b"\x89HDF\r\n\x1a\nretrained")
    changed(qtbot, bench, model)
    assert banner.text.startswith("Changed on disk: flowers.h5")
    assert is_stale(bench)
    assert bench.window.header.gate.text() == "Release gate: Out of date"
    assert not deploy.push_card.button.isEnabled()
    assert "flowers.h5 has changed on the disk" in deploy.push_card.word
    with qtbot.waitSignal(bench.session.reread):
        QTest.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.session.files.outdated == ())
    assert bench.session.model_hash != before
    assert banner.text == ""
    assert deploy.push_card.button.isEnabled()
    assert is_stale(bench)
    assert deploy.gate.run.stale
    assert project_of(bench.session).signature.scores_key == "probabilities"
    assert not bench.session.dirty


def test_labels_that_change_on_the_disk_are_read_anew(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    finished(qtbot, bench, model_file("flowers.h5"))
    labels = labels_file(tmp_path / "labels.txt", 10)
    bench.window.tabs.signature.load_labels(str(labels))
    qtbot.waitUntil(lambda: str(labels) in bench.session.files.disk.hashed)
    rewrite(labels, b"\n".join(b"new %d" % n for n in range(10)))
    changed(qtbot, bench, labels)
    QTest.mouseClick(bench.window.banner.action, Qt.MouseButton.LeftButton)
    assert project_of(bench.session).signature.labels[3] == "new 3"
    assert bench.session.files.outdated == ()


def test_a_project_that_changes_on_the_disk_is_opened_anew_and_saving_it_here_is_no_change(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel
) -> None:
    bench = make_workbench()
    project = finished(qtbot, bench, model_file("flowers.h5"))
    rename_scores(bench.session, "again")
    assert bench.session.save(project)
    qtbot.waitUntil(lambda: str(project) in bench.session.files.disk.hashed)
    qtbot.wait(2 * disk_watch.PAUSE_MS)
    assert bench.session.files.outdated == ()
    rewrite(project, project.read_bytes().replace(b"again", b"elsewhere"))
    changed(qtbot, bench, project)
    with qtbot.waitSignal(bench.session.opened):
        QTest.mouseClick(bench.window.banner.action, Qt.MouseButton.LeftButton)
    assert project_of(bench.session).signature.scores_key == "elsewhere"


def test_a_file_that_is_touched_or_written_with_the_same_bytes_has_not_changed(qtbot: QtBot, tmp_path: Path) -> None:
    watch, path = DiskWatch(), tmp_path / "model.h5"
    path.write_bytes(b"weights")
    watch.watch({str(path): ""})
    qtbot.waitUntil(lambda: str(path) in watch.hashed)
    rewrite(path, b"other")
    qtbot.waitUntil(lambda: watch.files == (str(path),))
    path.unlink()
    rewrite(path, b"weights")
    qtbot.waitUntil(lambda: watch.files == ())
    watch.close()
    watch.deleteLater()


def labels_file(path: Path, count: int) -> Path:
    path.write_text("\n".join(f"label {n}" for n in range(count)))
    return path
