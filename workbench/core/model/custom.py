"""The user's Python file with a model's own classes and functions: parsed for names, run only to load the model."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import inspect
import sys
import traceback
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from workbench.core.lazy import keras3, legacy_keras
from workbench.core.model.legacy_names import legacy_names
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import read_regular

MAX_SOURCE: Final = 1 << 20
"""Largest file, in bytes; one written by hand has a few thousand."""

Library = Literal["tf_keras", "keras"]

_LIBRARIES: Final = ("keras", "tf_keras", "tensorflow", "numpy", "typing", "builtins")
"""What a file imports from these packages is not its own: the model gets it from the library itself."""

_REGISTER: Final = "register_keras_serializable"

_made: dict[tuple[str, str, Library], dict[str, Any]] = {}
"""Objects by file, content and library: an engine that loads a model twice runs the file only once."""


def names_in(path: Path) -> frozenset[str]:
    """The classes and functions that a file defines, by parsing only. Raises `WorkbenchError` CUSTOM_FILE."""
    try:
        tree = ast.parse(source_of(path), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as err:
        raise _error(path, err, getattr(err, "lineno", None)) from err
    return frozenset(name for node in _outer(tree) for name in _names(node) if not name.startswith("_"))


def source_of(path: Path) -> bytes:
    """The bytes of such a file. Raises `WorkbenchError` CUSTOM_FILE."""
    try:
        return read_regular(path, MAX_SOURCE)
    except OSError as err:
        hint = "Give the Python file that defines the custom classes."
        text = f"It cannot be read: {err.strerror}."
        raise WorkbenchError("CUSTOM_FILE", text, where=str(path), hint=hint) from err


def _outer(tree: ast.AST) -> Iterator[ast.AST]:
    """Statements that run when the file is imported, which excludes those inside functions and classes."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            yield from _outer(node)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
        for decorator in node.decorator_list:
            yield from _registered_name(decorator)
    elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] not in _LIBRARIES:
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda | ast.Name | ast.Attribute):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _registered_name(decorator: ast.expr) -> Iterator[str]:
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(_REGISTER):
        given = [*decorator.args[1:2], *(k.value for k in decorator.keywords if k.arg == "name")]
        yield from (v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str))


def objects_in(path: Path, library: Library) -> dict[str, Any]:
    """Run the file and return its public classes and functions, and those that it registers with Keras.

    For a model of Keras 2, `keras` and `tf.keras` mean tf_keras within the file: a layer of Keras 3 would not fit.
    Raises `WorkbenchError` CUSTOM_FILE with the line.
    """
    source = source_of(path)
    digest = hashlib.sha256(source).hexdigest()
    key = (str(path.resolve()), digest, library)
    if key not in _made:
        names_in(path)  # Reports a syntax error as such.
        _made[key] = _run(path, source, f"workbench_custom_{digest[:12]}", library)
    return dict(_made[key])


def _run(path: Path, source: bytes, name: str, library: Library) -> dict[str, Any]:
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    with _registry(library) as registered, _surroundings(path, library):
        try:
            exec(compile(source, str(path), "exec"), module.__dict__)
        except (Exception, SystemExit) as err:
            # The user's own code may raise anything; it is reported with its line.
            raise _error(path, err, _line(path, err)) from err
    return {**_public(module), **registered}


def _public(module: types.ModuleType) -> dict[str, Any]:
    found = {}
    for name, value in vars(module).items():
        callable_ = isinstance(value, type) or inspect.isfunction(value)
        if callable_ and not name.startswith("_") and value.__module__.partition(".")[0] not in _LIBRARIES:
            found[name] = value
    return found


@contextlib.contextmanager
def _registry(library: Library) -> Iterator[dict[str, Any]]:
    """What the block registers with Keras; removed from Keras' own registry afterwards, since it is for this model
    only."""
    saving = _library(library).saving
    before = set(saving.get_custom_objects())
    registered: dict[str, Any] = {}
    try:
        yield registered
    finally:
        every = saving.get_custom_objects()
        registered.update({name: every.pop(name) for name in set(every) - before})


def _library(library: Library) -> Any:
    return legacy_keras() if library == "tf_keras" else keras3()


@contextlib.contextmanager
def _surroundings(path: Path, library: Library) -> Iterator[None]:
    """Within the block, the file's folder is on the import path, its output goes to stderr, and `keras` fits the
    model."""
    sys.path.insert(0, str(path.resolve().parent))
    try:
        names = legacy_names() if library == "tf_keras" else contextlib.nullcontext()
        with contextlib.redirect_stdout(sys.stderr), names:
            yield
    finally:
        sys.path.remove(str(path.resolve().parent))


def _line(path: Path, error: BaseException) -> int | None:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return lines[-1] if lines else None


def _error(path: Path, error: BaseException, line: int | None) -> WorkbenchError:
    text = str(error).strip().split("\n", 1)[0][:300]
    where = f"{path}:{line}" if line else str(path)
    return WorkbenchError("CUSTOM_FILE", f"{type(error).__name__}: {text}.", where=where, hint="Mend that file.")


def names_as_options(path: Path | None) -> Mapping[str, None]:
    """The names of a file as a scan needs them, without objects."""
    return dict.fromkeys(names_in(path)) if path else {}
