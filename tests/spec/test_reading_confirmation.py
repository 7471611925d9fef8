"""Who says that training read its images as the project does: the file, or somebody, reader by reader."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import facts as model_facts

from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, load_project, save_project
from workbench.spec.reader import READERS
from workbench.spec.reader_groups import FAMILY_GROUPS, GROUPS, group_of, readers_of
from workbench.spec.reading_confirmation import is_confirmed, unconfirmed, with_confirmed
from workbench.spec.reading_found import trained_as_read
from workbench.spec.settings import CheckSettings, ImageInput, TrainingSettings

BOX = Preprocess(size=(8, 8), reader="load_img:box", input="a")
TWO = Project(
    model="m.h5",
    preprocess=BOX,
    images={"b": ImageInput(preprocess=msgspec.structs.replace(BOX, reader="tf1", input="b"))},
)


def facts(*names: str) -> ModelFacts:
    return model_facts(*((name, (None, 8, 8, 3)) for name in names))


def test_each_reader_wants_a_confirmation_of_its_own() -> None:
    both = facts("a", "b")
    assert unconfirmed(both, TWO) == ("a", "b")
    one = with_confirmed(TWO, "load_img:box")
    assert unconfirmed(both, one) == ("b",)
    assert unconfirmed(both, with_confirmed(one, "tf1")) == ()
    assert unconfirmed(both, with_confirmed(one, "load_img:box", confirmed=False)) == ("a", "b")


def test_a_confirmation_ends_with_its_reader() -> None:
    told = with_confirmed(with_confirmed(TWO, "load_img:box"), "tf1")
    other = msgspec.structs.replace(told, preprocess=msgspec.structs.replace(BOX, reader="cv2:area"))
    assert not is_confirmed(other, "cv2:area")
    assert with_confirmed(other, "cv2:area").check.confirmed == ("cv2:area", "tf1")


@pytest.mark.parametrize(
    "check", [CheckSettings(seen="seen.npz"), CheckSettings(training=TrainingSettings(reader="load_img:box"))]
)
def test_a_project_that_says_what_training_did_needs_no_confirmation(check: CheckSettings) -> None:
    assert unconfirmed(facts("a", "b"), msgspec.structs.replace(TWO, check=check)) == ()


def test_what_takes_no_image_or_does_not_fit_asks_for_none() -> None:
    assert unconfirmed(facts("a"), Project(model="m.h5", preprocess=None)) == ()
    assert unconfirmed(facts("x", "y"), TWO) == ()


def test_what_was_found_to_be_trainings_is_confirmed_and_the_file_keeps_it(tmp_path: Path) -> None:
    found = trained_as_read(msgspec.structs.replace(TWO, images={}))
    assert found.check.confirmed == ("load_img:box",)
    save_project(found, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == found
    assert "confirmed" not in (tmp_path / "p.toml").read_text().partition("[check]")[0]


def test_every_reader_stands_in_one_group_named_by_its_line_of_code() -> None:
    assert sorted(name for group in GROUPS for name in (r.name for r in readers_of(group))) == sorted(READERS)
    assert set(FAMILY_GROUPS.values()) == set(GROUPS)
    roots = {"Keras": "keras.", "TensorFlow": "tf.", "OpenCV": "cv2.", "scikit-image": "skimage.", "SciPy": "scipy."}
    for reader in READERS.values():
        assert roots.get(group_of(reader), "PIL.") in reader.code
