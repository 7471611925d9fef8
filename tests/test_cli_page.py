"""The command line's page: every command has its section, every example is valid, every output shown is real."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from cli_page import alike, commands, run
from documents import PAGES, ROOT, blocks, page, section
from support import free_port

from workbench.cli.app import COMMANDS, workbench

SAMPLE: Final = ROOT / "resources" / "sample"
PAGE: Final = page("cli")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")

EXAMPLES: Final = [pair for block in blocks(PAGE, "console") for pair in commands(block)]

LINE: Final = re.compile(r"^(?:    |\$ )?(workbench [a-z].*)$|`(workbench [a-z][^`]*)`", re.MULTILINE)
"""A command in a block, or in a sentence."""


def lines_of(text: str) -> list[str]:
    """Every `workbench` line of a document, comments cut off, lines joined that a backslash parts."""
    found = LINE.findall(re.sub(r"\\\n\s*", "", text))
    return [(block or sentence).partition("  #")[0].strip() for block, sentence in found]


DOCUMENTS: Final = {path.name: path.read_text(encoding="utf-8") for path in PAGES} | {"README.md": README}


def test_every_command_has_a_section() -> None:
    titles = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
    assert sorted(titles) == sorted(COMMANDS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_in_a_document_has_options_that_there_are(name: str) -> None:
    for line in lines_of(DOCUMENTS[name]):
        words = shlex.split(line)[1:]
        command: click.Command | None = workbench
        context = click.Context(workbench, info_name="workbench")
        while isinstance(command, click.Group) and words and not words[0].isupper():
            command = command.get_command(context, words.pop(0))
            assert command is not None, f"{name}: {line}"
        if isinstance(command, click.Group):
            continue
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        own = words[: words.index("--")] if "--" in words else words
        given = {word for word in own if re.fullmatch(r"--?[a-z][a-z-]*", word)}
        assert given - known - {"--help", "--debug"} == set(), f"{name}: {line}"


def test_every_link_of_a_document_leads_to_a_file_and_a_heading() -> None:
    for name, text in DOCUMENTS.items():
        folder = ROOT if name == "README.md" else ROOT / "docs"
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = link.partition("#")
            if "://" in file:
                continue
            target = folder / file if file else folder / name
            assert target.exists(), f"{name}: {link}"
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            assert not anchor or anchor in {title.lower().replace(" ", "-") for title in titles}, f"{name}: {link}"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Folders of its own, and a local target as the page says to start it."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    own = {f"WORKBENCH_{name}": str(home / name.lower()) for name in ("CACHE", "STATE", "TRUST")}
    own["WORKBENCH_LOCAL_URL"] = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "workbench", "serve", "--root", str(home / "practice"), "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() == own["WORKBENCH_LOCAL_URL"]
        yield own
        server.terminate()


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_the_examples_give_the_outputs_shown(environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "sample")
    for command, shown in EXAMPLES:
        _, output = run(command, tmp_path / "sample", **environment)
        assert alike(shown, output), f"$ {command}\n{output}"


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_the_tour_of_the_readme_runs_to_its_end(environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "sample")
    tour = [
        line for line in lines_of(section(README, "Five minutes on the command line")) if line.startswith("workbench")
    ]
    assert len(tour) > 9
    for command in tour:
        if "serve" not in command and "demo" not in command:  # The one runs already, the other among the examples.
            code, output = run(command, tmp_path / "sample", **environment)
            assert code == 0, f"$ {command}\n{output}"


def test_an_output_that_says_something_else_is_not_alike() -> None:
    shown = "pass  Loads  8.9 s\n...\nPASS  10 pass, 2 skip  (20 images, 9.8 s)\nReport: gate.html\n"
    told = "pass  Loads  14.2 s\nskip  Golden\nPASS  10 pass, 2 skip  (20 images, 15.0 s)\nReport: gate.html\n"
    assert alike(shown, told)
    assert not alike(shown, told.replace("PASS", "FAIL"))
    assert not alike(shown, told.replace("20 images", "19 images"))
    assert not alike(shown, told.replace("pass  Loads", "fail  Loads"))
