"""README and CONTRIBUTING: short, with pictures and pages that are there; CI does as `make` does."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml
from documents import PAGES, ROOT, blocks, page

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE: Final = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_is_short_and_begins_with_three_lines_and_a_picture() -> None:
    lines = README.splitlines()
    assert len(lines) < 150
    assert [bool(line) for line in lines[1:6]] == [False, True, True, True, False]
    assert lines[6].startswith("![")


def test_the_readme_shows_every_tab_and_links_every_page() -> None:
    shown = set(re.findall(r"!\[.+\]\(packaging/screenshots/(\w+)\.png\)", README))
    assert shown == {path.stem for path in (ROOT / "packaging" / "screenshots").glob("*.png")}
    assert [path.name for path in PAGES if f"](docs/{path.name})" not in README] == []


def test_contributing_is_one_page() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 50


def test_every_make_target_in_a_document_is_one_of_the_makefile() -> None:
    known = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    for path in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "packaging" / "github-workflow.yml"]:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"(?:`|^    |run: )make ([a-z-]+)", text, re.MULTILINE)
        assert set(named) <= known, path.name


def test_the_page_of_development_has_every_make_target_and_every_folder_of_core_and_window() -> None:
    text = page("development")
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)) - {"help", "setup", "run"}
    assert targets - set(re.findall(r"`make ([a-z-]+)`", text)) == set()
    tree = blocks(text, "")[0]
    folders = [
        path.name for floor in ("core", "gui") for path in (ROOT / "workbench" / floor).iterdir() if path.is_dir()
    ]
    assert [name for name in sorted(folders) if name != "__pycache__" and f"{name}/" not in tree] == []


def test_pre_commit_runs_what_make_lint_runs() -> None:
    config: Any = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    entries = [hook["entry"].removeprefix(".venv/bin/python ") for repo in config["repos"] for hook in repo["hooks"]]
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]
    assert entries == re.findall(r"^\t\$\(PY\) (-m .+)$", lint, re.MULTILINE)


def test_the_workflow_runs_both_commands_on_linux_and_macos() -> None:
    workflow: Any = yaml.safe_load((ROOT / "packaging" / "github-workflow.yml").read_text())
    (job,) = workflow["jobs"].values()
    assert {name.partition("-")[0] for name in job["strategy"]["matrix"]["os"]} == {"ubuntu", "macos"}
    commands = [step.get("run", "") for step in job["steps"]]
    assert "make test" in commands
    assert any("workbench demo" in command for command in commands)
