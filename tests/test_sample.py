"""The sample project: small, sound, and honest about what its network has not seen."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np
import pytest
from PIL import Image
from support import reading

from workbench.spec.problems import project_problems
from workbench.spec.project import Project, load_project
from workbench.spec.resources import resource

SAMPLE: Final = resource("sample")
PICTURES: Final = sorted((SAMPLE / "images").iterdir())
DIGITS: Final = 1797
"""Pictures in scikit-learn's data set."""


@pytest.fixture(scope="module")
def train() -> ModuleType:
    """`train.py` as a module; TensorFlow and scikit-learn are imported only by what needs them."""
    spec = importlib.util.spec_from_file_location("sample_train", SAMPLE / "train.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        # Compiled files beside it would end up in the wheel.
        patch.setattr(sys, "dont_write_bytecode", True)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(SAMPLE / "project.toml")


def number_of(picture: Path) -> int:
    found = re.fullmatch(r"[a-z]+_(\d{4})\.jpg", picture.name)
    assert found, picture.name
    return int(found[1])


def test_the_sample_is_under_a_megabyte() -> None:
    files = [f for f in SAMPLE.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    assert sum(f.stat().st_size for f in files) < 1_000_000


def test_the_project_loads_and_has_no_problems(project: Project) -> None:
    assert project_problems(project) == []
    assert project.model_path(SAMPLE / "project.toml") == (SAMPLE / "digits.h5").resolve()


def test_the_model_is_an_hdf5_file_of_keras_2() -> None:
    content = (SAMPLE / "digits.h5").read_bytes()
    assert content.startswith(b"\x89HDF\r\n\x1a\n")
    assert re.search(rb"keras_version", content)


def test_the_project_says_what_train_py_did(project: Project, train: ModuleType) -> None:
    assert project == train.project()
    assert reading(project).size == train.INPUT
    assert reading(project).reader == f"load_img:{train.READER}"


def test_the_labels_are_the_digits_in_order(project: Project, train: ModuleType) -> None:
    assert project.signature.labels == train.WORDS
    assert (SAMPLE / "labels.txt").read_text().split() == list(train.WORDS)


def test_there_are_two_jpegs_a_digit(train: ModuleType) -> None:
    assert [p.name.partition("_")[0] for p in PICTURES] == sorted(train.WORDS * train.PER_DIGIT)
    assert all(p.read_bytes().startswith(b"\xff\xd8\xff") and p.read_bytes().endswith(b"\xff\xd9") for p in PICTURES)


def test_no_picture_was_learned_from(train: ModuleType) -> None:
    learned, held_out = train.split(DIGITS)
    assert sorted([*learned, *held_out]) == list(range(DIGITS))
    numbers = {number_of(p) for p in PICTURES}
    assert numbers <= set(held_out)
    assert not numbers & set(learned)


def test_an_existing_sample_is_not_overwritten_unasked(
    train: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "digits.h5").write_bytes(b"mine")
    monkeypatch.setattr(sys, "argv", ["train.py", "-o", str(tmp_path)])
    assert train.main() == 2
    assert "--force" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["digits.h5"]
    assert (tmp_path / "digits.h5").read_bytes() == b"mine"


@pytest.mark.heavy
def test_train_py_makes_the_sample_again(train: ModuleType, tmp_path: Path) -> None:
    """A minute or two: trains. The pictures come out the same, the network as good."""
    assert train.make(tmp_path) >= 0.96
    assert [p.name for p in sorted((tmp_path / "images").iterdir())] == [p.name for p in PICTURES]
    assert max(difference(tmp_path / "images" / p.name, p) for p in PICTURES) <= 2
    assert (tmp_path / "project.toml").read_bytes() == (SAMPLE / "project.toml").read_bytes()


def difference(one: Path, other: Path) -> int:
    """The largest difference of two pictures, in pixel values (0-255): another processor may round otherwise."""
    with Image.open(one) as a, Image.open(other) as b:
        return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max())
