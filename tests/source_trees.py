"""The product's source files as syntax trees, and what they import: for the tests of its structure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import workbench

PACKAGE: Final = Path(workbench.__file__).parent


def modules(floor: str) -> list[str]:
    """The dotted names of every module of a floor, found as files so that none can hide."""
    files = sorted((PACKAGE / floor).rglob("*.py"))
    return [".".join(f.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for f in files]


@cache
def tree_of(path: Path) -> ast.Module:
    """A source file, parsed once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_by(path: Path) -> tuple[str, ...]:
    """Every dotted name a file imports."""
    return tuple(imports(tree_of(path)))


def imports(tree: ast.Module) -> Iterator[str]:
    """Every dotted name a module imports, inside functions too. `from workbench import x` is `workbench.x`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which floor they reach"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, roots: set[str]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def imports_of(floor: str) -> Iterator[tuple[str, str]]:
    """(file, imported name) over a floor, without the standard library."""
    for path in sorted((PACKAGE / floor).rglob("*.py")):
        for name in imported_by(path):
            if name.partition(".")[0] not in sys.stdlib_module_names:
                yield str(path.relative_to(PACKAGE)), name
