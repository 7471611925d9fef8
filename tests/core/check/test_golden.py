"""The golden file: below the project, and nothing but a golden file is ever written over."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from workbench.core.check.golden import check_golden
from workbench.core.check.verdict_files import golden_place
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.settings import CheckSettings


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "project" / "sub").mkdir(parents=True)
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "project" / "link.json").symlink_to(tmp_path / "precious")
    (tmp_path / "project" / "out").symlink_to(tmp_path)
    return tmp_path / "project"


@pytest.mark.parametrize("name", ["../precious", "/etc/golden.json", "link.json", "out/golden.json", ".", "", "sub"])
def test_a_golden_file_elsewhere_is_refused(base: Path, name: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        golden_place(base, CheckSettings(golden=name))
    assert caught.value.code == "BAD_GOLDEN"
    assert caught.value.hint


@pytest.mark.parametrize("name", ["golden.json", "sub/golden.json", "sub/../golden.json", "new/golden.json"])
def test_one_below_the_project_is_taken(base: Path, name: str) -> None:
    assert golden_place(base, CheckSettings(golden=name)).is_relative_to(base)


@pytest.mark.parametrize("content", ["notes of mine", "{}", "[" * 3000, '{"form": 1}'])
def test_accepting_writes_over_no_file_of_another_kind(base: Path, content: str) -> None:
    (base / "golden.json").write_text(content)
    subject: Any = SimpleNamespace(base=base, project=Project(model="m.h5"), accept_golden=True)
    with pytest.raises(WorkbenchError) as caught:
        check_golden(cast(Any, subject))
    assert caught.value.code == "BAD_GOLDEN"
    assert (base / "golden.json").read_text() == content
