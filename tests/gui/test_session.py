"""What the tabs share: opening, composing, saving, and what is told when things go wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from gui.acting import project_of, reading_of
from workbench.gui.notices import Notice, Severity
from workbench.gui.project.session import ProjectSession
from workbench.spec.project import Project, load_project, save_project

MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]


def opened(qtbot: QtBot, session: ProjectSession, path: Path) -> ProjectSession:
    with qtbot.waitSignal(session.opened):
        session.open(str(path))
    return session


def notice_of(qtbot: QtBot, session: ProjectSession, act: Callable[[], object]) -> Notice:
    with qtbot.waitSignal(session.noticed) as blocker:
        act()
    notice = blocker.args[0]
    assert isinstance(notice, Notice)
    return notice


def test_a_model_opens_with_a_default_project_that_is_not_dirty(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = opened(qtbot, make_session(), model_file("digits.h5"))
    assert session.project is not None
    assert reading_of(session).size == (32, 32)
    assert session.project.signature.passthrough == ("metadata",)
    assert session.composition is not None
    assert session.problems() == []
    assert not session.dirty
    assert session.path is None


def test_a_project_opens_with_the_model_it_names(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path
) -> None:
    model_file("digits.h5")
    first = opened(qtbot, make_session(), tmp_path / "digits.h5")
    assert first.project is not None
    (tmp_path / "sub").mkdir()
    save_project(msgspec.structs.replace(first.project, model="../digits.h5"), tmp_path / "sub" / "p.toml")
    session = opened(qtbot, make_session(), tmp_path / "sub" / "p.toml")
    assert session.path == tmp_path / "sub" / "p.toml"
    assert Path(session.model_path) == tmp_path / "digits.h5"
    assert session.base == str(tmp_path / "sub")


def test_changes_make_it_dirty_and_compose_the_signature_anew(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = opened(qtbot, make_session(), model_file("digits.h5"))
    assert session.project is not None
    with qtbot.waitSignal(session.project_changed):
        session.set_signature(msgspec.structs.replace(session.project.signature, scores_key="scores"))
    assert session.dirty
    assert session.composition is not None
    assert "scores" in session.composition.signatures["serving_default"].outputs
    with qtbot.assertNotEmitted(session.project_changed):
        session.set_signature(session.project.signature)


def test_saving_keeps_the_model_path_relative_to_the_new_place(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path
) -> None:
    session = opened(qtbot, make_session(), model_file("digits.h5"))
    target = tmp_path / "projects" / "digits.toml"
    assert session.save(target)
    assert load_project(target).model == "../digits.h5"
    assert load_project(target).model_path(target) == (tmp_path / "digits.h5").resolve()
    assert not session.dirty
    assert session.path == target


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_lost(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path
) -> None:
    session = opened(qtbot, make_session(), model_file("digits.h5"))
    (tmp_path / "file").touch()
    notice = notice_of(qtbot, session, lambda: session.save(tmp_path / "file" / "p.toml"))
    assert "cannot be written" in notice.text
    assert session.path is None


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("missing.h5", None, "no such model file"),
        ("bad.h5", "", "not an HDF5 file"),
        ("missing.toml", None, "no such project file"),
        ("p.toml", "[", "not valid TOML"),
        ("p.toml", "[preprocess]\nsize=[1,2]\nsharpen=1\n", "sharpen"),
        ("p.toml", 'workbench = 1\nmodel = "gone.h5"\n[preprocess]\nsize = [1, 2]\n', "no such model file"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence_and_what_is_open_stays(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel, tmp_path: Path, name: str, content: str, word: str
) -> None:
    session = opened(qtbot, make_session(), model_file("digits.h5"))
    if content is not None:
        (tmp_path / name).write_text(content)
    notice = notice_of(qtbot, session, lambda: session.open(str(tmp_path / name)))
    assert notice.severity is Severity.ERROR
    assert word in notice.text
    assert name in notice.text or "gone.h5" in notice.text
    assert session.model_path.endswith("digits.h5")
    assert session.project is not None


def test_a_model_of_any_size_is_opened_with_an_assumption_that_is_told(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = make_session()
    path = model_file("anysize.h5")
    notice = notice_of(qtbot, session, lambda: session.open(str(path)))
    assert "224x224 is assumed" in notice.text
    assert notice.severity is Severity.INFO
    assert session.project is not None


def test_every_image_input_is_fed_by_a_picture_and_that_is_told(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = make_session()
    path = model_file("twins.h5")
    notice = notice_of(qtbot, session, lambda: session.open(str(path)))
    assert "2 image inputs" in notice.text
    assert reading_of(session).input == "image"
    assert list(project_of(session).images) == ["mask"]


def test_a_model_without_image_input_has_a_project_that_reads_no_picture(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = opened(qtbot, make_session(), model_file("vector.h5"))
    assert project_of(session).preprocess is None
    assert session.problems() == []


def test_what_takes_an_image_may_be_known_only_after_loading(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = opened(qtbot, make_session(), model_file("lambda_shapeless.h5"))
    assert session.project is None
    assert session.facts is not None


def test_unknown_output_shapes_are_learnt_by_loading(
    qtbot: QtBot, make_session: MakeSession, model_file: MakeModel
) -> None:
    session = make_session()
    path = model_file("unknown.h5")
    session.open(str(path))
    qtbot.waitUntil(lambda: session.facts is not None and session.facts.outputs[0].shape == (None, 10))
    assert session.composition is not None
    assert session.composition.signatures["serving_default"].outputs["classes"].shape == (-1, 10)


def test_the_last_of_two_openings_wins(qtbot: QtBot, make_session: MakeSession, model_file: MakeModel) -> None:
    session = make_session()
    first, last = model_file("digits.h5"), model_file("features.h5")
    names: list[str] = []
    session.opened.connect(lambda: names.append(Path(session.model_path).name))
    session.open(str(first))
    with qtbot.waitSignal(session.opened):
        session.open(str(last))
    assert names == ["features.h5"]


def test_projects_of_equal_content_are_equal_however_they_came(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('workbench = 1\nmodel = "m.h5"\n[preprocess]\nsize = [1, 2]\n')
    assert isinstance(load_project(path), Project)
    assert load_project(path) == load_project(path)
