"""SavedModels in the window: anybody's are shown, ours lead back to a project."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from gui.acting import project_of, reading_of, words
from workbench.gui.app import Application
from workbench.gui.exported.viewer import SavedModelViewer
from workbench.spec.manifest import MANIFEST_PATH, ExportManifest, ModelSource
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.tensors import SignatureInput, TensorSpec

MakeBench = Callable[..., Application]
MakeModel = Callable[[str], Path]
Drop = Callable[..., bool]
SHA256 = hashlib.sha256(b"\x89HDF\r\n\x1a\n").hexdigest()
"""That of every model file of these tests."""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder that looks like a SavedModel; the fake engine says what is in it."""
    return saved_model(tmp_path / "exports" / "flowers")


def saved_model(place: Path, manifest: ExportManifest | None = None) -> Path:
    place.mkdir(parents=True)
    (place / "saved_model.pb").write_bytes(b"\x08\x01")
    if manifest is not None:
        (place / MANIFEST_PATH).parent.mkdir()
        (place / MANIFEST_PATH).write_bytes(msgspec.json.encode(manifest))
    return place


def manifest_of(**changes: object) -> ExportManifest:
    """The account of an export of ours, made from `digits.h5`."""
    project = Project(
        model="digits.h5",
        preprocess=Preprocess(size=(32, 32), reader="tf1"),
        signature=SignatureSettings(image_key="image_bytes", labels=("a", "b")),
    )
    made = ExportManifest(
        project=project,
        model=ModelSource("digits.h5", SHA256, 287_344, "2.1.6"),
        versions={"tensorflow": "2.21.0"},
        fingerprint="0123456789abcdef",
        serving="predict_images",
        feeds=(SignatureInput("image_bytes", "image", "image", TensorSpec("DT_STRING", (-1,), "in:0")),),
        answers=(),
        runtime="1.15",
        warmup=3,
    )
    return msgspec.structs.replace(made, **changes)


def viewer_of(qtbot: QtBot, bench: Application) -> SavedModelViewer:
    """The viewer that is open, once it is."""
    qtbot.waitUntil(lambda: bool(bench.window.findChildren(SavedModelViewer)))
    (viewer,) = bench.window.findChildren(SavedModelViewer)
    return viewer


def test_a_dropped_saved_model_is_shown_with_its_signatures(
    qtbot: QtBot, make_workbench: MakeBench, foreign: Path, drop: Drop
) -> None:
    bench = make_workbench()
    assert drop(bench.window, foreign)
    viewer = viewer_of(qtbot, bench)
    assert viewer.isVisible()
    assert not viewer.isModal()
    text = words(viewer)
    for fact in (str(foreign), "serve", "TensorFlow 1.15.5", "not exported by this program"):
        assert fact in text
    assert "inputs['image_bytes']" in viewer.exchange.signature_text.text()
    assert '"signature_name": "predict_images"' in viewer.exchange.request_text.text()
    assert viewer.exchange.pages.count() == 3
    assert viewer.project_button.parent() is None or not viewer.project_button.isVisible()
    assert bench.session.facts is None


def test_the_file_in_it_and_the_command_line_s_path_show_it_too(
    qtbot: QtBot, make_workbench: MakeBench, foreign: Path, drop: Drop
) -> None:
    bench = make_workbench()
    drop(bench.window, foreign / "saved_model.pb")
    viewer_of(qtbot, bench).close()
    qtbot.waitUntil(lambda: not bench.window.findChildren(SavedModelViewer))
    bench.window.open(str(foreign))
    assert viewer_of(qtbot, bench).directory == foreign


def test_the_menu_asks_for_a_folder(qtbot: QtBot, make_workbench: MakeBench, foreign: Path) -> None:
    bench = make_workbench()
    bench.window.actions_.view.trigger()
    (dialog,) = bench.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(foreign))
    dialog.close()
    assert viewer_of(qtbot, bench).isVisible()


def test_a_damaged_one_is_one_sentence(qtbot: QtBot, make_workbench: MakeBench, tmp_path: Path) -> None:
    bench = make_workbench()
    bench.window.open(str(saved_model(tmp_path / "bad_export")))
    qtbot.waitUntil(lambda: "saved_model.pb is damaged" in bench.window.banner.text)
    assert not bench.window.findChildren(SavedModelViewer)


def test_an_export_of_ours_says_where_it_came_from_and_opens_as_a_project(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    model = model_file("digits.h5")
    export = saved_model(tmp_path / "exports" / "digits", manifest_of())
    bench.window.open(str(export))
    viewer = viewer_of(qtbot, bench)
    text = words(viewer)
    for fact in (
        "digits.h5, 287 kB, Keras 2.1.6",
        "TensorFlow 1.15 or later",
        "3 warm-up requests",
        "0123456789ab",
    ):
        assert fact in text
    with qtbot.waitSignal(bench.session.opened):
        viewer.project_button.click()
    assert bench.session.model_path == str(model)
    assert reading_of(bench.session).reader == "tf1"
    assert project_of(bench.session).model == "digits.h5"
    assert bench.session.path is None
    assert not list(tmp_path.glob("*.toml"))
    assert bench.window.banner.text == ""
    qtbot.waitUntil(lambda: not bench.window.findChildren(SavedModelViewer))


def test_another_file_of_the_model_s_name_is_opened_with_a_word(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    model_file("digits.h5")
    other = manifest_of(model=ModelSource("digits.h5", "0" * 64, 1, "2.1.6"))
    bench.window.open(str(saved_model(tmp_path / "digits", other)))
    viewer_of(qtbot, bench).project_button.click()
    qtbot.waitUntil(lambda: "not the model of this export" in bench.window.banner.text)


def test_a_model_that_lies_elsewhere_is_asked_for(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    bench.window.open(str(saved_model(tmp_path / "a" / "b" / "c" / "digits", manifest_of())))
    viewer = viewer_of(qtbot, bench)
    viewer.project_button.click()
    (dialog,) = viewer.findChildren(QFileDialog)
    assert "digits.h5" in dialog.windowTitle()
    with qtbot.waitSignal(bench.session.opened):
        dialog.fileSelected.emit(str(model_file("renamed.h5")))
    assert project_of(bench.session).model == "renamed.h5"
    assert reading_of(bench.session).reader == "tf1"


def test_unsaved_changes_are_asked_about_before_a_project_is_opened(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        bench.window.open(str(model_file("features.h5")))
    model_file("digits.h5")
    bench.session.set_preprocess(msgspec.structs.replace(reading_of(bench.session), reader="tf1"))
    bench.window.open(str(saved_model(tmp_path / "digits", manifest_of())))
    viewer_of(qtbot, bench).project_button.click()
    (box,) = bench.window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert bench.session.model_path.endswith("features.h5")
    assert bench.window.findChildren(SavedModelViewer)


def test_a_python_file_of_the_project_is_taken_only_where_it_lies_beside_the_model(
    qtbot: QtBot, make_workbench: MakeBench, model_file: MakeModel, tmp_path: Path
) -> None:
    bench = make_workbench()
    model_file("digits.h5")
    named = msgspec.structs.replace(manifest_of().project, custom="layers.py", architecture="gone.json")
    (tmp_path / "layers.py").touch()
    bench.window.open(str(saved_model(tmp_path / "digits", manifest_of(project=named))))
    with qtbot.waitSignal(bench.session.opened):
        viewer_of(qtbot, bench).project_button.click()
    assert bench.session.custom == str(tmp_path / "layers.py")
    assert (project_of(bench.session).custom, project_of(bench.session).architecture) == ("layers.py", "")


def test_a_manifest_that_cannot_be_read_is_told_beside_the_signatures(
    qtbot: QtBot, make_workbench: MakeBench, foreign: Path
) -> None:
    bench = make_workbench()
    (foreign / MANIFEST_PATH).parent.mkdir()
    (foreign / MANIFEST_PATH).write_text("{")
    bench.window.open(str(foreign))
    viewer = viewer_of(qtbot, bench)
    assert "manifest cannot be read" in viewer.trouble.text
    assert "inputs['image_bytes']" in viewer.exchange.signature_text.text()
