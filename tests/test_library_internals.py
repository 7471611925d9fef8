"""Private modules and attributes of TensorFlow and Keras are used in one place each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from source_trees import PACKAGE, imported_by, tree_of, within

INTERNALS: Final = {
    "core/tf_internals.py": {"tensorflow.python"},
    "core/keras_internals.py": {"keras.src", "tf_keras.src"},
}
"""The one place of each library's private modules."""


def test_private_modules_of_the_libraries_are_imported_in_one_place_each() -> None:
    private = set().union(*INTERNALS.values())
    guilty = []
    for path in sorted(PACKAGE.rglob("*.py")):
        file = str(path.relative_to(PACKAGE))
        found = {root for name in imported_by(path) for root in private if within(name, {root})}
        guilty += [(file, root) for root in sorted(found - INTERNALS.get(file, set()))]
    assert guilty == []


def private_names_made(tree: ast.Module) -> Iterator[str]:
    """The private names that a module gives to functions, classes, variables and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def attributes_used(tree: ast.Module) -> Iterator[str]:
    """Attributes that are read or set, and those that `getattr` and the like name; those of `os` are not looked at."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os")):
                continue
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(str(name)), *_]):
                yield name


DOCUMENTED: Final = {"_handle"}
"""Attributes with an underscore that are public: `ctypes.PyDLL._handle` of the standard library."""


def test_private_attributes_of_the_libraries_are_used_in_one_place_each() -> None:
    floors = [path for floor in ("core", "engine", "cli", "spec") for path in sorted((PACKAGE / floor).rglob("*.py"))]
    trees = {str(path.relative_to(PACKAGE)): tree_of(path) for path in floors}
    ours = {name for tree in trees.values() for name in private_names_made(tree)}
    private = re.compile(r"_[a-zA-Z]\w*")
    used = {
        (file, name)
        for file, tree in trees.items()
        for name in attributes_used(tree)
        if private.fullmatch(name) and name not in ours | DOCUMENTED
    }
    assert {file for file, _ in used} == set(INTERNALS)
