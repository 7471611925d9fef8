"""Interpreter of training code: expressions. Constants are computed; nothing in the code is run."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence

from workbench.core.match.code_attributes import element_of, indexed
from workbench.core.match.code_constants import (
    BINARY,
    COMPARED,
    UNARY,
    constant,
    dtype_name,
    from_outside,
    joins_sequences,
    too_large,
    tried,
    truth,
)
from workbench.core.match.code_names import canonical
from workbench.core.match.code_pixels import arithmetic
from workbench.core.match.code_values import UNKNOWN, Function, Library, Picture, Statistic, Value


class Scope:
    """Names and their values; a name that is not here is looked up in the enclosing scope."""

    def __init__(self, around: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self._around = around

    def find(self, name: str) -> Value:
        """The value of a name; a name that is not defined in the source belongs to a library."""
        if name in self.names:
            return self.names[name]
        return self._around.find(name) if self._around else Library(canonical(name))


class Expressions:
    """Values of expressions. Anything that the source does not show is `UNKNOWN`."""

    def called(self, function: Value, args: Sequence[Value], keywords: Mapping[str, Value], line: int) -> Value:
        """The result of a call; implemented by the interpreter of statements."""
        raise NotImplementedError

    def made_class_attribute(self, of: Value, name: str) -> Value:
        """An attribute of an instance of a class in the source."""
        raise NotImplementedError

    def spend(self) -> None:
        """Count one step of work."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression; `UNKNOWN` for a kind of expression that is not supported."""
        self.spend()
        reader = getattr(self, f"_{type(node).__name__.lower()}", None)
        return UNKNOWN if reader is None else reader(node, scope)

    def _constant(self, node: ast.Constant, scope: Scope) -> Value:
        return node.value

    def _name(self, node: ast.Name, scope: Scope) -> Value:
        return scope.find(node.id)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        return self.made_class_attribute(self.value(node.value, scope), node.attr)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> Value:
        return tuple(self._elements(node.elts, scope))

    def _list(self, node: ast.List, scope: Scope) -> Value:
        return self._elements(node.elts, scope)

    def _set(self, node: ast.Set, scope: Scope) -> Value:
        return self._elements(node.elts, scope)

    def _elements(self, nodes: Sequence[ast.expr], scope: Scope) -> list[Value]:
        found: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.value(node.value, scope)
                found += list(inner) if isinstance(inner, list | tuple) else [inner]
            else:
                found.append(self.value(node, scope))
        return found

    def _dict(self, node: ast.Dict, scope: Scope) -> Value:
        found: dict[Value, Value] = {}
        for key, held in zip(node.keys, node.values, strict=True):
            value = self.value(held, scope)
            name = self.value(key, scope) if key else None
            if key is None and isinstance(value, dict):
                found.update(value)
            elif isinstance(name, str | int):
                found[name] = value
        return found

    def _call(self, node: ast.Call, scope: Scope) -> Value:
        function = self.value(node.func, scope)
        args = self._elements(node.args, scope)
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords |= {k: v for k, v in value.items() if isinstance(k, str)}
        return self.called(function, args, keywords, node.func.end_lineno or node.lineno)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Value:
        return Function(node, scope, [self.value(d, scope) for d in node.args.defaults])

    def _binop(self, node: ast.BinOp, scope: Scope) -> Value:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        return self.combined(left, type(node.op), right, node.end_lineno or node.lineno)

    def combined(self, left: Value, kind: type, right: Value, line: int) -> Value:
        """Two values combined by an operator: images become steps of a project, constants are computed by Python
        itself."""
        if any(isinstance(v, Picture | Statistic) for v in (left, right)):
            return arithmetic(left, kind, right, line)
        if joins_sequences(left, kind, right) and not too_large(left, kind, right):
            return tried(lambda: BINARY[kind](left, right))
        if not (constant(left) and constant(right)) or kind not in BINARY or too_large(left, kind, right):
            return UNKNOWN
        return tried(lambda: BINARY[kind](left, right))

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Value:
        value = self.value(node.operand, scope)
        if not constant(value) or type(node.op) not in UNARY:
            return UNKNOWN
        return tried(lambda: UNARY[type(node.op)](value))

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Value:
        stops = isinstance(node.op, ast.Or)
        found: Value = UNKNOWN
        for part in node.values:
            found = self.value(part, scope)
            told = truth(found)
            if told is None or told is stops:
                return found if told is stops else UNKNOWN
        return found

    def _compare(self, node: ast.Compare, scope: Scope) -> Value:
        values = [dtype_name(self.value(one, scope)) for one in (node.left, *node.comparators)]
        for place, kind in enumerate(node.ops):
            left, right = values[place], values[place + 1]
            if isinstance(kind, ast.Is | ast.IsNot) and not (from_outside(left) or from_outside(right)):
                told: Value = (left is right) is isinstance(kind, ast.Is)
            elif type(kind) in COMPARED and constant(left) and constant(right):
                told = tried(functools.partial(COMPARED[type(kind)], left, right))
            else:
                return UNKNOWN
            if truth(told) is not True:
                return told if truth(told) is False else UNKNOWN
        return True

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Value:
        told = truth(self.value(node.test, scope))
        if told is not None:
            return self.value(node.body if told else node.orelse, scope)
        first = self.value(node.body, scope)
        return self.value(node.orelse, scope) if first is UNKNOWN or first is None else first

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        held, index = self.value(node.value, scope), self.value(node.slice, scope)
        return indexed(held, index, node.end_lineno or node.lineno)

    def _slice(self, node: ast.Slice, scope: Scope) -> Value:
        parts = [None if p is None else self.value(p, scope) for p in (node.lower, node.upper, node.step)]
        return slice(*parts)

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> Value:
        return [self._comprehended(node.generators, node.elt, scope)]

    def _generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Value:
        return [self._comprehended(node.generators, node.elt, scope)]

    def _comprehended(self, loops: Sequence[ast.comprehension], element: ast.expr, scope: Scope) -> Value:
        """One element: all elements of a list of files are processed alike."""
        inner = Scope(scope)
        for loop in loops:
            self.bind(loop.target, element_of(self.value(loop.iter, inner)), inner)
        return self.value(element, inner)

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Assign a value to a target; implemented by the interpreter of statements."""
        raise NotImplementedError

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Value:
        value = self.value(node.value, scope)
        self.bind(node.target, value, scope)
        return value

    def _await(self, node: ast.Await, scope: Scope) -> Value:
        return self.value(node.value, scope)

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Value:
        return UNKNOWN
