"""Projects from anybody: whatever stands in one, reading it ends soon, in a project or in one error of ours."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.project import MAX_PROJECT, load_project
from workbench.spec.toml_text import MAX_NESTING, parse_toml

HEAD = "workbench = 1\nmodel = 'm.h5'\n"


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c = 1\n[x.y]\nz = [[1, 2], {q = 3}]\n",
        "a = '....................[[[[[[[[[[[[[[[[[[[['",
        'a = "..................\\"[[[[[[[[[[[[[[[[[[["',
        "a = '''\n''[[[[[[[[[[[[[[[[[[[ ................. ''''\n",
        'a = """\n""[[[[[[[[[[[[[[[[[[\\""" ...................."""""\n',
        "# [[[[[[[[[[[[[[[[[[[[[[[[[[ ....................\na = 1.5",
        "a = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5]",
        "x = 1979-05-27T07:32:00.5",
    ],
)
def test_what_is_no_nesting_is_read_as_the_library_reads_it(text: str) -> None:
    assert parse_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * (MAX_NESTING + 2)) + " = 1",
        "[" + ".".join(['"a"'] * (MAX_NESTING + 2)) + "]",
        "a = " + "[" * (MAX_NESTING + 1),
        "a = " + "{b = " * (MAX_NESTING + 1),
        "\n\n" + "a.'b'. " * (MAX_NESTING + 1),
    ],
)
def test_deep_nesting_is_refused_with_its_line_before_it_is_parsed(text: str) -> None:
    with pytest.raises(ValueError, match=rf"line {text.count(chr(10)) + 1} nests more than"):
        parse_toml(text)


@pytest.mark.parametrize("text", ['"""', "'''", '"', "'", '"""\\', "'''''", '""""', "[a]\nb = \"c\n'd"])
def test_a_text_that_is_not_closed_is_said_so(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(f"a = {text}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("model = 3", "BAD_PROJECT"),
        ("[targets]\nx = 1", "BAD_PROJECT"),
        ("targets = 1", "BAD_PROJECT"),
        ("[targets.x]\nkind = []", "BAD_PROJECT"),
        ("[targets.x]\nkind = {a = 1}", "BAD_PROJECT"),
        ("[targets.local]\nkind = 'vertex'\nproject = 'p'\nregion = 'r'\nbucket = 'b'", "BAD_PROJECT"),
        ("[check]\naccuracy = nan", "BAD_PROJECT"),
        ("[check]\nlatency_ms = inf", "BAD_PROJECT"),
        ("[signature]\ntop_k = 99999999999999999999", "BAD_PROJECT"),
        ("[signature]\ndefaults = {a = [123456789012345678901234567890]}", "BAD_PROJECT"),
        ("[signature]\ndefaults = {a = 1979-05-27}", "BAD_PROJECT"),
        ("[signature]\ntop_k = " + "9" * 5000, "NOT_TOML"),
        ("x = '\\ud800'", "BAD_PROJECT"),
        ('custom = "\\ud800"', "NOT_TOML"),
        ("a = [", "NOT_TOML"),
        ("\0", "NOT_TOML"),
        ("a." * 50, "NOT_TOML"),
    ],
)
def test_a_value_that_no_setting_takes_is_told_with_its_place(tmp_path: Path, text: str, code: str) -> None:
    place = tmp_path / "p.toml"
    place.write_text(("" if text.startswith("model") else "model = 'm.h5'\n") + "workbench = 1\n" + text)
    with pytest.raises(WorkbenchError) as caught:
        load_project(place)
    assert caught.value.code == code
    assert str(place) in str(caught.value)
    assert caught.value.hint


def test_a_project_that_is_no_file_no_text_or_too_long_is_said_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "latin.toml").write_bytes(HEAD.encode() + "# é".encode("latin-1"))
    (tmp_path / "long.toml").write_text(HEAD + "#" * MAX_PROJECT)
    for name, word in (("pipe", "a pipe"), ("zero", "a device"), ("latin", "UTF-8"), ("long", "larger than")):
        with pytest.raises(WorkbenchError, match=word) as caught:
            load_project(tmp_path / f"{name}.toml")
        assert caught.value.code == "NOT_TOML"


def test_a_mark_of_byte_order_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_project(tmp_path / "p.toml").model == "m.h5"
