"""The live preview in the Inputs tab, the comparison of readers and the confirmation, on a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from gui.acting import begin, project_of, reading_of, state_of
from workbench.gui.app import Application
from workbench.gui.engine.job import EngineJob
from workbench.gui.gate.image_comparison import ImageComparisonDialog
from workbench.gui.inputs import reading_query
from workbench.gui.inputs.compare_dialog import CompareDialog
from workbench.gui.inputs.tab import InputsTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.spec.messages import PreviewReading
from workbench.spec.project import save_project
from workbench.spec.reader_groups import readers_of

PAUSE_MS = 20
"""Shorter than a person's: nobody types here for long."""

Made = tuple[ProjectSession, InputsTab, list[PreviewReading]]
Make = Callable[..., Made]


@pytest.fixture
def opened(
    qtbot: QtBot,
    make_session: Callable[..., ProjectSession],
    model_file: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Make:
    """A shown Inputs tab, and the previews that its engine is asked for."""

    monkeypatch.setattr(reading_query, "PAUSE_MS", PAUSE_MS)

    def act(*options: str, name: str = "anysize.h5") -> Made:
        session = make_session(*options)
        asked: list[PreviewReading] = []

        def note(job: EngineJob) -> None:
            if isinstance(job.request, PreviewReading):
                asked.append(job.request)

        session.job_started.connect(note)
        tab = InputsTab(session)
        begin(qtbot, session, tab, model_file(name))
        return session, tab, asked

    return act


def choose(tab: InputsTab, reader: str) -> None:
    place = tab.form.reader.findData(reader)
    assert place > 0
    tab.form.reader.setCurrentIndex(place)


def rests(qtbot: QtBot, tab: InputsTab) -> None:
    """Wait until the preview is that of the settings shown, with its pictures read."""
    qtbot.waitUntil(lambda: not tab.preview.query.busy and bool(tab.preview.word.text()))


def tells(button: QAbstractButton) -> bool:
    """Asked anew each time: the type checker believes that what was asserted stays."""
    return button.isEnabled()


def test_the_photograph_is_shown_from_all_sides_before_anything_was_dropped(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    card = tab.preview
    assert not tells(card.compare_button)
    rests(qtbot, tab)
    assert Path(card.source).name == "photo.jpg"
    qtbot.waitUntil(lambda: not any(picture.word for picture in card.pictures.all[:3]))
    assert card.pictures.difference.word == "No difference"
    assert card.word.text() == "Identical: all 150\u202f528 values are the same."
    assert "224×224, 0 ... 1" in card.pictures.serving.caption.toolTip()
    assert tells(card.compare_button)


def test_settings_are_previewed_as_they_are_typed_and_the_last_ones_win(qtbot: QtBot, opened: Make) -> None:
    _, tab, asked = opened()
    rests(qtbot, tab)
    box = tab.form.size_editor.height_box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "123")
    choose(tab, "tf1")
    rests(qtbot, tab)
    qtbot.waitUntil(lambda: "224×123" in tab.preview.pictures.serving.caption.toolTip())
    assert asked[-1].preprocess.size == (123, 224)
    assert asked[-1].preprocess.reader == "tf1"
    assert len(asked) == 2  # One for what was opened, one for all that was typed.


def test_what_is_typed_while_an_answer_is_awaited_is_asked_once_and_shown(qtbot: QtBot, opened: Make) -> None:
    _, tab, asked = opened("--hold", "PreviewReading")
    qtbot.waitUntil(lambda: len(asked) == 1)
    for height in (10, 20, 30):
        tab.form.size_editor.height_box.setValue(height)
        qtbot.wait(3 * PAUSE_MS)
    assert len(asked) == 1
    assert tab.preview.query.busy
    assert tab.preview.busy_word.text() == "Updating..."


def test_nothing_is_asked_while_nobody_looks(qtbot: QtBot, opened: Make) -> None:
    session, tab, asked = opened()
    rests(qtbot, tab)
    tab.hide()
    choose(tab, "tf1")
    qtbot.wait(3 * PAUSE_MS)
    assert [request.preprocess.reader for request in asked] == ["load_img:nearest"]
    tab.show()
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert asked[-1].preprocess == reading_of(session)
    rests(qtbot, tab)


def test_a_library_that_is_missing_is_told_in_the_place_of_what_it_would_show(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    choose(tab, "cv2:linear")
    rests(qtbot, tab)
    qtbot.waitUntil(lambda: "Not proved" in tab.preview.pictures.training.word)
    assert tab.preview.pictures.difference.word == "Nothing to compare"
    assert "Install it: pip install opencv." in tab.preview.word.text()
    qtbot.waitUntil(lambda: not tab.preview.pictures.serving.word)


def test_training_that_the_project_describes_otherwise_differs_with_its_numbers(
    qtbot: QtBot, opened: Make, make_session: Callable[..., ProjectSession], tmp_path: Path
) -> None:
    session, _, _ = opened()
    file = tmp_path / "p.toml"
    save_project(project_of(session), file)
    file.write_text(file.read_text() + '\n[check.training]\nreader = "load_img:box"\n')
    other = make_session()
    tab = InputsTab(other)
    begin(qtbot, other, tab, file)
    rests(qtbot, tab)
    assert tab.preview.word.text() == (
        "Largest difference 12, mean 0.5 pixel values (0-255); 25.0% of the values differ."
    )
    assert tab.preview.pictures.difference.caption.toolTip() == "8 times as bright"
    assert state_of(tab) is TabState.DONE
    assert not tab.form.confirm.isEnabled()
    assert tab.form.confirm.isChecked()


def test_an_image_that_cannot_be_read_is_told_below_and_the_next_one_is_shown(
    qtbot: QtBot, opened: Make, image_files: Callable[..., list[Path]]
) -> None:
    _, tab, asked = opened()
    bad, good = image_files("bad.png", "good.png")
    tab.preview.set_dropped(str(bad))
    qtbot.waitUntil(lambda: "bad.png: The file cannot be read." in tab.preview.word.text())
    assert not tells(tab.preview.enlarge_button)
    tab.preview.set_dropped(str(good))
    qtbot.waitUntil(lambda: tab.preview.source == str(good))
    tab.preview.choose(str(image_files("mine.png")[0]))
    qtbot.waitUntil(lambda: tab.preview.source.endswith("mine.png"))
    assert asked[-1].sources[1] == str(good)


def test_a_project_brings_its_own_examples(
    qtbot: QtBot, opened: Make, make_session: Callable[..., ProjectSession], image_files: Callable[..., list[Path]]
) -> None:
    session, _, _ = opened()
    (image,) = image_files("own.png")
    file = image.with_name("p.toml")
    save_project(project_of(session), file)
    file.write_text(file.read_text() + '\n[check]\nimages = ["own.png"]\n')
    other = make_session()
    tab = InputsTab(other)
    begin(qtbot, other, tab, file)
    qtbot.waitUntil(lambda: tab.preview.source == str(image))


def test_pictures_of_settings_that_are_gone_are_removed_and_all_at_the_end(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    rests(qtbot, tab)
    folder = Path(tab.preview.folder.path())
    for reader in ("tf1", "load_img:box"):
        choose(tab, reader)
        rests(qtbot, tab)
    qtbot.waitUntil(lambda: len(list(folder.glob("*.png"))) == 2)
    tab.preview.close_files()
    assert not folder.exists()


def test_a_killed_engine_is_told_and_asked_again_when_it_is_back(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened()
    rests(qtbot, tab)
    session.engines.models.kill()
    qtbot.waitUntil(lambda: not session.engines.may_look)
    choose(tab, "tf1")
    qtbot.wait(3 * PAUSE_MS)
    assert tab.preview.query.busy
    session.engines.restart_engine()
    rests(qtbot, tab)
    assert tab.preview.word.text().startswith("Identical")


def places(widgets: list[QWidget]) -> list[QRect]:
    return [QRect(w.mapTo(w.window(), QPoint(0, 0)), w.size()) for w in widgets]


def test_nothing_moves_while_previews_and_other_readers_come(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    rests(qtbot, tab)
    card = tab.preview
    still: list[QWidget] = [
        *(picture.view for picture in card.pictures.all),
        *(card.compare_button, card.choose_button, card.enlarge_button, card.word),
        *(field.editor for name, field in tab.fields.items() if name in ("reader", "scale", "formats")),
        *(tab.form.code, tab.form.confirm, tab.find_button),
    ]
    for size in ((1366, 768), (900, 600)):
        tab.resize(*size)
        qtbot.wait(200)
        before, top = places(still), places([tab.pipeline])[0].topLeft()
        for reader in ("pillow:nearest", "skimage:1+aliased", "load_img:nearest"):
            choose(tab, reader)
            assert places(still) == before
            rests(qtbot, tab)
            qtbot.wait(30)
            assert places(still) == before
            assert places([tab.pipeline])[0].topLeft() == top  # Its own lines may wrap; nothing is clicked below it.


def test_readers_stand_below_their_library_with_their_line_of_code(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    box = tab.form.reader
    headings = [box.itemText(place) for place in range(box.count()) if box.itemData(place) is None]
    assert headings == ["Keras", "TensorFlow", "Pillow", "OpenCV", "scikit-image", "SciPy"]
    assert tab.form.code.text().startswith("keras.utils.load_img(path")
    box.setFocus()
    first = box.findData("image_dataset")
    box.setCurrentIndex(first)
    below = box.findData("tf1")
    while box.currentIndex() < below:
        assert box.currentData() is not None
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.value() == "tf1"
    assert tab.form.code.text() == "tf.image.resize_bilinear(images, (height, width))"
    tip = box.itemData(box.findData("cv2:area"), Qt.ItemDataRole.ToolTipRole)
    assert "cv2.INTER_AREA" in tip


def test_a_release_of_opencv_is_asked_for_only_where_releases_differ(qtbot: QtBot, opened: Make) -> None:
    _, tab, _ = opened()
    shown: dict[str, bool] = {}
    tab.form.more.open()
    for reader in ("cv2:linear", "cv2:cubic", "cv2:area", "load_img:bilinear"):
        choose(tab, reader)
        shown[reader] = tab.fields["opencv"].isVisibleTo(tab)
    assert shown == {"cv2:linear": False, "cv2:cubic": True, "cv2:area": False, "load_img:bilinear": False}
    choose(tab, "cv2:linear")
    tab.form.formats.setCurrentIndex(tab.form.formats.findData("jpeg+png"))
    assert tab.fields["opencv"].isVisibleTo(tab)  # 4.2 turned no PNG by its EXIF.
    tab.form.exif.setCurrentIndex(tab.form.exif.findData("ignore"))
    assert not tab.fields["opencv"].isVisibleTo(tab)


def test_inputs_is_ticked_when_the_reader_is_confirmed_and_undo_takes_it_back(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened()
    assert state_of(tab) is TabState.NOT_YET
    assert "Confirm how training loaded its images" in tab.word.text()
    assert not tab.form.confirm.isChecked()
    QTest.mouseClick(tab.form.confirm, Qt.MouseButton.LeftButton, pos=QPoint(8, tab.form.confirm.height() // 2))
    assert state_of(tab) is TabState.DONE
    assert project_of(session).check.confirmed == ("load_img:nearest",)
    assert session.history.stack.undoText() == "Confirm the image loading"
    session.history.stack.undo()
    assert state_of(tab) is TabState.NOT_YET
    assert not tab.form.confirm.isChecked()


def test_who_chooses_a_reader_confirms_it_in_the_same_step(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened()
    choose(tab, "load_img:bicubic")
    assert state_of(tab) is TabState.DONE
    assert project_of(session).check.confirmed == ("load_img:bicubic",)
    tab.form.confirm.click()
    assert state_of(tab) is TabState.NOT_YET
    session.history.stack.undo()
    session.history.stack.undo()
    assert (reading_of(session).reader, project_of(session).check.confirmed) == ("load_img:nearest", ())


def test_another_image_input_with_a_reader_of_its_own_wants_a_word_of_its_own(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened(name="twins.h5")
    tab.form.confirm.click()
    assert state_of(tab) is TabState.DONE
    tab.feeding.which.setCurrentIndex(tab.feeding.which.findData("mask"))
    tab.feeding.how.setCurrentIndex(tab.feeding.how.findData("own"))
    choose(tab, "load_img:box")
    assert project_of(session).check.confirmed == ("load_img:nearest", "load_img:box")
    tab.form.confirm.click()
    assert state_of(tab) is TabState.NOT_YET
    tab.feeding.which.setCurrentIndex(tab.feeding.which.findData("image"))
    assert tab.word.text().endswith(", in mask")


def test_readers_of_a_library_are_compared_and_a_click_chooses_one(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened()
    rests(qtbot, tab)
    QTest.mouseClick(tab.preview.compare_button, Qt.MouseButton.LeftButton)
    (dialog,) = tab.findChildren(CompareDialog)
    assert dialog.group.value() == "Keras"
    qtbot.waitUntil(lambda: dialog.list.count() == len(readers_of("Keras")))
    assert dialog.list.item(0).text() == "load_img:nearest\nchosen now"
    assert dialog.list.item(1).text() == "load_img:bilinear\nmax 1, mean 0.5"
    dialog.group.setCurrentIndex(dialog.group.findData("OpenCV"))
    qtbot.waitUntil(lambda: dialog.list.count() == len(readers_of("OpenCV")))
    assert dialog.list.item(0).text() == "cv2:nearest\nnot proved"
    more = len(readers_of("OpenCV")) - 1
    shown = "cv2:nearest is not proved: OpenCV is not installed. Install it: pip install opencv."
    assert dialog.word.text() == f"{shown} ({more} more like this)"
    assert "cv2:linear is not proved" in dialog.list.item(1).toolTip()
    dialog.group.setCurrentIndex(dialog.group.findData("Keras"))
    qtbot.waitUntil(lambda: dialog.list.count() == len(readers_of("Keras")))
    place = dialog.list.visualItemRect(dialog.list.item(2)).center()
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: not tab.findChildren(CompareDialog))
    assert reading_of(session).reader == tab.form.reader.value() == "load_img:bicubic"
    assert session.history.stack.undoText() == "Change the image loading"


def test_choosing_the_same_reader_once_more_confirms_it(qtbot: QtBot, opened: Make) -> None:
    session, tab, _ = opened()
    rests(qtbot, tab)
    tab.preview.compare_button.click()
    (dialog,) = tab.findChildren(CompareDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == len(readers_of("Keras")))
    dialog.list.setCurrentRow(0)
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert project_of(session).check.confirmed == ("load_img:nearest",)
    assert state_of(tab) is TabState.DONE


def test_previews_without_a_place_for_their_pictures_are_told(
    qtbot: QtBot, opened: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken = tmp_path / "no folder"
    taken.write_bytes(b"")
    monkeypatch.setenv("HOME", str(taken))  # Qt's cache in tests is below it.
    _, tab, asked = opened()
    qtbot.waitUntil(lambda: "No folder can be made for previews" in tab.preview.word.text())
    assert asked == []


def test_the_first_dropped_image_is_previewed_and_can_be_enlarged(
    qtbot: QtBot,
    make_workbench: Callable[..., Application],
    model_file: Callable[[str], Path],
    image_files: Callable[..., list[Path]],
    drop: Callable[..., bool],
) -> None:
    bench = make_workbench()
    with qtbot.waitSignal(bench.session.opened):
        assert drop(bench.window, model_file("anysize.h5"))
    tab = bench.window.tabs.inputs
    bench.window.pages.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: tab.preview.source.endswith("photo.jpg"))
    first, second = image_files("a.png", "b.png")
    assert drop(bench.window, first, second)
    qtbot.waitUntil(lambda: bool(bench.window.tabs.test.run.model.rows))
    bench.window.pages.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: tab.preview.source == str(first))
    rests(qtbot, tab)
    QTest.mouseDClick(tab.preview.pictures.serving.view, Qt.MouseButton.LeftButton)
    (dialog,) = bench.window.findChildren(ImageComparisonDialog)
    assert [view.accessibleName() for view in dialog.views] == ["Original", "Training", "Serving"]
    dialog.close()
