"""The floors hold: imports go down only, nothing below the command line prints, and light parts stay light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest
from source_trees import PACKAGE, imported_by, imports, imports_of, modules, tree_of, within

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
    assert list(imports(ast.parse(hidden))) == ["os.path", "workbench.core", "numpy.linalg"]
    assert within("workbench.core.jobs", {"workbench.core"})
    assert not within("workbench.core_extra", {"workbench.core"})


def test_of_qt_only_what_pyside6_essentials_brings_is_used() -> None:
    # Both wheels bring the stubs of all modules; the modules themselves are libraries.
    brought = {f.name.split(".")[0] for f in metadata.files("pyside6-essentials") or () if f.suffix in (".so", ".pyd")}
    files = [*PACKAGE.rglob("*.py"), *Path(__file__).parent.rglob("*.py")]
    used = {name.split(".")[1] for f in files for name in imported_by(f) if name.startswith("PySide6.")}
    assert {"QtCore", "QtWidgets", "QtSvg"} <= used
    assert used - brought == set()
    assert "QtCharts" not in brought


def test_nothing_below_the_command_line_prints() -> None:
    guilty = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.is_relative_to(PACKAGE / "cli"):
            continue
        for node in ast.walk(tree_of(path)):
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
        for name in imported_by(f)
        if within(name, forbidden) and not within(name, JUDGES_MAY)
    ]
    assert guilty == []
