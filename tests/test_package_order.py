"""Packages within a floor have an order, their tests are found by their names, and kinds of targets stay one table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from source_trees import PACKAGE, imported_by, tree_of, within

from workbench.spec.target import KINDS

CORE: Final = (
    {
        "consent",
        "lazy",
        "progress",
        "varint",
        "dtypes",
        "tensor_values",
        "file_manifest",
        "feature_statistics",
        "tf_internals",
        "keras_internals",
    },
    {"graph", "savedmodel", "instances"},
    {"model"},
    {"training"},
    {"export"},
    {"predict"},
    {"check", "data", "deploy", "match", "serve", "report"},
    {"jobs"},
)
"""The core's packages and the modules of its ground, from the bottom up; those on one rank do not know each other."""


GUI: Final = (
    {"texts", "theme", "notices", "thumbnails", "dropped_files", "event_loop"},
    {"icons", "values", "progress_text", "folder_scanner", "engine"},
    {"widgets"},
    {"tab", "charts"},
    {"project"},
    {"inputs", "model", "rows", "gate"},
    {"detail", "results", "deploy"},
    {"predict", "signature"},
    {"exported"},
    {"window"},
    {"app"},
)
"""The same for the window: what no tab needs to know stands on those below it."""

ORDERS: Final = {"core": CORE, "gui": GUI}


def rank(name: str) -> int:
    """The rank of a dotted name such as `workbench.core.graph` within its floor."""
    _, floor, package = name.split(".")[:3]
    return next(n for n, packages in enumerate(ORDERS[floor]) if package in packages)


def within_floor(floor: str) -> Iterator[tuple[str, str, str]]:
    """(file, its own package, imported package) wherever a package of a floor imports another one of it."""
    for path in sorted((PACKAGE / floor).rglob("*.py")):
        own = f"workbench.{floor}.{path.relative_to(PACKAGE / floor).parts[0].removesuffix('.py')}"
        for name in imported_by(path):
            other = ".".join(name.split(".")[:3])
            if other.startswith(f"workbench.{floor}.") and other != own and not own.endswith("__init__"):
                yield str(path.relative_to(PACKAGE)), own, other


@pytest.mark.parametrize("floor", sorted(ORDERS))
def test_every_package_of_a_floor_has_its_rank(floor: str) -> None:
    ours = {f.stem for f in (PACKAGE / floor).iterdir() if f.suffix == ".py" or (f / "__init__.py").exists()}
    assert ours - {"__init__"} == set().union(*ORDERS[floor])


@pytest.mark.parametrize("floor", sorted(ORDERS))
def test_no_package_imports_one_on_its_own_rank_or_above_lazily_or_not(floor: str) -> None:
    found = list(within_floor(floor))
    assert len(found) > 100
    assert [(file, other) for file, own, other in found if not below(other, own)] == []


def below(other: str, own: str) -> bool:
    """Whether a package may be imported by another; the core's ground alone may use itself."""
    same = own.startswith("workbench.core.") and rank(own) == 0
    return rank(other) < rank(own) + same


def test_the_order_of_packages_tells_up_from_down() -> None:
    assert below("workbench.gui.rows", "workbench.gui.predict")
    assert not below("workbench.gui.predict", "workbench.gui.rows")
    assert not below("workbench.gui.detail", "workbench.gui.results")
    assert not below("workbench.core.jobs", "workbench.core.lazy")


def test_a_test_of_the_core_is_named_after_its_module_or_says_that_it_covers_several() -> None:
    lost = []
    for path in sorted((Path(__file__).parent / "core").rglob("test_*.py")):
        package = PACKAGE / path.parent.relative_to(Path(__file__).parent)
        name, doc = path.stem.removeprefix("test_"), ast.get_docstring(tree_of(path))
        named = (package / f"{name}.py").is_file() or (package / name).is_dir()
        if not named and not (doc or "").startswith("Across modules."):
            lost.append(str(path))
    assert lost == []


KIND_CLASSES: Final = {kind.__name__ for kind in KINDS.values()}


def kinds_asked_for(source: str) -> Iterator[int]:
    """The lines that ask which kind a target is of: `isinstance` or `case` with its class, `kind ==` with its word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass"):
            asked, words = ast.walk(node.args[1]), KIND_CLASSES
        elif isinstance(node, ast.MatchClass):
            asked, words = ast.walk(node.cls), KIND_CLASSES
        elif isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] == "kind":
            asked, words = ast.walk(node), {repr(kind) for kind in KINDS}
        else:
            continue
        yield from (part.lineno for part in asked if isinstance(part, ast.expr) and ast.unparse(part) in words)


def test_no_code_asks_which_kind_a_target_is_of() -> None:
    asking = "match t:\n case VertexTarget():\n  isinstance(t, LocalTarget | int)\n  t.kind in ('folder', 'x')"
    assert list(kinds_asked_for(asking)) == [2, 3, 4]
    guilty = [
        (str(path.relative_to(PACKAGE)), line)
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in kinds_asked_for(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_the_port_and_the_table_of_adapters_import_no_adapter() -> None:
    adapters = {f"workbench.core.deploy.{name}" for name in ("vertex", "folder", "mlengine", "dryrun.plan")}
    for name in ("port", "adapters"):
        found = imported_by(PACKAGE / "core" / "deploy" / f"{name}.py")
        assert not [one for one in found if within(one, adapters)]
