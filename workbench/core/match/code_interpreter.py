"""Interpreter of training code: statements, functions and classes, interpreted once per assumed image size."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from workbench.core.match.code_attributes import attribute
from workbench.core.match.code_expressions import Scope
from workbench.core.match.code_libraries import call_library, call_method
from workbench.core.match.code_statements import Statements
from workbench.core.match.code_values import (
    UNKNOWN,
    Class,
    Function,
    Instance,
    Library,
    Method,
    Operation,
    Partial,
    Picture,
    Value,
    first_picture,
    pictures_in,
)

DEEPEST: Final = 12
"""Maximum depth of nested calls that are followed; recursion is not."""

MOST_STEPS: Final = 50_000
"""Maximum number of expressions evaluated: half a second of work, ten times as many as in a long training script."""


class Kept(NamedTuple):
    """An image that the code uses, how certain it is that training used it so (`sink_rank`), and the line."""

    picture: Picture
    rank: int
    line: int


class _OutOfSteps(Exception):
    """The source would take too long to interpret."""


class Interpreter(Statements):
    """Interprets a module once. `supposed` is the (height, width) in pixels of every image that it reads."""

    def __init__(self, supposed: tuple[int, int]) -> None:
        self.supposed = supposed
        self.tracing = 0
        self.kept: list[Kept] = []
        self.notes: dict[tuple[int, str], None] = {}
        self.missed: dict[tuple[int, str], None] = {}
        self._called: set[int] = set()
        self._instances: list[Instance] = []
        self._open: list[ast.AST] = []
        self._steps = 0
        self.returned = [[]]

    def follow(self, module: ast.Module) -> None:
        """The module's statements; then its functions that nothing in the source calls, as a framework would."""
        scope = Scope()
        scope.names["__name__"] = "__main__"
        try:
            self.block(module.body, scope)
            self._uncalled(scope)
            self.keep(list(scope.names.values()), 0, 0)
        except _OutOfSteps:
            self.miss(1, "The text is too long to follow to its end.")
            self.keep(list(scope.names.values()), 0, 0)

    def _uncalled(self, scope: Scope) -> None:
        """Functions, classes and methods that nothing in the source calls: a framework may call them."""
        for value in list(scope.names.values()):
            if isinstance(value, Function) and id(value.node) not in self._called:
                self.keep(self.called(value, [], {}, value.node.lineno), 2, value.node.lineno)
            elif isinstance(value, Class) and id(value) not in self._called:
                self._made(value, [], {})
        for made in self._instances:
            for method in made.cls.methods.values():
                if id(method.node) not in self._called:
                    self.keep(self._function(method.of(made), [], {}), 2, method.node.lineno)

    def spend(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _OutOfSteps

    def note(self, line: int, text: str) -> None:
        """Record something worth knowing about a line."""
        self.notes[line, text] = None

    def miss(self, line: int, text: str) -> None:
        """Record a line that is not understood."""
        self.missed[line, text] = None

    def keep(self, value: Value, rank: int, line: int) -> None:
        """Record the images in a value as used."""
        self.kept += [Kept(picture, rank, line) for picture in pictures_in(value) if picture.ops]

    def made_class_attribute(self, of: Value, name: str) -> Value:
        if isinstance(of, Class):
            return of.attributes.get(name, of.methods.get(name, UNKNOWN))
        if not isinstance(of, Instance):
            return attribute(of, name)
        if name in of.attributes:
            return of.attributes[name]
        found = of.cls.methods.get(name)
        return found.of(of) if found else Method(UNKNOWN, name)

    def called(self, function: Value, args: Sequence[Value], keywords: Mapping[str, Value], line: int) -> Value:
        match function:
            case Function():
                return self._function(function, args, keywords)
            case Class():
                return self._made(function, args, keywords)
            case Instance() if "__call__" in function.cls.methods:
                return self._function(function.cls.methods["__call__"].of(function), args, keywords)
            case Partial():
                return self.called(function.function, [*function.args, *args], {**function.keywords, **keywords}, line)
            case Operation():
                return self._operated(function, args, line)
            case Library():
                return call_library(self, function.name, args, keywords, line)
            case Method():
                return call_method(self, function, args, keywords, line)
            case _:
                return UNKNOWN

    def _operated(self, operation: Operation, args: Sequence[Value], line: int) -> Value:
        picture = first_picture(args[0]) if args else None
        if picture is not None:
            return operation.apply(picture)
        if operation.own:
            self.note(line, f"{operation.name} is a layer of the model: it is in the model's file already.")
        return UNKNOWN

    def _function(self, function: Function, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """The result of a function in the source: of several return values, the one with the most operations on an
        image."""
        self._called.add(id(function.node))
        if len(self._open) >= DEEPEST or function.node in self._open:
            return UNKNOWN
        scope = self._bound(function, args, keywords)
        self._open.append(function.node)
        self.returned.append([])
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, scope)
            self.block(function.node.body, scope)
            return max(self.returned[-1], key=_work, default=None)
        finally:
            self.returned.pop()
            self._open.pop()

    def _bound(self, function: Function, args: Sequence[Value], keywords: Mapping[str, Value]) -> Scope:
        scope, parameters = Scope(function.scope), function.node.args
        names = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
        scope.names |= dict.fromkeys((*names, *(a.arg for a in parameters.kwonlyargs)), UNKNOWN)
        scope.names |= dict(zip(names[len(names) - len(function.defaults) :], function.defaults, strict=False))
        for name, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
            if default is not None:
                scope.names[name.arg] = self.value(default, function.scope)
        given = [function.instance, *args] if function.instance is not None else list(args)
        scope.names |= dict(zip(names, given, strict=False))
        scope.names |= {name: value for name, value in keywords.items() if name in scope.names}
        return scope

    def _made(self, cls: Class, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """An instance of a class in the source."""
        self._called.add(id(cls))
        made = Instance(cls)
        self._instances.append(made)
        if "__init__" in cls.methods:
            self._function(cls.methods["__init__"].of(made), args, keywords)
        return made


def _work(value: Value) -> int:
    """The number of operations on the image in a value; -1 if there is no image."""
    return max((len(picture.ops) for picture in pictures_in(value)), default=-1)
