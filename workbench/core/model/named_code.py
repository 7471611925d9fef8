"""Code that a project names: the Python file of a model's own classes, and the interpreter of another TensorFlow.

A project is data of unknown origin. What it names runs only after the user consented to that exact content.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.machinery
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workbench.core.consent import allow_code, forget_code, is_code_allowed
from workbench.core.model.custom import source_of
from workbench.core.model.sniff import sha256_file
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import require_regular

CUSTOM_CODE: Final = "CUSTOM_CODE"
"""Error code for a Python file without the user's consent to run."""

PROGRAM: Final = "PROGRAM"
"""Error code for an interpreter, named by a project, without the user's consent."""

_MAX_NEIGHBOURS: Final = 1000
"""Maximum number of files beside a Python file that may belong to it; a larger package is not a model's code."""


def custom_digest(path: Path) -> str:
    """SHA-256 of what a Python file would run, including the modules beside it that it imports at any depth.

    Raises `WorkbenchError` CUSTOM_FILE.
    """
    digest = hashlib.sha256(source_of(path))
    for neighbour in _neighbours(path):
        digest.update(f"\0{neighbour.relative_to(path.parent).as_posix()}\0{sha256_file(neighbour)}".encode())
    return digest.hexdigest()


def _neighbours(path: Path) -> Iterator[Path]:
    """The files in a Python file's own folder that its imports reach, in the order in which they are found."""
    waiting, seen = [path], {path}
    while waiting:
        for found in _imported(waiting.pop(), path.parent):
            if found not in seen:
                seen.add(found)
                yield found
                if found.suffix == ".py":
                    waiting.append(found)
        if len(seen) > _MAX_NEIGHBOURS:
            text = f"More than {_MAX_NEIGHBOURS} files beside it belong to it."
            raise WorkbenchError("CUSTOM_FILE", text, where=str(path), hint="Put the model's classes into one file.")


def _imported(path: Path, folder: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(source_of(path), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # It cannot be run either; the error is reported when it is parsed for names.
    for name in sorted({name for node in ast.walk(tree) for name in _roots(node)}):
        spec = importlib.machinery.PathFinder.find_spec(name, [str(folder)])
        if spec is None:
            continue
        for package in spec.submodule_search_locations or ():
            yield from sorted(p for p in Path(package).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        if spec.origin and not spec.submodule_search_locations:
            yield Path(spec.origin)


def _roots(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]


def program_digest(path: Path) -> str:
    """SHA-256 that identifies an interpreter: over its path, which determines the packages it finds, and its content.

    Raises `WorkbenchError` NO_PYTHON.
    """
    try:
        require_regular(path)
        content = sha256_file(path)
    except OSError as err:
        hint = "Give the path of the interpreter: .../bin/python."
        text = f"This Python interpreter cannot be started: {err.strerror}."
        raise WorkbenchError("NO_PYTHON", text, where=str(path), hint=hint) from err
    # Not resolved: the interpreter of a virtual environment is a link, and its own path makes the environment.
    return hashlib.sha256(f"{os.path.abspath(path)}\0{content}".encode()).hexdigest()


def program_path(python: str, base: Path) -> Path:
    """The interpreter that a project's `check.python` names, relative to the project's folder `base`."""
    place = Path(python).expanduser()
    return place if place.is_absolute() else base / place


def refuse_custom(path: Path, names: tuple[str, ...]) -> None:
    """Raise `WorkbenchError` CUSTOM_CODE for a Python file that a model needs and that has no consent."""
    if not is_code_allowed(custom_digest(path)):
        wanted = f" for {', '.join(names[:8])}" if names else ""
        text = f"Loading the model would run this Python file{wanted}, which has not been allowed."
        hint = "If you trust who wrote it, allow it (--allow-code)."
        raise WorkbenchError(CUSTOM_CODE, text, where=str(path), hint=hint)


def refuse_program(path: Path) -> None:
    """Raise `WorkbenchError` PROGRAM for an interpreter that a project names and that has no consent."""
    if not is_code_allowed(program_digest(path)):
        text = "The project's check.python would start this program, which has not been allowed."
        hint = "If you trust it, allow it (--allow-code) or name it with --python; else remove it from the project."
        raise WorkbenchError(PROGRAM, text, where=str(path), hint=hint)


def permit_custom(path: Path, *, allow: bool = True) -> None:
    """Store or withdraw the consent to run a Python file. Raises `WorkbenchError` CUSTOM_FILE, CANNOT_WRITE."""
    _permit(custom_digest(path), path, allow=allow)


def permit_program(path: Path, *, allow: bool = True) -> None:
    """Store or withdraw the consent to run an interpreter. Raises `WorkbenchError` NO_PYTHON, CANNOT_WRITE."""
    _permit(program_digest(path), path, allow=allow)


def _permit(digest: str, path: Path, *, allow: bool) -> None:
    if allow:
        allow_code(digest, path, path.stat().st_size)
    else:
        forget_code(digest)
