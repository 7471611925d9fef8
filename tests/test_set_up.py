"""Set-up on a clean machine: in a folder with spaces and letters beyond ASCII, with progress, and without a network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

PACKAGING: Final = Path(__file__).parent.parent / "packaging"
PROJECT: Final = """
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1"
dependencies = ["large-part", "h11"]
"""

pytestmark = pytest.mark.heavy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project that is set up as ours is."""
    root = tmp_path / "Meine Werkbank äöü"
    shutil.copytree(PACKAGING, root / "packaging")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "small.py").write_text("")
    return root


def set_up(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "packaging" / "setup.sh"],
        env=os.environ | {"PYTHON": sys.executable} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index on this machine with one wheel of 12 MB."""
    folder = tmp_path / "packages" / "large-part"
    folder.mkdir(parents=True)
    about = "large_part-1.dist-info"
    with zipfile.ZipFile(folder / "large_part-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("large_part.py", f"DATA = {'x' * 12_000_000!r}\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: large-part\nVersion: 1\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", f"large_part.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(tmp_path)))
    Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/packages"
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is not the place."""


def unreachable() -> dict[str, str]:
    """Variables that send pip to a port where nobody listens, and nowhere else."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{probe.getsockname()[1]}/packages"
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    return alone | {"PIP_INDEX_URL": index, "PIP_RETRIES": "1"}


def test_progress_is_shown_and_a_second_run_has_nothing_to_do(checkout: Path, index: str) -> None:
    done = set_up(checkout, PIP_NO_CACHE_DIR="1", PIP_EXTRA_INDEX_URL=index)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.endswith(": downloading 12.0 MB, large_part-1-py3-none-any.whl")], (
        done.stdout
    )
    assert "setup:   unpacking 3 packages" in lines
    assert "://" not in done.stdout
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run([python, "-c", "import h11, large_part, small"], check=True, cwd="/")
    assert set_up(checkout).stdout == "setup: nothing to do.\n"


def test_without_a_network_it_says_so_and_the_next_run_goes_on(checkout: Path, index: str) -> None:
    done = set_up(checkout, **unreachable())
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("setup: the Python packages could not be installed: the package index cannot be reached.")
    assert last.endswith("Run the same command again.")
    again = set_up(checkout, PIP_EXTRA_INDEX_URL=index)
    assert again.returncode == 0, again.stdout + again.stderr
    assert ".venv is made anew: an earlier set-up was interrupted." in again.stdout
