"""The floors hold: imports go down only, nothing below the command line prints, and light parts stay light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import workbench
from workbench.spec.target import KINDS

PACKAGE: Final = Path(workbench.__file__).parent

ALLOWED: Final = {
    "spec": {"workbench.spec", "msgspec", "tomli_w"},
    "engine": {"workbench.engine", "workbench.spec", "workbench.core", "msgspec"},
    "gui": {"workbench.gui", "workbench.spec", "workbench.__version__", "msgspec", "PySide6", "shiboken6"},
}
"""What a floor may import besides the standard library; `core` and `cli` are free in their choice of packages.

msgspec comes with the spec floor: its structs are frozen, and `msgspec.structs.replace` is how one is changed.
"""

FORBIDDEN: Final = {
    "core": {"workbench.engine", "workbench.gui", "workbench.cli", "workbench.__main__", "PySide6", "shiboken6"},
}

SCIENCE: Final = {"tensorflow", "keras", "tf_keras", "numpy", "h5py", "PIL", "google", "googleapiclient", "matplotlib"}


def modules(floor: str) -> list[str]:
    """The dotted names of every module of a floor, found as files so that none can hide."""
    files = sorted((PACKAGE / floor).rglob("*.py"))
    return [".".join(f.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for f in files]


def imports(source: str) -> Iterator[str]:
    """Every dotted name a source text imports, inside functions too. `from workbench import x` is `workbench.x`."""
    for node in ast.walk(ast.parse(source)):
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
        for name in imports(path.read_text(encoding="utf-8")):
            if name.partition(".")[0] not in sys.stdlib_module_names:
                yield str(path.relative_to(PACKAGE)), name


@pytest.mark.parametrize("floor", sorted(ALLOWED))
def test_a_floor_imports_only_what_it_may(floor: str) -> None:
    assert [(file, name) for file, name in imports_of(floor) if not within(name, ALLOWED[floor])] == []


DOOR: Final = {"workbench.core.jobs", "workbench.core.progress", "workbench.core.lazy.hush_libraries"}
"""What the command line and the engine may import of the core, lazily or not, annotations included.

Work is done by the verbs of `core.jobs`. `core.progress` is the callback that every verb takes; `hush_libraries` sets
up a process before any verb runs in it.
"""


@pytest.mark.parametrize("floor", ["cli", "engine"])
def test_the_jobs_are_the_only_door_of_the_core(floor: str) -> None:
    ours = [(file, name) for file, name in imports_of(floor) if within(name, {"workbench.core"})]
    assert any(within(name, {"workbench.core.jobs"}) for _, name in ours)
    assert [(file, name) for file, name in ours if not within(name, DOOR)] == []


@pytest.mark.parametrize("floor", sorted(FORBIDDEN))
def test_a_floor_never_imports_what_stands_on_it(floor: str) -> None:
    assert [(file, name) for file, name in imports_of(floor) if within(name, FORBIDDEN[floor])] == []


def test_the_reader_of_imports_sees_the_ways_to_hide_one() -> None:
    hidden = "import os.path as p\ndef f():\n    from workbench import core\n    import numpy.linalg\n"
    assert list(imports(hidden)) == ["os.path", "workbench.core", "numpy.linalg"]
    assert within("workbench.core.jobs", {"workbench.core"})
    assert not within("workbench.core_extra", {"workbench.core"})


def test_nothing_below_the_command_line_prints() -> None:
    guilty = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.is_relative_to(PACKAGE / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                guilty.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert guilty == []


PROBE: Final = """
import importlib, json, sys
before = set(sys.modules)  # A .pth file of an installed package may import at start-up; that is no import of ours.
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def roots_after(*names: str) -> set[str]:
    """Import modules in a fresh interpreter; the top-level names that came into `sys.modules`."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *names], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_a_fresh_interpreter_with_the_whole_window_has_no_science_in_it() -> None:
    window = modules("gui")
    assert "workbench.gui.app" in window
    assert roots_after(*window) & (SCIENCE | {"rich", "click", "starlette"}) == set()


def test_a_fresh_interpreter_with_the_spec_floor_has_no_science_and_no_qt_in_it() -> None:
    assert roots_after(*modules("spec")) & (SCIENCE | {"PySide6", "rich", "click", "starlette"}) == set()


def test_a_fresh_interpreter_with_the_command_line_is_light() -> None:
    heavy = SCIENCE | {"PySide6", "rich", "starlette", "uvicorn", "httplib2", "requests"}
    assert roots_after("workbench.__main__", *modules("cli")) & heavy == set()


def test_help_needs_no_more_than_click() -> None:
    third_party = roots_after("workbench.__main__", "workbench.cli.app") - sys.stdlib_module_names
    assert third_party == {"click", "workbench"}


def test_the_engine_is_ready_before_the_science_is_there() -> None:
    assert roots_after(*modules("engine")) & SCIENCE == set()


JUDGES_MAY: Final = {f"workbench.core.export.{name}" for name in ("build.export", "cache", "synthetic_instances")}
"""What the judges use of the exporter: the request for an export, where it is kept, and made-up instances."""

JUDGES: Final = ("core/check", "core/training")


def test_what_judges_an_export_shares_no_code_with_what_made_it() -> None:
    forbidden = {"workbench.core.export", "workbench.core.model.structure"}
    files = [f for part in JUDGES for f in [PACKAGE / part, *sorted((PACKAGE / part).rglob("*.py"))] if f.is_file()]
    assert len(files) > 20
    guilty = [
        (f.name, name)
        for f in files
        for name in imports(f.read_text(encoding="utf-8"))
        if within(name, forbidden) and not within(name, JUDGES_MAY)
    ]
    assert guilty == []


CORE: Final = (
    {"lazy", "progress", "varint", "dtypes", "tensor_values", "file_manifest"},
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
        for name in imports(path.read_text(encoding="utf-8")):
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
        name, doc = path.stem.removeprefix("test_"), ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
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
        found = set(imports((PACKAGE / "core" / "deploy" / f"{name}.py").read_text(encoding="utf-8")))
        assert not [one for one in found if within(one, adapters)]
