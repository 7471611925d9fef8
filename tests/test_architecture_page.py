"""The architecture page: files and functions it names are there, and its ranks are those that are tested."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from source_trees import tree_of
from test_package_order import CORE

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

STEP: Final = re.compile(r"\d+\. `(workbench/[\w/]+\.py)`: (.*)")
"""A line of a walk: a file, and the functions of it that are passed."""

WALKS: Final = [part for part in re.split(r"^##+ ", PAGE, flags=re.MULTILINE) if STEP.search(part)]


def defined(tree: ast.Module) -> set[str]:
    """The functions and classes of a module, methods as `Class.method`."""
    kinds = ast.FunctionDef | ast.ClassDef
    found = {node.name for node in tree.body if isinstance(node, kinds)}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return found | {f"{one.name}.{node.name}" for one in classes for node in one.body if isinstance(node, kinds)}


def test_every_file_and_folder_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:workbench|tests|docs)/[\w/.]+)`", PAGE)
    assert len(named) > 80
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.partition("\n")[0])
def test_every_step_of_a_walk_names_functions_of_its_file_and_leads_to_another_file(walk: str) -> None:
    steps = STEP.findall(walk)
    assert len(steps) > 10
    for path, words in steps:
        names = re.findall(r"`(\w+(?:\.\w+)?)`", words)
        assert names, path
        assert set(names) <= defined(tree_of(ROOT / path)), path
    assert [path for (path, _), (after, _) in pairwise(steps) if path == after] == []


def test_the_page_has_all_three_walks() -> None:
    assert len(WALKS) == 3


def test_the_ranks_of_the_page_are_those_that_are_tested() -> None:
    rows = re.findall(r"^\| (\d) \| (`.*`) \|$", PAGE, flags=re.MULTILINE)
    assert {int(rank): set(re.findall(r"\w+", names)) for rank, names in rows} == dict(enumerate(CORE))
