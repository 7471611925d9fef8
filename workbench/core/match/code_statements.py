"""Interpreter of training code: statements. One iteration of a loop over files is interpreted, since all are alike."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from workbench.core.match.code_attributes import element_of
from workbench.core.match.code_constants import constant, truth
from workbench.core.match.code_expressions import Expressions, Scope
from workbench.core.match.code_names import canonical
from workbench.core.match.code_place import placed
from workbench.core.match.code_values import UNKNOWN, Class, Function, Instance, Library, Picture, Value, first_picture

FEW: Final = 8
"""Maximum length of a list of constants whose loop is interpreted for each element: the channels of an image."""


_IN_PLACE: Final = frozenset({"thumbnail", "draft", "paste"})


class Statements(Expressions):
    """Interprets statements; a method for a statement returns whether the block ends with it.

    `returned` are the return values of the functions being interpreted, innermost last.
    """

    returned: list[list[Value]]

    def miss(self, line: int, text: str) -> None:
        """Record a line that is not understood."""
        raise NotImplementedError

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Interpret statements in order, up to one that leaves the block."""
        return any(self._statement(node, scope) for node in statements)

    def _statement(self, node: ast.stmt, scope: Scope) -> bool:
        self.spend()
        follower = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        try:
            return bool(follower and follower(node, scope))
        except RecursionError:
            self.miss(node.lineno, "This is too deeply nested to follow.")
            return False

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        value = self.value(node.value, scope)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name() as target, attr=name)) if name in _IN_PLACE:
                if isinstance(value, Picture):
                    self.bind(target, value, scope)

    def _do_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            scope.names[alias.asname or name] = Library(canonical(name))

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            scope.names[alias.asname or alias.name] = Library(canonical(f"{node.module or ''}.{alias.name}"))

    def _do_functiondef(self, node: ast.FunctionDef, scope: Scope) -> None:
        arguments = node.args
        defaults = [self.value(d, scope) for d in arguments.defaults]
        scope.names[node.name] = Function(node, scope, defaults)

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = Scope(scope)
        self.block(node.body, inner)
        methods = {name: held for name, held in inner.names.items() if isinstance(held, Function)}
        attributes = {name: held for name, held in inner.names.items() if name not in methods}
        scope.names[node.name] = Class(node.name, methods, attributes)

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.bind(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.bind(node.target, self.value(node.value, scope), scope)

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        line = node.end_lineno or node.lineno
        right = self.value(node.value, scope)
        if isinstance(node.target, ast.Subscript):
            held, index = self.value(node.target.value, scope), self.value(node.target.slice, scope)
            self.bind(node.target.value, placed(held, index, right, line, type(node.op)), scope)
            return
        left = self.value(node.target, scope)
        joined = left + right if isinstance(left, list) and isinstance(right, list) else None
        self.bind(node.target, joined or self.combined(left, type(node.op), right, line), scope)

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Assign a value to a name, an attribute, a part of an array, or several of them."""
        match target:
            case ast.Name():
                scope.names[target.id] = value
            case ast.Starred():
                self.bind(target.value, value, scope)
            case ast.Tuple() | ast.List():
                for inner, part in zip(target.elts, _unpacked(value, len(target.elts)), strict=True):
                    self.bind(inner, part, scope)
            case ast.Attribute():
                held = self.value(target.value, scope)
                if isinstance(held, Instance):
                    held.attributes[target.attr] = value
            case ast.Subscript():
                held, index = self.value(target.value, scope), self.value(target.slice, scope)
                if isinstance(held, dict) and isinstance(index, str | int):
                    held[index] = value
                elif (changed := placed(held, index, value, target.lineno)) is not held:
                    self.bind(target.value, changed, scope)

    def _do_return(self, node: ast.Return, scope: Scope) -> bool:
        self.returned[-1].append(None if node.value is None else self.value(node.value, scope))
        return True

    def _do_raise(self, node: ast.Raise, scope: Scope) -> bool:
        return True

    def _do_continue(self, node: ast.Continue, scope: Scope) -> bool:
        return True

    def _do_break(self, node: ast.Break, scope: Scope) -> bool:
        return True

    def _do_if(self, node: ast.If, scope: Scope) -> bool:
        told = truth(self.value(node.test, scope))
        if told is not None:
            return self.block(node.body if told else node.orelse, scope)
        before = dict(scope.names)
        if self.block(node.body, scope):
            scope.names = before
            return self.block(node.orelse, scope)
        after, scope.names = scope.names, dict(before)
        self.block(node.orelse, scope)
        self._merged(node, before, after, scope)
        return False

    @staticmethod
    def _merged(node: ast.If, before: Mapping[str, Value], after: Mapping[str, Value], scope: Scope) -> None:
        """For an image that depends on a condition, keep the result of the first branch, and note that it is a
        choice."""
        for name, value in after.items():
            other = scope.names.get(name)
            if name in before and value is before[name]:
                continue
            if isinstance(value, Picture) and isinstance(other, Picture) and value.ops != other.ops:
                value = value.did("doubt", node.lineno, "What is done depends on this condition: taken as if it holds.")
            scope.names[name] = value

    def _do_for(self, node: ast.For, scope: Scope) -> bool:
        held = self.value(node.iter, scope)
        rounds = list(held) if isinstance(held, list | tuple) and 0 < len(held) <= FEW and constant(held) else None
        for element in rounds if rounds is not None else [element_of(held)]:
            self.bind(node.target, element, scope)
            self.block(node.body, scope)
        return False

    def _do_while(self, node: ast.While, scope: Scope) -> bool:
        self.block(node.body, scope)
        return False

    def _do_with(self, node: ast.With, scope: Scope) -> bool:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value, scope)
        return self.block(node.body, scope)

    def _do_try(self, node: ast.Try, scope: Scope) -> bool:
        return self.block([*node.body, *node.orelse], scope) or self.block(node.finalbody, scope)

    _do_asyncfunctiondef = _do_functiondef
    _do_asyncfor = _do_for
    _do_asyncwith = _do_with

    def _yield(self, node: ast.Yield, scope: Scope) -> Value:
        if node.value is not None:
            self.returned[-1].append(self.value(node.value, scope))
        return UNKNOWN


def _unpacked(value: Value, count: int) -> list[Value]:
    """The parts of a value that is unpacked into `count` targets."""
    if isinstance(value, tuple | list | np.ndarray) and len(value) == count:
        return list(value)
    element = element_of(value)
    if isinstance(element, tuple) and len(element) == count:
        return list(element)
    return [element if first_picture(element) else UNKNOWN, *[UNKNOWN] * (count - 1)]
