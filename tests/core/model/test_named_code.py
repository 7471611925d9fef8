"""Code that a project names: never run unasked, allowed by content, and not run at all where the model needs none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import REFERENCE

from workbench.core import jobs
from workbench.core.check.gate_run import GateOrder, judge
from workbench.core.jobs.check import quiet_check, quiet_start
from workbench.core.lazy import legacy_keras
from workbench.core.model.load_permission import options_for, scan
from workbench.core.model.named_code import custom_digest, permit_custom, permit_program, program_digest
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelExtras
from workbench.spec.project import Project, load_project
from workbench.spec.settings import CheckSettings

LAYER = "import keras\nclass Thrice(keras.layers.Layer):\n    def call(self, x):\n        return 3 * x\n"


@pytest.fixture(scope="module")
def thrice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a layer of its author's own."""
    keras = legacy_keras()

    class Thrice(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: object) -> object:
            return 3 * x  # type: ignore[operator]

    path = tmp_path_factory.mktemp("thrice") / "thrice.h5"
    with pytest.warns(UserWarning, match="HDF5"):
        keras.Sequential([keras.layers.Input((3,)), Thrice(name="t")]).save(path)
    return path


def noting(folder: Path, text: str) -> tuple[Path, Path]:
    """A Python file that leaves a mark when it is run, and the mark."""
    mark, file = folder / "ran", folder / "layers.py"
    file.write_text(f"open({str(mark)!r}, 'w').close()\n{text}")
    return file, mark


def code_of(call: object) -> str:
    with pytest.raises(WorkbenchError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.hint
    return caught.value.code


def test_a_file_that_the_model_needs_asks_before_it_runs_and_is_remembered_by_content(
    thrice: Path, tmp_path: Path
) -> None:
    file, mark = noting(tmp_path, LAYER)
    extras = ModelExtras(custom=file)
    assert scan(thrice, extras).custom_code == "asks"
    assert code_of(lambda: jobs.load_facts(thrice, extras=extras)) == "CUSTOM_CODE"
    assert not mark.exists()
    jobs.trust_file(file, "custom")
    assert scan(thrice, extras).custom_code == "allowed"
    jobs.load_facts(thrice, extras=extras)
    assert mark.exists()
    file.write_text(file.read_text() + "\n# another content")
    assert scan(thrice, extras).custom_code == "asks"
    permit_custom(file)
    permit_custom(file, allow=False)
    assert scan(thrice, extras).custom_code == "asks"


def test_a_file_that_the_model_does_not_need_is_never_run_not_even_with_consent(tmp_path: Path) -> None:
    file, mark = noting(tmp_path, LAYER)
    permit_custom(file)
    extras = ModelExtras(custom=file)
    facts = scan(REFERENCE / "tiny_cnn.h5", extras)
    assert facts.custom_code == "unused"
    assert options_for(facts, extras).custom_objects == {}
    assert not mark.exists()


def test_consent_covers_the_neighbours_that_a_file_imports_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "layers.py"
    file.write_text("from mine_near import Near\nfrom mine_package.deep import Deep\nimport json\n")
    (tmp_path / "mine_near.py").write_text("import mine_far\nclass Near: pass")
    (tmp_path / "mine_far.py").write_text("x = 1")
    (tmp_path / "mine_package").mkdir()
    (tmp_path / "mine_package" / "deep.py").write_text("class Deep: pass")
    (tmp_path / "mine_package" / "__init__.py").write_text("")
    (tmp_path / "unrelated.py").write_text("y = 1")
    seen = {custom_digest(file)}
    (tmp_path / "unrelated.py").write_text("y = 2")
    assert custom_digest(file) in seen
    for name in ("mine_near.py", "mine_far.py", "mine_package/deep.py"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\nz = 3")
        digest = custom_digest(file)
        assert digest not in seen, name
        seen.add(digest)


def test_an_interpreter_that_a_project_names_is_not_started_unasked(tmp_path: Path) -> None:
    mark, program = tmp_path / "ran", tmp_path / "python"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    project = Project(model=str(REFERENCE / "tiny_cnn.h5"), check=CheckSettings(python="python"))
    order = GateOrder(project=project, base=tmp_path)
    assert code_of(lambda: judge(order, quiet_start, quiet_check)) == "PROGRAM"
    assert not mark.exists()


def test_consent_to_an_interpreter_is_for_its_place_and_content(tmp_path: Path) -> None:
    # The interpreter of a virtual environment is a link that many share; its place decides what it imports.
    links = [tmp_path / name / "python" for name in ("mine", "theirs")]
    for link in links:
        link.parent.mkdir()
        link.symlink_to(sys.executable)
    assert len({program_digest(link) for link in links}) == 2
    assert code_of(lambda: permit_program(tmp_path / "none")) == "NO_PYTHON"


def test_an_export_names_files_without_folders_and_no_program(tmp_path: Path) -> None:
    import msgspec

    from workbench.spec.manifest import MANIFEST_PATH, ExportManifest, ModelSource, read_export_manifest
    from workbench.spec.targets.local import LocalTarget

    told = ExportManifest(
        project=Project(
            model="/etc/m.h5",
            custom="../../layers.py",
            architecture="C:\\there\\a.json",
            check=CheckSettings(python="/bin/true", golden="/etc/golden.json"),
            targets={"local": LocalTarget(url="https://example.org")},
        ),
        model=ModelSource("../../m.h5", "0" * 64, 1, ""),
        versions={},
        fingerprint="f",
        serving="",
        feeds=(),
        answers=(),
    )
    place = tmp_path / MANIFEST_PATH
    place.parent.mkdir()
    place.write_bytes(msgspec.json.encode(told))
    read = read_export_manifest(tmp_path)
    assert read is not None
    assert read.project == Project(model="m.h5", custom="layers.py", architecture="a.json")
    assert read.model.name == "m.h5"


def test_what_runs_is_asked_for_on_the_command_line_and_remembered(
    thrice: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from workbench.__main__ import run

    file, mark = noting(tmp_path, LAYER + "# of the command line")
    project = tmp_path / "p.toml"
    project.write_text(f'workbench = 1\nmodel = "{thrice}"\ncustom = "layers.py"\n')
    assert load_project(project).custom == file.name
    assert run(["export", str(project), "-o", str(tmp_path / "out")]) == 2
    said = capfd.readouterr().err
    assert "layers.py" in said
    assert "--allow-code" in said
    assert not mark.exists()
    assert run(["export", str(project), "-o", str(tmp_path / "out"), "--allow-code"]) == 0
    assert run(["export", str(project), "-o", str(tmp_path / "out")]) == 0
    assert run(["export", str(project), "-o", str(tmp_path / "out"), "--forget-code"]) == 0
    assert scan(thrice, ModelExtras(custom=file)).custom_code == "asks"
