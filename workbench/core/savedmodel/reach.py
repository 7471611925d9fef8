"""TensorFlow compatibility: the oldest release that loads a SavedModel, and the ops that rule out older ones.

A runtime refuses a graph for an op it does not know (`Op type not registered`) and for an attribute its op does not
have (`NodeDef mentions attr ... not in Op`); attributes whose name starts with `_` it ignores
(tensorflow/core/framework/node_def_util.cc, `ValidateNodeDef`). Both are read off the file; nothing is loaded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.spec.model import RuntimeHold, RuntimeReach
from workbench.spec.resources import resource
from workbench.spec.runtime import release_key

if TYPE_CHECKING:
    from workbench.core.savedmodel.read import GraphInfo


class _OpHistory(msgspec.Struct, frozen=True):
    """An op's first release, its last one where it has ended, and the attributes that came to it later."""

    since: str
    last: str = ""
    attrs: dict[str, str] = {}


class _ReleaseTable(msgspec.Struct, frozen=True):
    """Every op of every release in `minor`, oldest first; made by asking those releases themselves."""

    minor: tuple[str, ...]
    ops: dict[str, _OpHistory]


@cache
def _table() -> _ReleaseTable:
    return msgspec.json.decode(resource("runtime", "ops_by_runtime.json").read_bytes(), type=_ReleaseTable)


def releases() -> tuple[str, ...]:
    """The releases that reach is known for, oldest first: "1.15", "2.1", ..."""
    return _table().minor


def reach(directory: Path) -> RuntimeReach:
    """The oldest release that reads a SavedModel directory, as does every later one the table knows.

    An attribute counts where it stands in the file, whatever its value: `strip_default_attrs` leaves out those at
    their default, and TF Serving drops none by itself. An op that has ended is unknown to the newest release: it is
    told among the unknown with its last release ("Rpc (until 2.4)"), and no release is the oldest then. What the
    table cannot tell: an attribute newer than itself, and values (dtypes) that an op came to allow later.
    Raises `WorkbenchError` NOT_A_SAVEDMODEL, BAD_SAVEDMODEL or CANNOT_READ.
    """
    # Here, and not above: the export's package imports this module, since every export is told its reach.
    from workbench.core.savedmodel.read import read_graph

    return reach_of(read_graph(directory))


def reach_of(graph: GraphInfo) -> RuntimeReach:
    """`reach` of a graph that was already read."""
    table = _table()
    held: dict[tuple[str, str], RuntimeHold] = {}
    unknown: dict[str, None] = {}
    for node in graph.nodes:
        if node.op in graph.functions:  # TF 1 calls a function of the library by writing its name as the op.
            continue
        known = table.ops.get(node.op)
        if known is None or known.last:
            unknown[f"{node.op} (until {known.last})" if known else node.op] = None
        if known is not None:
            _hold(held, known, node.op, node.name, node.attributes)
    newer = [hold for hold in held.values() if hold.since != table.minor[0]]
    newer.sort(key=lambda hold: release_key(hold.since), reverse=True)
    oldest = "" if unknown else newer[0].since if newer else table.minor[0]
    return RuntimeReach(oldest, tuple(newer), tuple(unknown))


def _hold(
    held: dict[tuple[str, str], RuntimeHold], known: _OpHistory, op: str, node: str, attributes: tuple[str, ...]
) -> None:
    """Note an op, and those of its attributes that came later, where they stand for the first time."""
    held.setdefault((op, ""), RuntimeHold(op, known.since, node))
    for name in attributes:
        if name in known.attrs:
            held.setdefault((op, name), RuntimeHold(op, known.attrs[name], node, name))
