"""What set-up and desktop files promise: exact pins without addresses, a valid menu entry, a whole wheel."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parent.parent
PACKAGING: Final = ROOT / "packaging"
KEPT: Final = {"protobuf": "6.33.6", "pillow": "12.3.0", "google-auth-httplib2": "0.2.1"}
"""Pins that let the Beam extra in without a downgrade."""


def pins() -> list[str]:
    lines = (PACKAGING / "constraints.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def direct_requirements() -> list[Requirement]:
    pyproject: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = [text for group in project.get("optional-dependencies", {}).values() for text in group]
    return [Requirement(text) for text in [*pyproject["build-system"]["requires"], *project["dependencies"], *extras]]


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=280, check=False
    )


def test_the_constraints_are_exact_versions_and_nothing_else() -> None:
    assert pins()
    assert [line for line in pins() if not re.fullmatch(r"[a-z0-9][a-z0-9.\-]*==[0-9][\w.]*( ; .+)?", line)] == []


@pytest.mark.parametrize("name", ["constraints.txt", "make-constraints.sh", "setup.sh"])
def test_no_file_of_the_set_up_names_an_index_or_a_hash(name: str) -> None:
    assert re.findall(r"://|--hash|sha256:|--(?:extra-)?index-url|index-url *=", (PACKAGING / name).read_text()) == []


def test_every_direct_requirement_has_a_pin_within_its_bounds() -> None:
    versions: dict[str, list[str]] = {}
    for line in pins():
        name, _, version = line.partition(" ;")[0].partition("==")
        versions.setdefault(canonicalize_name(name), []).append(version)
    for requirement in direct_requirements():
        found = versions.get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement.name} has no pin: run packaging/make-constraints.sh"
        assert all(v in requirement.specifier for v in found), f"{requirement} is pinned at {found}"
    assert {name: versions[name] for name in KEPT} == {name: [version] for name, version in KEPT.items()}


def test_qt_takes_no_reference_to_none_away() -> None:
    """PySide6 6.12.0 does under Python 3.11, and the window dies of it after a few thousand calls."""
    probe = (
        "import sys; from PySide6.QtCore import QObject; o = QObject(); before = sys.getrefcount(None)\n"
        "for _ in range(1000): o.setObjectName('name')\n"
        "print(before - sys.getrefcount(None))"
    )
    done = run(sys.executable, "-c", probe)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 500


def test_every_system_package_says_what_it_is_for() -> None:
    lines = (PACKAGING / "debian-packages.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed
    assert [line for line in listed if not re.fullmatch(r"[a-z0-9][a-z0-9+.\-]+ +# \S.*", line)] == []


@pytest.mark.parametrize("script", sorted(PACKAGING.glob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_executable_posix_shell(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/bin/sh\n")
    assert "\nset -eu\n" in script.read_text()
    # A linter where there is one; a syntax check everywhere.
    checker = ["shellcheck"] if shutil.which("shellcheck") else ["sh", "-n"]
    done = run(*checker, script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_make_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    shown = re.findall(r"^  make (\S+) +\S", run("make", "help").stdout, re.MULTILINE)
    assert set(shown) == set(phony[1].split()) - {"setup-test"}
    assert run("make").stdout == run("make", "help").stdout


def test_set_up_says_which_python_it_wants(tmp_path: Path) -> None:
    shutil.copytree(PACKAGING, tmp_path / "packaging")
    done = run(tmp_path / "packaging" / "setup.sh", cwd=tmp_path, PYTHON="/nowhere/python3")
    assert done.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13" in done.stderr
    assert "at /nowhere/python3" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_set_up_refuses_a_part_it_does_not_know(tmp_path: Path) -> None:
    shutil.copytree(PACKAGING, tmp_path / "packaging")
    done = run(tmp_path / "packaging" / "setup.sh", "everything", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "setup: 'everything' is not a part; there are: core, test.\n")


def test_the_menu_entry_is_valid() -> None:
    entry = PACKAGING / "workbench.desktop"
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(entry)
    assert parser["Desktop Entry"]["Version"] == "1.0"
    assert parser["Desktop Entry"]["MimeType"] == "application/x-hdf;application/x-keras-model;"
    assert (ROOT / "resources" / "icons" / "workbench.svg").is_file()
    if shutil.which("desktop-file-validate"):
        done = run("desktop-file-validate", entry)
        assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout, in a folder with a space in its name, that believes it has been set up."""
    root = tmp_path / "my tools"
    shutil.copytree(PACKAGING, root / "packaging")
    shutil.copytree(ROOT / "resources" / "icons", root / "resources" / "icons")
    program = root / ".venv" / "bin" / "workbench"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return root


@pytest.mark.skipif(sys.platform != "linux", reason="menu entries of this kind are for Linux desktops")
def test_the_desktop_files_go_in_and_come_out_again(checkout: Path, tmp_path: Path) -> None:
    data = tmp_path / "data home"
    script = checkout / "packaging" / "install-desktop.sh"
    done = run(script, XDG_DATA_HOME=str(data))
    assert done.returncode == 0, done.stderr
    entry = (data / "applications" / "workbench.desktop").read_text()
    assert f'Exec="{checkout}/.venv/bin/workbench" gui %f\n' in entry
    assert f"TryExec={checkout}/.venv/bin/workbench\n" in entry
    ours = [p for p in data.rglob("*") if p.is_file() and "workbench" in p.name]
    assert len(ours) == 4, ours
    assert run(script, "--uninstall", XDG_DATA_HOME=str(data)).returncode == 0
    assert [p for p in data.rglob("*") if p.is_file() and "workbench" in p.name] == []


@pytest.mark.heavy
def test_the_wheel_is_whole_and_its_command_runs(tmp_path: Path) -> None:
    """Builds with the pinned build system, which pip fetches; the dependencies are those of this environment."""
    built = run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, "."),
        PIP_CONSTRAINT="packaging/constraints.txt",
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {
        "photo.jpg",
        "sample/digits.h5",
        "sample/project.toml",
        "icons/workbench.svg",
        "runtime/ops_by_runtime.json",
    }
    assert shipped <= {n.removeprefix("workbench/resources/") for n in names}
    templates = {"page.html.j2", "page.css", "evidence.html.j2"}
    assert templates <= {n.removeprefix("workbench/core/report/templates/") for n in names}
    assert [n for n in names if n.endswith(".pyc") or n.startswith("tests/")] == []
    python = installed(wheel, tmp_path / "venv")
    assert "Usage: workbench" in run(python.with_name("workbench"), "--help", cwd=tmp_path).stdout
    place = "from workbench.spec.resources import resource; print(resource('sample', 'digits.h5').resolve(strict=True))"
    found = run(python, "-c", place, cwd=tmp_path)
    assert found.stdout.startswith(str((tmp_path / "venv").resolve())), found.stderr


def installed(wheel: Path, venv: Path) -> Path:
    """A fresh environment with the wheel, which finds its dependencies in this one; its Python."""
    assert run(sys.executable, "-m", "venv", "--without-pip", venv).returncode == 0
    python = venv / "bin" / "python"
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    assert done.returncode == 0, done.stderr
    (site,) = venv.glob("lib/python3*/site-packages")
    # A folder named in a .pth file is searched, but its own .pth files are not read: the checkout stays out of sight.
    (site / "dependencies.pth").write_text(str(Path(pytest.__file__).parent.parent) + "\n")
    return python
