"""Inlines the functions that TensorFlow's own inlining leaves in a graph: those meant for XLA.

Keras wraps grouped convolutions, and Keras 3 also channels-first convolutions of volumes, into `tf.function(jit_compile
= True)`, since TensorFlow's CPU kernels have no groups. A serving graph has no functions, and its runtime often no XLA;
`groups` and `channels_last` turn the inlined ops into ops with kernels for any CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from workbench.core.tf_internals import optimized
from workbench.spec.errors import WorkbenchError

_SPARED: Final = ("_XlaMustCompile", "_noinline")
"""Attributes of calls and functions that exempt them from TensorFlow's inlining."""


def inlined(graph_def: Any, kept: Sequence[str]) -> Any:
    """The same graph without functions; `kept` are the names of its input and output tensors.

    The attributes that exempt functions are removed in place: a graph may have gigabytes, and is not copied. Raises
    `WorkbenchError` FUNCTIONS naming a node that uses a function in another way than by a plain call, which cannot be
    inlined.
    """
    if not graph_def.library.function:
        return graph_def
    _spare_none(graph_def)
    return _without_library(optimized(graph_def, "function", kept))


def _spare_none(graph_def: Any) -> None:
    functions = graph_def.library.function
    for holder in (*graph_def.node, *functions, *(node for one in functions for node in one.node_def)):
        for key in _SPARED:
            if key in holder.attr:
                del holder.attr[key]


def _without_library(graph_def: Any) -> Any:
    names = {function.signature.name for function in graph_def.library.function}
    for node in graph_def.node:
        called = {node.op, *(value.func.name for value in node.attr.values())}
        if called & names:
            text = f"'{node.name}' ({node.op}) calls a function, which an export cannot carry."
            raise WorkbenchError("FUNCTIONS", text, hint="Replace the layer by one of Keras' own operations.")
    del graph_def.library.function[:]
    return graph_def
