"""`match` on the command line: what it finds, what it writes into a project, what it refuses."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import reading

from workbench.spec.project import load_project
from workbench.spec.resources import resource
from workbench.spec.settings import TrainingSettings

CODE = """
from PIL import Image
import numpy as np
img = np.array(Image.open('a.jpg').convert('RGB').resize((64, 64), Image.LANCZOS))
model.predict(img / 127.5 - 1)
"""


WRONG = 'reader = "tf1"\nscale = "caffe"\nformats'


@pytest.fixture
def project(cli: Any, work: Path) -> Path:
    assert cli("init", work / "tiny_cnn.h5").code == 0
    return work / "tiny_cnn.toml"


def test_code_gives_the_projects_lines_with_their_source_lines_and_writes_them(
    cli: Any, work: Path, project: Path
) -> None:
    (work / "train.py").write_text(CODE)
    told = cli("match", "--code", work / "train.py")
    assert told.code == 0
    assert 'reader = "pillow:lanczos"' in told.out
    assert "# line 4: img = np.array(" in told.out
    done = cli("match", "--code", work / "train.py", "--project", project, "--write", "--json")
    assert (done.code, json.loads(done.out)["written"]) == (0, str(project))
    found = reading(load_project(project))
    assert (found.reader, found.size, found.scale, found.formats) == ("pillow:lanczos", (64, 64), "-1..1", "jpeg")


def test_code_from_stdin_that_is_not_understood_is_told_and_not_written(
    cli: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = project.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO(CODE.replace("img / 127.5", "helpers.equalise(img) / 127.5")))
    done = cli("match", "--code", "-", "--project", project, "--write")
    assert done.code == 1
    assert "Not understood, line 5: What helpers.equalise does" in done.err
    assert "Not written" in done.out
    assert project.read_bytes() == before


def test_settings_that_are_replaced_are_printed_before_and_after(cli: Any, work: Path, project: Path) -> None:
    (work / "train.py").write_text(CODE)
    project.write_text(project.read_text().replace('reader = "load_img:nearest"', 'reader = "tf1"\ncolour = "bgr"'))
    done = cli("match", "--code", work / "train.py", "--project", project, "--write")
    assert done.code == 0
    assert "reader tf1 -> pillow:lanczos" in done.out
    assert "colour bgr -> as read" in done.out
    written = load_project(project)
    assert (reading(written).reader, reading(written).colour) == ("pillow:lanczos", "as read")
    assert written.check.matched == "training code train.py"
    again = cli("match", "--code", work / "train.py", "--project", project, "--write")
    assert (again.code, "the same settings" in again.out) == (0, True)


def test_a_reading_that_the_project_cannot_have_is_refused_and_nothing_written(
    cli: Any, work: Path, project: Path
) -> None:
    (work / "train.py").write_text(CODE.replace("(64, 64)", "(32, 32)"))
    before = project.read_bytes()
    done = cli("match", "--code", work / "train.py", "--project", project, "--write")
    assert done.code == 2
    assert "64x64" in done.err
    assert project.read_bytes() == before


def test_what_no_short_form_says_is_written_as_steps(cli: Any, work: Path, project: Path) -> None:
    (work / "train.py").write_text(CODE.replace("img / 127.5 - 1", "(img - img.mean()) / (img.std() + 1e-6)"))
    done = cli("match", "--code", work / "train.py", "--project", project, "--write")
    assert done.code == 0
    assert reading(load_project(project)).steps == ("resize 64x64", "samplewise_center", "samplewise_std")


def _record(path: Path, arrays: dict[str, Any]) -> None:
    np.savez(path, **arrays)


def test_arrays_give_the_exact_way_which_is_written(cli: Any, work: Path, project: Path) -> None:
    paths = sorted((work / "images").glob("img0[0-2].jpg"))
    opened = {path.name: Image.open(path).convert("RGB").resize((64, 64), Image.Resampling.BOX) for path in paths}
    made = {name: np.asarray(image, "float32") / np.float32(255) for name, image in opened.items()}
    _record(work / "seen.npz", made)
    done = cli("match", *paths, "--seen", work / "seen.npz", "--project", project, "--write", "--json")
    found = json.loads(done.out)
    assert (done.code, found["images"], found["found"][0]["exact"]) == (0, 3, True)
    assert found["found"][0]["words"] == "load_img:box 64x64, mean/std:0/255"
    assert (reading(load_project(project)).reader, found["written"]) == ("load_img:box", str(project))
    assert found["changed"]["reader"] == "load_img:nearest -> load_img:box"
    noted = load_project(project).check.matched
    assert noted == "load_img:box 64x64, mean/std:0/255: no difference on 3 images of seen.npz"
    _record(work / "seen.npz", {name: array**2 for name, array in made.items()})
    before = project.read_bytes()
    missed = cli("match", work / "images", "--seen", work / "seen.npz", "--project", project, "--write")
    assert (missed.code, project.read_bytes()) == (1, before)
    assert "Not written: no settings reproduce the arrays." in missed.out
    assert "of the values differ" in missed.out
    assert "exact" not in missed.out


def test_labelled_images_give_the_way_the_model_answers_best_by(cli: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    shutil.copytree(resource("sample"), folder)
    for picture in sorted((folder / "images").glob("*.jpg")):
        place = folder / "classes" / picture.name.split("_")[0]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, place)
    own = folder / "project.toml"
    own.write_text(own.read_text().replace('reader = "load_img:bilinear"\nscale = "0..1"\nformats', WRONG))
    done = cli("match", folder / "classes", "--labels-from-folders", "--project", own, "--write", "--json")
    found = json.loads(done.out)
    best, chosen = found["match"]["found"][0], found["match"]["chosen"]
    assert (done.code, best["right"], found["match"]["images"]) == (0, 20, 20)
    assert chosen["preprocess"]["scale"] == "caffe"
    assert chosen["right"] <= 17
    written = load_project(own)
    assert reading(written).scale == best["preprocess"]["scale"] != "caffe"
    assert written.check.training == TrainingSettings()
    assert written.check.matched == f"{found['words'][0]}: 20 of 20 images of classes are right"
    assert found["changed"]["scale"] == f"caffe -> {best['preprocess']['scale']}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "BAD_OPTION"),
        (("--code", "a.py", "--labels-from-folders"), "BAD_OPTION"),
        (("--code", "missing.py"), "NO_FILE"),
        (("--code", "missing.py", "--write"), "BAD_OPTION"),
        (("images", "--labels-from-folders"), "BAD_OPTION"),
        (("missing.jpg", "--seen", "missing.npz"), "NO_FILE"),
    ],
)
def test_requests_that_say_too_little_or_too_much_end_in_one_sentence(
    cli: Any, arguments: tuple[str, ...], code: str
) -> None:
    done = cli("match", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
