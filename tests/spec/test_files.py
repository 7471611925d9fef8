"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.files import open_regular, read_regular, replacing, require_regular, write_text
from workbench.spec.targets.local import LocalTarget


def test_a_file_appears_only_when_its_block_ends_well(tmp_path: Path) -> None:
    place = tmp_path / "new" / "a.txt"
    with replacing(place) as out:
        out.write(b"half")
        assert not place.exists()
    assert place.read_bytes() == b"half"
    assert stat.S_IMODE(place.stat().st_mode) & 0o600 == 0o600


def test_a_block_that_fails_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    write_text(place, "old")
    with pytest.raises(ZeroDivisionError), replacing(place) as out:
        out.write(b"%d" % (1 // 0))
    assert place.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError) as caught:
        write_text(tmp_path / "file" / "below.txt", "x")
    assert caught.value.code == "CANNOT_WRITE"
    assert "below.txt" in str(caught.value)


@pytest.mark.parametrize("name", ["v1", "A", "a" * 128])
def test_names_the_service_takes_pass(name: str) -> None:
    assert LocalTarget.facts.version_name.check(name) == name


@pytest.mark.parametrize("name", ["", "1v", "a-b", "a.b", "_a", "a" * 129, "ä", "v1\n"])
def test_names_the_service_refuses_are_refused(name: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        LocalTarget.facts.version_name.check(name)
    assert caught.value.code == "BAD_NAME"


def test_only_regular_files_are_read_and_no_pipe_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name, kind in (
            ("pipe", "a pipe"),
            ("link", "a device"),
            (".", "folder"),
            ("socket", "socket|No such device"),
        ):
            for read in (open_regular, require_regular, lambda path: read_regular(path, 10)):
                with pytest.raises(OSError, match=kind):
                    read(tmp_path / name)


def test_a_file_is_read_up_to_a_limit_and_not_beyond(tmp_path: Path) -> None:
    (tmp_path / "ten").write_bytes(b"0123456789")
    assert read_regular(tmp_path / "ten", 10) == b"0123456789"
    with pytest.raises(OSError, match="larger than 9 bytes"):
        read_regular(tmp_path / "ten", 9)
