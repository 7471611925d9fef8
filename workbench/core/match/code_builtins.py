"""Python's own functions and numpy's arithmetic of constants in training code."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from workbench.core.match.code_attributes import element_of, shape_of
from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_constants import constant, plain
from workbench.core.match.code_values import UNKNOWN, Dataset, Partial, Picture, Value, first_picture


def computed(function: Callable[..., Any]) -> Handler:
    """A handler that calls `function` if all arguments are constants; otherwise the result is unknown."""

    def handler(call: Call) -> Value:
        if not all(constant(v) for v in (*call.args, *call.keywords.values())):
            return UNKNOWN
        try:
            return plain(function(*call.args, **call.keywords))
        except (TypeError, ValueError, ArithmeticError):
            return UNKNOWN

    return handler


def _length(call: Call) -> Value:
    value = call.get(0, "obj", UNKNOWN)
    if isinstance(value, Picture):
        return shape_of(value)[0]
    return len(value) if isinstance(value, str | tuple) or (isinstance(value, list) and constant(value)) else UNKNOWN


def _range(call: Call) -> Value:
    numbers = [v for v in call.args if isinstance(v, int)]
    if len(numbers) != len(call.args) or not 0 < len(numbers) < 4 or len(range(*numbers[:2])) > 64:
        return Dataset(UNKNOWN)
    return list(range(*numbers))


def _enumerate(call: Call) -> Value:
    held = call.get(0, "iterable", UNKNOWN)
    if isinstance(held, list | tuple | np.ndarray) and constant(held):
        return list(enumerate(held))
    return Dataset((UNKNOWN, element_of(held)))


def _zip(call: Call) -> Value:
    return Dataset(tuple(element_of(held) for held in call.args))


def _map(call: Call) -> Value:
    return [call.run.called(call.get(0, "func", UNKNOWN), [element_of(v) for v in call.args[1:]], {}, call.line)]


def _partial(call: Call) -> Value:
    return Partial(call.get(0, "func", UNKNOWN), call.args[1:], call.keywords)


def _reversed(call: Call) -> Value:
    held = call.get(0, "sequence", UNKNOWN)
    return held[::-1] if isinstance(held, list | tuple | str) else _same(call)


def _dict(call: Call) -> Value:
    first = call.get(0, "mapping", {})
    return {**first, **call.keywords} if isinstance(first, dict) else dict(call.keywords)


def _same(call: Call) -> Value:
    """The images of an argument, unchanged; constants unchanged."""
    held = call.args[0] if call.args else next(iter(call.keywords.values()), UNKNOWN)
    return held if first_picture(held) or constant(held) or isinstance(held, Dataset) else UNKNOWN


FUNCTIONS: Final[dict[str, Handler]] = {
    "len": _length,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "isinstance": lambda call: UNKNOWN,
    "reversed": _reversed,
    "dict": _dict,
    "functools.partial": _partial,
    "partial": _partial,
    **dict.fromkeys(("list", "tuple", "tqdm", "tqdm.tqdm", "tqdm.notebook.tqdm", "iter", "next", "sorted"), _same),
    **{f.__name__: computed(f) for f in (int, float, round, min, max, abs, sum, str, bool)},
    **{f"math.{name}": computed(getattr(math, name)) for name in ("floor", "ceil", "sqrt", "trunc", "pow")},
    **{
        f"np.{name}": computed(getattr(np, name))
        for name in ("floor", "ceil", "sqrt", "round", "rint", "min", "max", "minimum", "maximum", "abs", "prod")
    },
    **{
        f"{root}.{name}": computed(function)
        for root in ("tf", "tf.math", "tf1")
        for name, function in (
            ("minimum", np.minimum),
            ("maximum", np.maximum),
            ("reduce_min", np.min),
            ("reduce_max", np.max),
            ("round", np.rint),
            ("floor", np.floor),
            ("ceil", np.ceil),
            ("floordiv", np.floor_divide),
        )
    },
    **{f"np.{name}": _same for name in ("copy", "ascontiguousarray", "nan_to_num", "random.permutation")},
    **{f"np.{name}": computed(functools.partial(int)) for name in ("int32", "int64")},
    **{f"copy.{name}": _same for name in ("copy", "deepcopy")},
    **{f"{root}.{name}": _same for root in ("tf", "tf1") for name in ("identity", "convert_to_tensor", "squeeze")},
    **dict.fromkeys(("np.squeeze", "tf.constant", "tf1.constant", "keras.backend.constant", "tf.stop_gradient"), _same),
}
"""Handlers by function name. Constants are computed by Python and numpy themselves."""
