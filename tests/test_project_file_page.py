"""The page of the project file: every key of the spec with its default, every reader, scale and step, and no other."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import tomli_w
from documents import blocks, code_words, first_cells, page, section

from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, load_project
from workbench.spec.reader import READERS
from workbench.spec.scale import SCALE_FORMS
from workbench.spec.settings import ImageInput
from workbench.spec.step_forms import STEPS
from workbench.spec.target import KINDS
from workbench.spec.targets.base import Target
from workbench.spec.targets.cloud import Accelerator
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import AutoScaling, ManualScaling, MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

PAGE: Final = page("project-file")

TARGETS: Final = {
    "local": LocalTarget(),
    "repository": FolderTarget(path="models"),
    "cloud": VertexTarget(
        project="my-project",
        region="us-central1",
        bucket="my-bucket",
        accelerator=Accelerator("NVIDIA_TESLA_T4"),
        labels={"team": "vision"},
    ),
    "old": MlEngineTarget(
        project="my-project",
        bucket="my-bucket",
        auto_scaling=AutoScaling(),
        manual_scaling=ManualScaling(),
        accelerator=Accelerator("NVIDIA_TESLA_T4"),
        labels={"team": "vision"},
    ),
}
"""What the page's tables of targets mean: required keys have the page's values, all others their defaults."""


def as_data(settings: object) -> Any:
    """Every field with its value, defaults too, as TOML has them."""
    if not isinstance(settings, msgspec.Struct):
        return msgspec.to_builtins(settings)
    kind = {"kind": settings.kind} if isinstance(settings, Target) else {}
    fields = {field.name: getattr(settings, field.name) for field in msgspec.structs.fields(type(settings))}
    return kind | {name: as_data(value) for name, value in fields.items()}


def test_the_page_shows_every_key_of_a_project_with_its_default() -> None:
    shown = tomllib.loads(blocks(section(PAGE, "All tables and keys"), "toml")[0])
    bare = Project(model="digits.h5", preprocess=Preprocess(size=(32, 32)), images={"right": ImageInput(key="right")})
    data = msgspec.to_builtins(bare)
    del data["images"]["right"]["preprocess"]  # TOML has no word for none.
    del data["targets"]
    # Equal as data: every option is there, with its default.
    assert shown == tomllib.loads(tomli_w.dumps(data))


def test_the_page_shows_every_key_of_every_kind_of_target_with_its_default() -> None:
    shown = tomllib.loads(blocks(section(PAGE, "Targets"), "toml")[0])
    assert shown["targets"] == tomllib.loads(tomli_w.dumps({name: as_data(t) for name, t in TARGETS.items()}))
    assert {table["kind"] for table in shown["targets"].values()} == set(KINDS)


def test_the_example_of_steps_is_a_project_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "project.toml"
    path.write_text('model = "m.h5"\n' + blocks(section(PAGE, "Steps"), "toml")[0])
    table = load_project(path).preprocess
    assert table is not None
    assert len(table.expanded()) == 5


def test_the_page_names_every_reader_and_no_other() -> None:
    text = section(PAGE, "Readers")
    # `family:KERNEL`, and the kernels by their names; cv2's whole names stand there.
    forms = {f"{r.family}:" if ":" in r.name else r.name for r in READERS.values()}
    kernels = {r.name if r.family == "cv2" else str(r.kernel) for r in READERS.values() if ":" in r.name}
    rows = [word for cell in first_cells(text) for word in code_words(cell)]
    assert {word.partition(":")[0] + ":" if ":" in word else word for word in rows} == forms
    assert [kernel for kernel in sorted(kernels) if f"`{kernel}`" not in text] == []


@pytest.mark.parametrize(
    ("title", "known"),
    [("Scales", set(SCALE_FORMS)), ("Steps", set(STEPS))],
    ids=["scales", "steps"],
)
def test_the_page_names_every_scale_and_step_and_no_other(title: str, known: set[str]) -> None:
    words = [word for cell in first_cells(section(PAGE, title)) for word in code_words(cell)]
    assert {word if word in known else word.partition(" ")[0] for word in words} == known
