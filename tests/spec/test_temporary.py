"""What a killed process leaves beside an output is removed by the next run, and what a living one holds never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.spec.files import replacing, write_bytes
from workbench.spec.temporary import sweep, temporary_file, temporary_folder

HOLDS = """
import sys, time
from pathlib import Path
from workbench.spec.files import replacing
from workbench.spec.temporary import temporary_folder
place = Path(sys.argv[1])
with temporary_folder(place, ".making-") as made, replacing(place / "out") as out:
    (made / "half").write_text("x")
    out.write(b"half")
    out.flush()
    print(made, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_what_a_living_process_holds_stays_and_what_a_killed_one_left_goes(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    (theirs,) = tmp_path.glob(".making-*")
    with temporary_folder(tmp_path, ".making-") as ours:
        assert {theirs, ours} == set(tmp_path.glob(".making-*"))
    write_bytes(tmp_path / "out", b"ours")
    assert (theirs / "half").exists()
    assert (tmp_path / ".out.part").read_bytes() == b"half"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with temporary_folder(tmp_path, ".making-") as ours:
        assert list(tmp_path.glob(".making-*")) == [ours]
    write_bytes(tmp_path / "out", b"ours again")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"ours again"


def test_two_writers_of_one_file_in_one_process_do_not_write_into_each_other(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as first, replacing(tmp_path / "a") as second:
        first.write(b"first")
        second.write(b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_link_that_lies_where_the_temporary_file_would_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"kept")
    (tmp_path / ".a.part").symlink_to(tmp_path / "precious")
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "precious").read_bytes() == b"kept"
    os.mkfifo(tmp_path / ".b.part")
    handle, place = temporary_file(tmp_path / "b")
    os.close(handle)
    assert place.name != ".b.part"


def test_a_sweep_takes_only_folders_of_its_prefix(tmp_path: Path) -> None:
    (tmp_path / ".making-1").mkdir()
    (tmp_path / ".making-file").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".making-link").symlink_to(tmp_path / "elsewhere")
    sweep(tmp_path, ".making-")
    sweep(tmp_path / "nothing", ".making-")
    assert {p.name for p in tmp_path.iterdir()} == {".making-file", ".making-link", "elsewhere"}
