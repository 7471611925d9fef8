"""Nested lists and dicts of tensors, and their paths: what an author writes as a model's inputs or outputs.

Leaves are numbers of tensors. Dicts keep the author's order, which is not the alphabetical one that libraries use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Tree = Any
"""A leaf (`int`), a list of trees, or a dict of trees."""

STRUCTURES = ("list", "list", "dict", "dict", "nested list", "nested dict", "dict of lists", "list with dict")
"""Shapes that several tensors are put into; plain lists and dicts are what most authors write."""


def random_tree(random: Random, count: int, key: Callable[[int], str]) -> tuple[str, Tree]:
    """A structure for `count` tensors, and its kind; `key` gives the dict key of a leaf."""
    leaves = list(range(count))
    kind = random.choice(STRUCTURES if count > 1 else ("bare", "bare", "bare", "list", "dict"))
    if kind == "bare":
        return "single", 0
    if kind == "list":
        return kind, leaves
    if kind == "dict":
        tree = keyed(random, leaves, key)
        return ("dict" if list(tree) == sorted(tree) else "dict, unsorted"), tree
    return kind, _nested(random, kind, leaves, key)


def keyed(random: Random, leaves: list[int], key: Callable[[int], str]) -> dict[str, Tree]:
    """A dict of leaves in the order they come, most often not that of the alphabet."""
    tree: dict[str, Tree] = {key(leaf): leaf for leaf in leaves}
    return dict(sorted(tree.items())) if random.random() < 0.2 else tree


def _nested(random: Random, kind: str, leaves: list[int], key: Callable[[int], str]) -> Tree:
    cut = random.randint(1, len(leaves) - 1)
    first, rest = leaves[:cut], leaves[cut:]
    if kind == "nested list":
        # A list of one beside a leaf, or two lists: both are flattened by some reader.
        return random.choice([[first, *rest], [*first, rest], [first, rest], [first, [*rest[:-1], [rest[-1]]]]])
    if kind == "list with dict":
        inner = {key(leaf): leaf for leaf in rest}
        return random.choice([[*first, inner], [inner, *first], [first, inner]])
    one, other = random.sample(["wing", "body", "tail", "apex"], 2)
    if kind == "dict of lists":
        return {one: first, other: rest} if len(rest) > 1 else {one: first, **{key(leaf): leaf for leaf in rest}}
    return {one: {key(leaf): leaf for leaf in first}, other: {key(leaf): leaf for leaf in rest}}


def flatten(tree: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its path, `wing/0` or `zebra`, in the author's order; a bare tensor's path is empty."""
    if isinstance(tree, dict | list | tuple):
        entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, inner in entries:
            yield from flatten(inner, f"{path}/{key}" if path else str(key))
    else:
        yield path, tree


def fill(tree: Tree, leaf: Callable[[int], Any]) -> Tree:
    """The same structure with something else in each leaf's place."""
    if isinstance(tree, dict):
        return {key: fill(inner, leaf) for key, inner in tree.items()}
    if isinstance(tree, list):
        return [fill(inner, leaf) for inner in tree]
    return leaf(tree)
