"""Nested structures of inputs and outputs: dicts by key, lists by position, in the order in which Keras flattens
them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from workbench.spec.errors import WorkbenchError

Path = tuple[str | int, ...]
"""Position of a tensor in a structure: keys of dicts and indices of lists, from the outside in."""

MAX_NESTING: Final = 32
"""Maximum number of levels of dicts and lists around a tensor; real models have one or two."""


class Leaf(msgspec.Struct, frozen=True):
    """One tensor of a structure.

    `key` is the author's name for it: the dict keys around it joined by "_", with its index in a list of several
    tensors below them ("age", "u_0"); empty if it is in lists only.
    """

    path: Path
    value: Any
    key: str = ""


def leaves(structure: Any, is_leaf: Callable[[Any], bool]) -> list[Leaf]:
    """The tensors of a structure as Keras numbers them: keys of dicts sorted, lists and tuples in order.

    Both libraries flatten in this way (`tf.nest.flatten`, `keras.tree.flatten`). Raises `ValueError` for a structure
    that is nested too deeply.
    """
    return list(_leaves(structure, is_leaf, (), ()))


def _leaves(structure: Any, is_leaf: Callable[[Any], bool], path: Path, named: Path) -> Iterator[Leaf]:
    if len(path) > MAX_NESTING:
        raise ValueError(f"inputs or outputs nest deeper than {MAX_NESTING}")
    if is_leaf(structure):
        yield Leaf(path, structure, "_".join(map(str, named)))
    elif isinstance(structure, dict):
        for key in sorted(structure):
            yield from _leaves(structure[key], is_leaf, (*path, key), (*named, key))
    elif isinstance(structure, list | tuple):
        for place, inner in enumerate(structure):
            numbered = (*named, place) if named and len(structure) > 1 else named
            yield from _leaves(inner, is_leaf, (*path, place), numbered)


def unique_names(wanted: Sequence[str], claims: Sequence[int] = ()) -> list[str]:
    """Names without repetition: a name that is already in use gets the next free number ("dense_1").

    Names with the stronger of `claims` stay unchanged, regardless of their position; without claims the first one
    stays.
    """
    claimed, taken, numbers = set(wanted), set[str](), dict[str, int]()
    names = dict[int, str]()
    for place in sorted(range(len(wanted)), key=lambda place: -sum(claims[place : place + 1])):
        name = free = wanted[place]
        while free in taken or (free != name and free in claimed):
            numbers[name] = numbers.get(name, 0) + 1
            free = f"{name}_{numbers[name]}"
        taken.add(free)
        names[place] = free
    return [names[place] for place in range(len(wanted))]


def packed(structure: Any, is_leaf: Callable[[Any], bool], values: Sequence[Any]) -> Any:
    """The structure with its tensors replaced by `values`, which are in the order of `leaves`."""
    found = {leaf.path: value for leaf, value in zip(leaves(structure, is_leaf), values, strict=True)}
    return _packed(structure, is_leaf, found, ())


def _packed(structure: Any, is_leaf: Callable[[Any], bool], found: dict[Path, Any], path: Path) -> Any:
    if is_leaf(structure):
        return found[path]
    if isinstance(structure, dict):
        return {key: _packed(inner, is_leaf, found, (*path, key)) for key, inner in structure.items()}
    return [_packed(inner, is_leaf, found, (*path, place)) for place, inner in enumerate(structure)]


def read_by(structure: Any, is_leaf: Callable[[Any], bool], answered: Any) -> list[Any]:
    """The values of a model's result in the order of `leaves`, each read by its own keys and indices.

    A structure of one tensor may be returned as the bare tensor. Raises `WorkbenchError` BAD_STRUCTURE if the result
    has no value at a position.
    """
    wanted = leaves(structure, is_leaf)
    if len(wanted) == 1 and not isinstance(answered, dict | list | tuple):
        return [answered]
    return [_at(answered, leaf.path) for leaf in wanted]


def _at(answered: Any, path: Path) -> Any:
    for part in path:
        try:
            answered = answered[part]
        except (KeyError, IndexError, TypeError) as err:
            place = "/".join(map(str, path))
            raise WorkbenchError("BAD_STRUCTURE", f"The model's answer has nothing at '{place}'.") from err
    return answered
