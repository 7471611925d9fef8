"""The Inputs tab on a session with a fake engine: how each picture is read, and what is fed by values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.acting import begin, project_of, reading_of, state_of
from workbench.gui.inputs.option_texts import step_words
from workbench.gui.inputs.tab import InputsTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.spec.preprocess import FAST_RESIDUAL, Preprocess
from workbench.spec.project import Project, save_project
from workbench.spec.settings import ImageInput

Made = tuple[ProjectSession, InputsTab]
Make = Callable[[str], Made]


@pytest.fixture
def make_tab(qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]) -> Make:
    """A shown Inputs tab on an open model the fake engine knows by its name."""

    def act(name: str) -> Made:
        session = make_session()
        tab = InputsTab(session)
        assert not tab.isEnabled()
        begin(qtbot, session, tab, model_file(name))
        return session, tab

    return act


def choose(choice: ChoiceEditor, key: str) -> None:
    """Choose an entry as a person does."""
    assert choice.findData(key) >= 0, key
    choice.setCurrentIndex(choice.findData(key))


def test_inputs_edit_the_preprocess_of_the_project(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("anysize.h5")
    choose(tab.form.reader, "tf1")
    choose(tab.form.scale.choice, "-1..1")
    choose(tab.form.fit, "crop")
    tab.form.size_editor.height_box.setValue(64)
    preprocess = reading_of(session)
    assert (preprocess.reader, preprocess.scale, preprocess.size, preprocess.fit) == ("tf1", "-1..1", (64, 224), "crop")
    assert "bilinear, as TensorFlow 1 did" in tab.pipeline.text()
    assert "center crop, to 64×224 pixels" in tab.pipeline.text()


def test_a_model_of_any_size_offers_images_as_sent(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("anysize.h5")
    tab.form.confirm.click()
    editor = tab.form.size_editor
    assert editor.as_sent.isVisible()
    choose(tab.form.fit, "crop")
    QTest.mouseClick(editor.as_sent, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.as_sent.height() // 2))
    assert reading_of(session).size == "as sent"
    assert reading_of(session).fit == "stretch"
    assert not editor.height_box.isEnabled()
    assert not tab.fields["fit"].isVisible()
    assert "images keep their size" in tab.pipeline.text()
    assert "All images of one request must have the same size" in tab.fields["size"].note
    assert state_of(tab) is TabState.DONE
    assert session.composition is not None
    assert session.composition.signatures["tensor"].inputs["input"].shape == (-1, -1, -1, 3)
    session.history.stack.undo()
    assert (reading_of(session).size, reading_of(session).fit) == ((224, 224), "crop")
    assert editor.height_box.isEnabled()
    session.history.stack.redo()
    QTest.keyClick(editor.as_sent, Qt.Key.Key_Space)
    assert reading_of(session).size == (224, 224)
    assert tab.fields["fit"].isVisible()


def test_a_model_of_one_size_offers_it_only_where_a_file_says_so(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("digits.h5")
    assert not tab.form.size_editor.as_sent.isVisible()
    session.set_preprocess(msgspec.structs.replace(reading_of(session), size="as sent"))
    assert tab.form.size_editor.as_sent.isVisible()
    assert "32x32 pixels only" in tab.fields["size"].problem
    assert state_of(tab) is TabState.ATTENTION
    QTest.keyClick(tab.form.size_editor.as_sent, Qt.Key.Key_Space)
    assert reading_of(session).size == (32, 32)
    assert tab.fields["size"].problem == ""
    assert not tab.form.size_editor.as_sent.isVisible()


def test_a_projects_own_steps_are_shown_and_kept_and_take_the_place_of_their_short_forms(
    qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]
) -> None:
    session = make_session()
    tab = InputsTab(session)
    steps = ("shorter_side 256", "center_crop 224", "scale torch")
    reading = Preprocess(size=(224, 224), reader="load_img:bilinear", steps=steps)
    model = model_file("anysize.h5")
    save_project(Project(model=str(model), preprocess=reading), model.with_name("p.toml"))
    begin(qtbot, session, tab, model.with_name("p.toml"))
    for text in steps:
        assert text in tab.pipeline.text()
    assert "that side to N pixels, by the ratio" in tab.pipeline.text()
    for name in ("fit", "scale", "colour"):
        assert not tab.fields[name].isVisible()
    choose(tab.form.reader, "image_dataset")
    assert reading_of(session) == msgspec.structs.replace(reading, reader="image_dataset")
    tab.form.size_editor.height_box.setValue(64)
    assert "224x224" in tab.fields["size"].problem


def test_a_size_the_model_does_not_take_is_told_at_the_field(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("digits.h5")
    tab.form.confirm.click()
    assert state_of(tab) is TabState.DONE
    tab.form.size_editor.height_box.setValue(33)
    assert "The model takes 32x32" in tab.fields["size"].problem
    assert state_of(tab) is TabState.ATTENTION
    tab.form.size_editor.height_box.setValue(32)
    assert tab.fields["size"].problem == ""
    assert state_of(tab) is TabState.DONE


def test_a_half_typed_mean_is_told_at_the_field_and_kept(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("digits.h5")
    choose(tab.form.scale.choice, "mean/std:")
    assert "one mean" in tab.fields["scale"].problem
    assert tab.form.scale.value() == "mean/std:/"


def test_the_oldest_tensorflow_stands_beside_the_formats(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("digits.h5")
    assert tab.fields["formats"].hint == "Requires TensorFlow 1.15 or later."
    choose(tab.form.formats, "any")
    assert tab.fields["formats"].hint == "Requires TensorFlow 2.4 or later."


def test_rare_settings_are_shown_where_they_mean_something(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("digits.h5")
    tab.form.more.button.click()
    assert _shown(tab) == {"exif", "colour"}
    choose(tab.form.formats, "jpeg+png")
    choose(tab.form.reader, "load_img:bicubic")
    assert _shown(tab) == {"exif", "colour", "alpha", "pillow", "exact"}


def _shown(tab: InputsTab) -> set[str]:
    rare = ("exif", "alpha", "colour", "pillow", "exact")
    return {name for name in rare if tab.fields[name].isVisibleTo(tab)}


def test_every_setting_of_opencv_can_be_changed_and_undone(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("digits.h5")
    choose(tab.form.reader, "cv2:nearest_exact")
    choose(tab.form.opencv, "4.5")
    assert reading_of(session).opencv == "4.5"
    assert session.history.stack.undoText() == "Change the OpenCV version"
    session.history.stack.undo()
    assert reading_of(session).opencv != "4.5"


def test_every_field_has_a_name_for_its_undo(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("digits.h5")
    assert set(step_words()) == set(tab.form.fields)


def test_what_means_nothing_any_more_goes_back_to_its_default(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("digits.h5")
    choose(tab.form.formats, "jpeg+png")
    choose(tab.form.alpha, "white")
    choose(tab.form.reader, "load_img:bicubic")
    choose(tab.form.exact, "fast")
    choose(tab.form.colour, "bgr")
    assert (reading_of(session).alpha, reading_of(session).exact) == ("white", False)
    assert "composited on white" in tab.pipeline.text()
    assert FAST_RESIDUAL in tab.pipeline.text()
    assert FAST_RESIDUAL in tab.form.exact.currentText()
    choose(tab.form.formats, "jpeg")
    choose(tab.form.reader, "image_dataset")
    assert (reading_of(session).alpha, reading_of(session).exact, reading_of(session).colour) == ("drop", True, "bgr")


def test_a_model_that_scales_its_pixels_opens_with_its_own_scale_and_the_reason(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("divides.h5")
    assert reading_of(session).scale == tab.form.scale.value() == "0..255"
    assert tab.fields["scale"].note == "Default: the model divides by 255 itself (layer 'rescaling_1')."
    assert "takes no other size" in tab.fields["size"].note
    assert not session.dirty


def test_a_scale_the_model_does_once_more_is_noted_at_the_field(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("divides.h5")
    tab.form.confirm.click()
    assert "divides by 255 itself (layer 'rescaling_1')" in tab.pipeline.text()
    choose(tab.form.scale.choice, "0..1")
    assert reading_of(session).scale == "0..1"
    assert "divided twice" in tab.fields["scale"].note
    assert state_of(tab) is TabState.DONE
    choose(tab.form.scale.choice, "0..255")
    assert "Default:" in tab.fields["scale"].note


def test_other_model_inputs_are_listed(qtbot: QtBot, make_tab: Make) -> None:
    _, tab = make_tab("features.h5")
    assert tab.values.text() == "Features 3 numbers"
    assert tab.feeding.isHidden()


def test_a_model_without_image_shows_its_values_and_is_no_dead_end(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("vector.h5")
    assert tab.isEnabled()
    assert tab.reading_card.isHidden()
    assert tab.values.text() == "x 4 numbers"
    assert state_of(tab) is TabState.DONE
    assert project_of(session).preprocess is None


def test_a_further_picture_is_read_like_the_first_until_it_has_a_way_of_its_own(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("twins.h5")
    choose(tab.form.reader, "tf1")
    choose(tab.feeding.which, "mask")
    assert not tab.form.isEnabled()
    assert tab.form.value().size == (16, 16)
    assert tab.form.reader.value() == "tf1"
    choose(tab.feeding.how, "own")
    assert tab.form.isEnabled()
    choose(tab.form.scale.choice, "0..255")
    own = project_of(session).images["mask"].preprocess
    assert own is not None
    assert (own.reader, own.scale, own.size) == ("tf1", "0..255", (16, 16))
    assert reading_of(session).scale == "0..1"
    tab.form.size_editor.height_box.setValue(9)
    assert "The model takes 16x16" in tab.fields["size"].problem
    choose(tab.feeding.which, "image")
    assert tab.fields["size"].problem == ""
    assert "in mask" in tab.word.text()
    choose(tab.feeding.which, "mask")
    choose(tab.feeding.how, "like")
    assert project_of(session).images == {"mask": ImageInput()}


def test_an_image_input_can_be_fed_by_numbers(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("twins.h5")
    choose(tab.feeding.which, "mask")
    choose(tab.feeding.how, "values")
    assert project_of(session).images == {}
    assert tab.form.isHidden()
    assert tab.values.text() == "mask numbers (16, 16, 1)"


def test_without_the_first_picture_the_next_one_is_first_under_its_own_key(qtbot: QtBot, make_tab: Make) -> None:
    session, tab = make_tab("twins.h5")
    choose(tab.feeding.how, "values")
    project = project_of(session)
    assert (reading_of(session).input, reading_of(session).size) == ("mask", (16, 16))
    assert project.images == {}
    assert project.signature.image_key == "mask"
    assert session.problems() == []
    choose(tab.feeding.which, "mask")
    choose(tab.feeding.how, "values")
    assert project_of(session).preprocess is None
    assert tab.values.text() == "image numbers (32, 32, 3)\nmask numbers (16, 16, 1)"
    choose(tab.feeding.how, "first")
    assert reading_of(session).input == "mask"


def test_an_input_that_the_model_lacks_is_told_and_mended_by_choosing_one(
    qtbot: QtBot, make_tab: Make, make_session: Callable[..., ProjectSession], tmp_path: Path
) -> None:
    session, _ = make_tab("twins.h5")
    wrong = msgspec.structs.replace(reading_of(session), input="photo")
    save_project(msgspec.structs.replace(project_of(session), preprocess=wrong, images={}), tmp_path / "p.toml")
    other = make_session()
    tab = InputsTab(other)
    begin(qtbot, other, tab, tmp_path / "p.toml")
    assert "no image input 'photo'" in tab.feeding.which_field.problem
    assert state_of(tab) is TabState.ATTENTION
    choose(tab.feeding.how, "first")
    assert reading_of(other).input == "image"
    assert other.problems() == []
