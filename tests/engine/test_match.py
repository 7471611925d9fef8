"""How training read its images, over the engine's wire: from the text of its code, from arrays, from labels."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, load_project
from workbench.spec.resources import resource

CODE = "from PIL import Image\nx = Image.open('a.jpg').resize((8, 4), Image.BOX)\nmodel.fit(x)\n"


def match(text: str) -> m.AnyEvent:
    return HANDLERS[m.MatchCode](m.MatchCode(id=5, text=text), silent, lambda event: None)


def answered(kind: m.MatchKind, paths: Sequence[Path], project: Project, base: Path, seen: str = "") -> m.ImagesMatched:
    images = tuple(map(str, paths))
    request = m.MatchImages(id=7, project=project, base=str(base), kind=kind, images=images, seen=seen)
    found = HANDLERS[m.MatchImages](request, silent, lambda event: None)
    assert isinstance(found, m.ImagesMatched)
    assert m.decode_event(m.encode(found)) == found
    return found


def test_training_code_is_answered_with_its_settings_and_their_source_lines() -> None:
    found = match(CODE)
    assert isinstance(found, m.CodeMatched)
    assert (found.id, found.readings[0].settings["reader"]) == (5, "pillow:box")
    assert found.readings[0].lines[1].source == "x = Image.open('a.jpg').resize((8, 4), Image.BOX)"
    assert m.decode_event(m.encode(found)) == found


def test_text_without_images_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="No image is read"):
        match("x = 1")


def test_arrays_are_answered_with_candidates_that_a_project_can_take_over(tmp_path: Path) -> None:
    paths = sorted((REFERENCE / "images").glob("*.jpg"))[:2]
    opened = {path.name: Image.open(path).convert("RGB").resize((64, 64), Image.Resampling.BOX) for path in paths}
    arrays: dict[str, Any] = {name: np.asarray(image, "float32") for name, image in opened.items()}
    np.savez(tmp_path / "seen.npz", **arrays)
    own = Preprocess(size=(64, 64), reader="tf1", formats="jpeg")
    found = answered(
        "arrays", paths, Project(model="tiny_cnn.h5", preprocess=own), tmp_path, str(tmp_path / "seen.npz")
    )
    best = found.candidates[0]
    assert (found.images, found.clear, best.exact, best.mean, best.largest, best.differing) == (2, True, True, 0, 0, 0)
    assert best.lines == (
        "size = [",
        "    64,",
        "    64,",
        "]",
        'reader = "load_img:box"',
        'scale = "0..255"',
        'formats = "jpeg"',
    )
    assert (best.right, best.accuracy, best.loss) == (None, None, None)


@pytest.mark.heavy
def test_class_folders_are_answered_with_the_share_that_is_right(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    shutil.copytree(resource("sample"), folder)
    for picture in sorted((folder / "images").glob("*.jpg"))[::4]:
        place = folder / "classes" / picture.name.split("_")[0]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, place)
    found = answered("labels", [folder / "classes"], load_project(folder / "project.toml"), folder)
    assert [one.own for one in found.candidates].count(True) == 1
    assert all(one.right == round((one.accuracy or 0) * found.images) for one in found.candidates)
    assert {(one.mean, one.largest, one.differing, one.exact) for one in found.candidates} == {
        (None, None, None, False)
    }


def test_labels_of_several_folders_are_refused(tmp_path: Path) -> None:
    project = Project(model="tiny_cnn.h5", preprocess=Preprocess(size=(64, 64)))
    with pytest.raises(WorkbenchError, match="one folder with class folders"):
        answered("labels", [tmp_path, tmp_path], project, tmp_path)
