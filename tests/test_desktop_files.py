"""The desktop files: valid by the desktop's own validators, and into a user's folders and out again."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops, ImageStat

ROOT: Final = Path(__file__).parent.parent
PACKAGING: Final = ROOT / "packaging"
ENTRY: Final = PACKAGING / "workbench.desktop"
TYPES: Final = PACKAGING / "workbench-mime.xml"
ABOUT: Final = PACKAGING / "workbench.metainfo.xml"
ICONS: Final = PACKAGING / "icons"
MIME: Final = "{http://www.freedesktop.org/standards/shared-mime-info}"
PROJECT_TYPE: Final = "x-keras-export-workbench-project"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def validator(name: str) -> str:
    """A validator of the desktop's own; skips by name where it is not installed."""
    program = shutil.which(name)
    return program or pytest.skip(f"{name} is not installed")


def test_the_menu_entry_opens_what_the_type_file_and_the_metainfo_name() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ENTRY)
    opened = parser["Desktop Entry"]["MimeType"].rstrip(";").split(";")
    defined = [node.get("type") for node in ElementTree.parse(TYPES).iter(f"{MIME}mime-type")]
    about = ElementTree.parse(ABOUT)
    assert opened == defined == [node.text for node in about.iter("mediatype")]
    assert [node.text for node in about.iter("launchable")] == [ENTRY.name]
    assert {node.text for node in about.iter("icon")} == {parser["Desktop Entry"]["Icon"]}


def test_the_desktop_s_own_validator_accepts_the_menu_entry() -> None:
    done = run(validator("desktop-file-validate"), ENTRY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_appstream_accepts_the_metainfo() -> None:
    done = run(validator("appstreamcli"), "validate", "--no-net", "--explain", ABOUT)
    assert done.returncode == 0, done.stdout
    # Hints differ from release to release: 1.0 asks for a tag that 0.16 calls unknown.
    assert not re.search(r"^[EW]: ", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("path", [TYPES, ABOUT], ids=lambda path: path.name)
def test_xmllint_accepts(path: Path) -> None:
    done = run(validator("xmllint"), "--noout", path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.heavy
def test_the_mime_database_knows_every_file_the_window_opens(tmp_path: Path) -> None:
    """Over the types that the system has, as in a user's own data folder."""
    program = validator("update-mime-database")
    packages = tmp_path / "mime" / "packages"
    packages.mkdir(parents=True)
    system = Path("/usr/share/mime/packages/freedesktop.org.xml")
    for source in [TYPES, *([system] if system.is_file() else [])]:
        shutil.copy(source, packages)
    done = run(program, tmp_path / "mime", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    globs = {
        (pattern, kind): int(weight)
        for weight, kind, pattern in (
            line.split(":")[:3] for line in (tmp_path / "mime" / "globs2").read_text().splitlines() if ":" in line
        )
        if not weight.startswith("#")
    }
    ours = {"*.h5": "x-hdf", "*.hdf5": "x-hdf", "*.keras": "x-keras-model", "project.toml": f"{PROJECT_TYPE}"}
    for pattern, kind in ours.items():
        rivals = [
            weight for (other, name), weight in globs.items() if other == pattern and name != f"application/{kind}"
        ]
        assert globs[pattern, f"application/{kind}"] > max(rivals, default=0), pattern


def test_the_icons_are_the_drawing_in_the_sizes_that_desktops_ask_for(tmp_path: Path) -> None:
    done = run(sys.executable, PACKAGING / "make_icons.py", tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in ICONS.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert {"16x16.png", "22x22.png", "24x24.png", "32x32.png", "48x48.png", "64x64.png", "128x128.png"} <= names
    for name in names:
        with Image.open(ICONS / name) as kept, Image.open(tmp_path / name) as fresh:
            assert f"{kept.width}x{kept.height}.png" == name
            assert kept.mode == "RGBA"
            low, high = kept.getchannel("A").getextrema()
            assert (low, high) == (0, 255), "the ground is see-through, the drawing is not"
            # An icon whose drawing has changed is further off than another Qt's edges.
            change = ImageStat.Stat(ImageChops.difference(kept.convert("RGBA"), fresh.convert("RGBA"))).mean
            assert max(change) < 2, name


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
    made_of_it = data / "mime" / "application"  # by update-mime-database
    ours = [p for p in data.rglob("*") if p.is_file() and "workbench" in p.name and p.parent != made_of_it]
    assert len(ours) == 4 + len(list(ICONS.iterdir())), ours
    for picture in ICONS.iterdir():
        placed = data / "icons" / "hicolor" / picture.stem / "apps" / "workbench.png"
        assert placed.read_bytes() == picture.read_bytes()
    assert run(script, "--uninstall", XDG_DATA_HOME=str(data)).returncode == 0
    assert [p for p in data.rglob("*") if p.is_file() and "workbench" in p.name] == []
