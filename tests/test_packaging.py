"""What set-up promises: exact pins without addresses, what keeps newer releases out, scripts that say what is wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parent.parent
PACKAGING: Final = ROOT / "packaging"
KEPT_BACK: Final = {
    "pillow==13.0.0": "apache-beam",
    "protobuf==7.34.0": "apache-beam",
    "google-auth-httplib2==0.3.0": "apache-beam",
    "python-dateutil==3.0.0": "apache-beam",
    "pyside6-essentials==6.12.0": "pyproject.toml",
}
"""Releases that our pins must stay below, and whose requirement keeps them out."""


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


def test_what_keeps_newer_releases_out_still_does() -> None:
    """Where this fails, a reason is gone: drop the row and run packaging/make-constraints.sh."""
    free = f"pillow=={metadata.version('pillow')}", "no-such-name==1"
    done = run(sys.executable, PACKAGING / "outdated.py", *KEPT_BACK, *free)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert {release: keeper in said[release] for release, keeper in KEPT_BACK.items()} == dict.fromkeys(KEPT_BACK, True)
    assert [said[release] for release in free] == ["nobody keeps it out"] * 2


def test_a_release_without_a_version_is_refused() -> None:
    done = run(sys.executable, PACKAGING / "outdated.py", "pillow")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "outdated: 'pillow' is not NAME==VERSION, such as pillow==13.0.0.\n"


def test_the_classifiers_name_the_pythons_that_are_accepted() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {c.rpartition(" :: ")[2] for c in project["classifiers"] if re.fullmatch(r".+ :: Python :: 3\.\d+", c)}
    accepted = SpecifierSet(project["requires-python"])
    assert {minor for minor in (f"3.{n}" for n in range(40)) if accepted.contains(minor)} == {"3.11", "3.12", "3.13"}
    assert named == {"3.11", "3.12", "3.13"}


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
