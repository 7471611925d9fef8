"""Request keys as TensorFlow 2 sees them: `tf.saved_model.load` makes each a parameter of a Python function.

The v1 loader and TensorFlow Serving go by the keys themselves and serve any of them; reply keys are a dict everywhere.
Source of the rule: `sanitize_arg_name` and `Parameter` of tensorflow/core/function/polymorphism/function_type.py
(TensorFlow 2.21); 2.15 opened such models and could not call those whose keys fall together.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from typing import Final

KEYWORDS: Final = frozenset(keyword.kwlist)
"""What no parameter may be called; the soft keywords (`match`, `type`) may."""

OWN_ARGUMENT: Final = "self"
"""Python's own first argument of the call: a signature opens with this key, and no caller can pass it by name."""


def argument_name(key: str) -> str:
    """The name of the parameter for a key: letters and digits stay, all else becomes `_`, a letter comes first."""
    name = "".join(c if c.isalnum() else "_" for c in key)
    return name if name[:1].isalpha() else f"arg_{name}"


def is_keyword(key: str) -> bool:
    """Whether the parameter for a key would be a Python keyword."""
    return argument_name(key) in KEYWORDS


def falling_together(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each key whose parameter an earlier, different key has already, with that earlier one."""
    first: dict[str, str] = {}
    for key in keys:
        earlier = first.setdefault(argument_name(key), key)
        if earlier != key:
            yield key, earlier


def legal_key(name: str) -> str:
    """A name as a key: what no key may hold becomes `_`, and the first character is none of `-`."""
    legal = re.sub(r"[^A-Za-z0-9_.\-]", "_", name)
    return re.sub(r"^-", "_", legal) or "_"


def free_key(key: str, taken: Iterable[str]) -> str:
    """The key itself, or the nearest to it that every loader opens beside those `taken` (`class_`, `a_b_2`, `x_y`)."""
    names = {argument_name(other) for other in taken}
    legal = legal_key(key)
    wished = f"{legal}_" if is_keyword(legal) or legal == OWN_ARGUMENT else legal
    tried, number = wished, 2
    while argument_name(tried) in names:
        tried, number = f"{wished}_{number}", number + 1
    return tried
