"""Sdist and wheel: the same bytes from the same files, whole, and at work in clean environments of every Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
CONSTRAINTS: Final = ROOT / "packaging" / "constraints.txt"
SOURCES: Final = (
    *("workbench", "resources", "packaging", "docs"),
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml", ".gitignore"),
)
EPOCH: Final = "1700000000"
EXTRAS: Final = {
    "3.11": ("beam", ["apache_beam", "pyarrow"]),
    "3.12": ("parquet", ["pyarrow"]),
    "3.13": ("opencv,skimage", ["cv2", "skimage"]),
}
"""Each Python with some of the extras, and what these let it import."""

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1500)]


def run(
    *command: str | Path,
    cwd: Path = ROOT,
    timeout: float = 600,
    umask: int = -1,
    variables: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    env = os.environ | (variables or {})
    done = subprocess.run(
        command, cwd=cwd, env=env, umask=umask, timeout=timeout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def archives(checkout: Path, umask: int = -1) -> dict[str, bytes]:
    """Name and bytes of what packaging/make-dist.sh makes of a checkout."""
    variables = {"SOURCE_DATE_EPOCH": EPOCH, "PYTHON": sys.executable}
    run(checkout / "packaging" / "make-dist.sh", umask=umask, variables=variables)
    return {path.name: path.read_bytes() for path in (checkout / "dist").iterdir() if not path.name.startswith(".")}


def copied(folder: Path) -> Path:
    """The sources of this checkout there, with other times and other modes."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, copy_function=shutil.copy, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy(place, folder / name)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the sdist and the wheel of this checkout."""
    folder = copied(tmp_path_factory.mktemp("built") / "one")
    archives(folder)
    yield folder / "dist"
    shutil.rmtree(folder)


@pytest.fixture
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_the_same_files_make_the_same_bytes_elsewhere(built: Path, tmp_path: Path) -> None:
    other = archives(copied(tmp_path / "ein anderer Ordner ä"), umask=0o077)
    assert sorted(path.suffix for path in map(Path, other)) == [".gz", ".whl"]
    assert {name: (built / name).read_bytes() == content for name, content in other.items()} == dict.fromkeys(
        other, True
    )


def test_the_sdist_makes_the_same_wheel(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
        names = {name.partition("/")[2] for name in archive.getnames()}
    tops = {name.partition("/")[0] for name in names}
    assert tops == {*SOURCES, "PKG-INFO"}
    assert archives(tmp_path / sdist.name.removesuffix(".tar.gz"))[wheel.name] == wheel.read_bytes()


def test_the_wheel_is_whole(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    shipped = {p.relative_to(ROOT / "resources").as_posix() for p in (ROOT / "resources").rglob("*") if p.is_file()}
    shipped = {name for name in shipped if "__pycache__" not in name}
    assert {"photo.jpg", "sample/digits.h5", "icons/workbench.svg"} <= shipped
    assert shipped == {n.removeprefix("workbench/resources/") for n in names if n.startswith("workbench/resources/")}
    templates = {"page.html.j2", "page.css", "evidence.html.j2"}
    assert templates <= {n.removeprefix("workbench/core/report/templates/") for n in names}
    assert {n.partition("/")[0].partition("-")[0] for n in names} == {"workbench", "keras_export_workbench"}
    assert [n for n in names if n.endswith(".pyc")] == []


def interpreter(version: str) -> str:
    """A Python of that version that can make environments; skips by name where there is none."""
    name = shutil.which(f"python{version}")
    probe = "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
    if name:
        told = subprocess.run([name, "-c", probe], capture_output=True, text=True, check=False)
        if told.stdout.strip() == version:
            return name
    pytest.skip(f"there is no python{version} here")


def clean(tmp_path: Path) -> dict[str, str]:
    """An environment's variables with nothing of the user's or this environment's."""
    homes = {name: str(tmp_path / name) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    return homes | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "", "VIRTUAL_ENV": ""}


def assert_it_works(workbench: Path, python: Path, place: Path) -> None:
    """The demo and the window, from a folder that has nothing to do with a checkout."""
    variables = clean(place)
    demo = run(workbench, "demo", "--dir", place / "demo", cwd=place, variables=variables)
    assert "Roll back to v1" in demo.stdout
    sample = run(python, "-c", "from workbench.spec.resources import resource; print(resource('sample'))", cwd=place)
    shutil.copytree(sample.stdout.strip(), place / "sample")
    child = shutil.copy(ROOT / "tests" / "installed_window.py", place)
    shown = json.loads(
        run(python, child, place / "sample" / "project.toml", place / "server", cwd=place, variables=variables).stdout
    )
    assert not Path(shown["from"]).is_relative_to(ROOT)
    pictures = len(list((place / "sample" / "images").iterdir()))
    assert shown["counts"] == [pictures, pictures, 0]


@pytest.mark.parametrize("version", EXTRAS)
def test_demo_and_window_run_in_a_clean_environment(version: str, wheel: Path, tmp_path: Path) -> None:
    base = interpreter(version)
    place = tmp_path / "Werkbank mit ä"
    place.mkdir()
    run(base, "-m", "venv", place / "venv")
    python = place / "venv" / "bin" / "python"
    extras, modules = EXTRAS[version]
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "-c", CONSTRAINTS)
    run(*pip, f"{wheel}[{extras}]", timeout=900)
    run(python, "-m", "pip", "check")
    run(python, "-c", f"import {', '.join(modules)}", cwd=place)
    assert_it_works(python.with_name("workbench"), python, place)


@pytest.mark.parametrize("tool", ["uv", "pipx"])
def test_a_tool_installer_gives_the_command(tool: str, wheel: Path, tmp_path: Path) -> None:
    program = shutil.which(tool)
    if not program:
        pytest.skip(f"{tool} is not installed")
    place = tmp_path / "tools"
    place.mkdir()
    homes = {"UV_TOOL_DIR": place / "uv", "UV_TOOL_BIN_DIR": place / "bin"}
    homes |= {"PIPX_HOME": place / "pipx", "PIPX_BIN_DIR": place / "bin", "PIPX_MAN_DIR": place / "man"}
    # Each has its own word for constraints, and pip reads this one.
    constrained = ("tool", "install", "--constraints", CONSTRAINTS) if tool == "uv" else ("install",)
    variables = {name: str(path) for name, path in homes.items()} | {"PIP_CONSTRAINT": str(CONSTRAINTS)}
    run(program, *constrained, wheel, "--python", sys.executable, timeout=900, cwd=place, variables=variables)
    (python,) = place.glob("*/**/keras-export-workbench/bin/python")
    assert_it_works(place / "bin" / "workbench", python, place)
