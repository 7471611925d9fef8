"""The project file: what it keeps, what it refuses and in which words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import IMAGE, changed, facts, reading

from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import image_input
from workbench.spec.preprocess import Preprocess
from workbench.spec.problems import project_problems
from workbench.spec.project import Project, dump_project, load_project, save_project
from workbench.spec.settings import (
    ExportSettings,
    ImageInput,
    Passthrough,
    SignatureSettings,
    parse_passthrough,
    passthrough_text,
)
from workbench.spec.targets.local import LocalTarget


def test_a_saved_project_reads_back_equal(tmp_path: Path) -> None:
    project = default_project(facts(IMAGE), "m.h5", reader="tf1", scale="-1..1")
    project = msgspec.structs.replace(
        project,
        signature=SignatureSettings(passthrough=("object_id", "shop"), labels=("cat", 'do"g', "Vogel ü")),
        targets={"near": LocalTarget(url="http://127.0.0.1:9")},
    )
    save_project(project, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == project


def test_defaults_are_the_usual_keys_and_the_models_own_size() -> None:
    project = default_project(facts(IMAGE), "m.h5")
    assert reading(project).size == (64, 48)
    assert (project.signature.image_key, project.signature.scores_key) == ("input", "classes")
    assert project.signature.passthrough == ("metadata",)
    assert reading(project).reader == "load_img:nearest"


def test_the_model_path_is_relative_to_the_project_file() -> None:
    project = default_project(facts(IMAGE), "../models/m.h5")
    assert project.model_path(Path("/a/b/p.toml")) == Path("/a/models/m.h5").resolve()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("colour = 1", "BAD_PROJECT", "unknown option 'colour'"),
        ('workbench = 1\nmodel = "m"\n[preprocess]\nsize = [1, 2]\nsharpen = 3', "BAD_PROJECT", "'sharpen' in [prepro"),
        ('workbench = 1\nmodel = "m"\n[preprocess]\nsize = [1]', "BAD_PROJECT", "preprocess.size"),
        ('workbench = 2\nmodel = "m"\n[preprocess]\nsize = [1, 2]', "BAD_PROJECT", "workbench"),
        ("a = = b", "NOT_TOML", "line 1"),
    ],
)
def test_a_bad_project_names_the_file_and_the_place(tmp_path: Path, text: str, code: str, words: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(WorkbenchError) as caught:
        load_project(path)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_project_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for name, code in (("none.toml", "NO_FILE"), ("b.toml", "NOT_TOML"), (".", "NOT_TOML")):
        with pytest.raises(WorkbenchError) as caught:
            load_project(tmp_path / name)
        assert caught.value.code == code


def test_a_failed_save_leaves_the_old_project_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "p.toml").mkdir()
    with pytest.raises(WorkbenchError) as caught:
        save_project(default_project(facts(IMAGE), "m.h5"), tmp_path / "p.toml")
    assert caught.value.code == "CANNOT_WRITE"
    assert [p.name for p in tmp_path.iterdir()] == ["p.toml"]


def test_the_image_input_is_the_only_one_or_the_one_named() -> None:
    two = facts(IMAGE, ("second", (None, 8, 8, 1)), ("Features", (None, 8)))
    assert image_input(two, "second").name == "second"
    assert image_input(facts(IMAGE, ("Features", (None, 8))), "").name == "image"
    for given, name in ((two, ""), (two, "Features"), (facts(("Features", (None, 8))), "")):
        with pytest.raises(WorkbenchError, match="Features"):
            image_input(given, name)


def test_a_model_of_any_size_needs_a_size() -> None:
    free = facts(("image", (None, None, None, 3)))
    with pytest.raises(WorkbenchError) as caught:
        default_project(free, "m.h5")
    assert caught.value.code == "NO_SIZE"
    assert "--size as-sent" in caught.value.hint
    assert reading(default_project(free, "m.h5", size="20x30")).size == (20, 30)


def test_images_as_sent_are_kept_in_the_file_by_that_word(tmp_path: Path) -> None:
    project = default_project(facts(("image", (None, None, None, 3))), "m.h5", size="as-sent")
    save_project(project, tmp_path / "p.toml")
    assert 'size = "as sent"' in (tmp_path / "p.toml").read_text()
    assert load_project(tmp_path / "p.toml") == project
    (tmp_path / "p.toml").write_text((tmp_path / "p.toml").read_text().replace("as sent", "as is"))
    with pytest.raises(WorkbenchError, match="preprocess") as caught:
        load_project(tmp_path / "p.toml")
    assert caught.value.code == "BAD_PROJECT"


def _with(**changes: object) -> Project:
    project = default_project(facts(IMAGE), "m.h5")
    return changed(project, **changes)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"reader": "opencv"}, "BAD_READER", "preprocess.reader"),
        ({"scale": "0..2"}, "BAD_SCALE", "preprocess.scale"),
        ({"size": (0, 64)}, "BAD_SIZE", "preprocess.size"),
        ({"size": (64, 64)}, "SIZE_MISMATCH", "preprocess.size"),
        ({"input": "Image"}, "NO_IMAGE_INPUT", "preprocess.input"),
        ({"reader": "tf1", "fit": "crop"}, "BAD_FIT", "preprocess.fit"),
        ({"alpha": "white"}, "BAD_ALPHA", "preprocess.alpha"),
    ],
)
def test_problems_name_their_field(changes: dict[str, object], code: str, field: str) -> None:
    found = project_problems(_with(**changes), facts(IMAGE))
    assert [(p.code, p.field) for p in found] == [(code, field)]


def test_a_three_channel_scale_does_not_fit_a_grey_model() -> None:
    grey = facts(("image", (None, 64, 48, 1)))
    assert [p.code for p in project_problems(_with(scale="caffe"), grey)] == ["CHANNELS"]
    assert project_problems(_with(scale="0..1"), grey) == []
    assert project_problems(_with(scale="mean/std:5/2"), grey) == []


def test_unknown_targets_are_refused_and_local_needs_no_entry() -> None:
    project = default_project(facts(IMAGE), "m.h5")
    assert project.target("local") == LocalTarget()
    with pytest.raises(WorkbenchError, match="local"):
        project.target("vertex")


def test_every_kind_of_setting_reads_back_equal(tmp_path: Path) -> None:
    two = facts(IMAGE, ("right", (None, 32, 32, 3)))
    project = default_project(two, "m.h5")
    keys = SignatureSettings(
        passthrough=("a", Passthrough("b", "c", "float32", (-1, 2))),
        inputs={"Features": "f"},
        outputs={"x": ""},
        defaults={"b": [[1.5, 2.0]]},
        top_k=3,
        best_key="best",
    )
    own = Preprocess(size=(5, 6), fit="pad", exif="turn", exact=False)
    project = msgspec.structs.replace(
        project,
        signature=keys,
        images={"right": ImageInput(key="r", preprocess=own)},
        export=ExportSettings(layout="variables", examples=("a.jpg",)),
    )
    save_project(project, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == project


def test_a_project_without_pictures_reads_back_equal(tmp_path: Path) -> None:
    project = default_project(facts(("Features", (None, 8))), "m.h5")
    assert project.preprocess is None
    save_project(project, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == project
    with pytest.raises(WorkbenchError, match="no image input"):
        default_project(facts(("Features", (None, 8))), "m.h5", size="8x8")


def test_inputs_of_an_open_shape_leave_the_example_signature_out() -> None:
    assert default_project(facts(("Features", (None, None))), "m.h5").signature.tf_example == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id", "id"),
        ("id=metadata", Passthrough("id", "metadata")),
        ("id:int64", Passthrough("id", "", "int64")),
        ("box:float32[4]=b", Passthrough("box", "b", "float32", (4,))),
        ("path:float32[-1,2]", Passthrough("path", "", "float32", (-1, 2))),
        ("words:[3]", Passthrough("words", "", "string", (3,))),
    ],
)
def test_a_passthrough_key_is_read_and_written_as_text(text: str, found: object) -> None:
    assert parse_passthrough(text) == found
    assert parse_passthrough(passthrough_text(parse_passthrough(text))) == found


@pytest.mark.parametrize("text", ["", "a:b:c", "a:int65", "a:int64[x]", "a:int64[0]", "a[3]"])
def test_text_that_is_no_passthrough_key_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_passthrough(text)
    assert caught.value.code == "BAD_PASSTHROUGH"


def test_dumped_text_holds_no_empty_target_table() -> None:
    assert "targets" not in dump_project(default_project(facts(IMAGE), "m.h5"))
