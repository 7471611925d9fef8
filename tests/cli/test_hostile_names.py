"""Names and labels of others on their way through the command line: to a terminal, a spreadsheet, a program."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import workbench.cli

NAME = "=1+1\x1b[31m\x9b.jpg"


@pytest.fixture
def named(cli: Any, work: Path) -> tuple[Path, Path]:
    """A project whose labels would give orders, and an image whose name would."""
    shutil.copy(next(iter(sorted((work / "images").glob("img*.jpg")))), work / NAME)
    project = work / "tiny_cnn.toml"
    (work / "labels.txt").write_text("\n".join(f"=label{n}\x1b]0;x\x07" for n in range(3)))
    assert cli("init", work / "tiny_cnn.h5", "-o", project).code == 0
    return project, work / NAME


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_no_escape_of_a_name_reaches_the_terminal(cli: Any, named: tuple[Path, Path], form: str) -> None:
    done = cli("predict", *named, "--format", form)
    assert done.code == 0
    assert not {"\x1b", "\x9b", "\x07"} & set(done.out + done.err)
    if form == "jsonl":
        assert json.loads(done.out)["source"] == str(named[1])


def test_errors_tell_names_without_their_escapes(cli: Any, work: Path) -> None:
    done = cli("inspect", work / "no\x1b[31m.h5")
    assert done.code == 2
    assert "no\\x1b[31m.h5" in done.err
    assert "\x1b" not in done.err


def test_a_spreadsheet_computes_no_cell_unless_cells_are_asked_for_raw(
    cli: Any, named: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, image = named
    monkeypatch.chdir(image.parent)
    for options in ((), ("-o", "out.csv")):
        quoted = cli("predict", project, image.name, "--format", "csv", *options)
        raw = cli("predict", project, image.name, "--format", "csv", "--raw-cells", *options)
        if not options:
            for done, cell in ((quoted, "'=1+1\\x1b[31m\\x9b.jpg"), (raw, image.name)):
                assert next(csv.DictReader(done.out.splitlines()))["source"] == cell
        else:
            # The second run wrote over the first.
            assert next(csv.DictReader(Path("out.csv").read_text().splitlines()))["source"] == image.name


def test_a_name_that_is_no_text_is_one_sentence_or_a_row(cli: Any, named: tuple[Path, Path]) -> None:
    project, image = named
    odd = Path(os.fsdecode(os.fsencode(image.parent) + b"/caf\xe9.jpg"))
    image.rename(odd)
    done = cli("predict", project, odd, "--format", "jsonl")
    assert done.code == 0
    assert "caf" in json.loads(done.out)["source"]
    gone = cli("inspect", odd.with_suffix(".h5"))
    assert gone.code == 2
    assert "mistake" not in gone.err


def test_every_command_prints_through_the_filter() -> None:
    folder = Path(workbench.cli.__file__).parent
    assert [f.name for f in folder.glob("*.py") if "click.echo(" in f.read_text() and f.name != "output.py"] == []
