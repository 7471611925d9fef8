"""Extracts from a library's error what it says about a model, in one line: innermost reason and layer.

Keras nests errors, each with a whole configuration, terminal colours and paths of its own files
(`keras.src.saving.serialization_lib.deserialize_keras_object`, `keras.src.utils.traceback_utils.error_handler`, and the
same modules of tf_keras).
"""

from __future__ import annotations

import re
from typing import Final

MAX_REASON: Final = 300
"""Maximum number of characters that are kept of the library's own message."""

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_WRAPPED: Final = re.compile(r"Exception encountered: ")
_CALLING: Final = re.compile(
    r"Exception encountered when calling (?:layer [\"']([^\"']+)[\"'] \(type (\w+)\)|(\w+)\.call\(\))\.\s*"
)
_ARGUMENTS: Final = re.compile(r"\n\s*(?:Call arguments|Arguments) received by ")
_CONFIGURED: Final = re.compile(r"config=\{")
_CLASS: Final = re.compile(r"'class_name': '(\w+)'")
_DESERIALISING: Final = re.compile(r"Error when deserializing class '(\w+)' using config=")
_NAME: Final = re.compile(r"'name': '([^']+)'")
_TAIL: Final = re.compile(
    r"[.;,]?\s*(?:Full object config|Full config|Received: config|config)\s*[:=]\s*\{.*", re.DOTALL
)
_PATH: Final = re.compile(r"(?<![\w.~:/])(?:[A-Za-z]:)?(?:[/\\][\w.+@ -]*\w){2,}[/\\]([\w.+@-]+)")
_NODE: Final = re.compile(r"\{\{(?:function_)?node [^{}]*\}\} ?| ?\[Op:\w+\](?: name: ?\S*)?")
_DICTIONARY: Final = re.compile(r"\{[^{}]{200,}\}")


def reason(error: BaseException) -> str:
    """One line without colours, configurations and paths: `layer 'd' (Dense): Unrecognized keyword arguments ...`."""
    text = _NODE.sub("", _COLOURS.sub("", str(error))).strip()
    layer = ""
    while True:
        found = _next(text)
        if found is None:
            break
        text, inner = found
        layer = inner or layer
    told = _one_line(text) or type(error).__name__
    if " " not in told:  # A KeyError's text is only the key.
        told = f"{type(error).__name__}: {told}"
    return f"layer {layer}: {told}" if layer else told


def _next(text: str) -> tuple[str, str] | None:
    """The error within an error, and the layer that the outer one concerns."""
    wrapped = list(_WRAPPED.finditer(text))
    if wrapped:
        return text[wrapped[-1].end() :].strip(), _layer(text[: wrapped[-1].start()])
    calling = list(_CALLING.finditer(text))
    if not calling:
        return None
    last = calling[-1]
    inner = _ARGUMENTS.split(text[last.end() :], maxsplit=1)[0].strip()
    return inner, f"'{last[1]}' ({last[2]})" if last[1] else last[3]


def _layer(before: str) -> str:
    """The name and class in the last configuration of a text."""
    places = [m.start() for m in _CONFIGURED.finditer(before)]
    if not places:
        return ""
    config = before[places[-1] :]
    name, kind = _NAME.search(config), _CLASS.search(config)
    told = list(_DESERIALISING.finditer(before[: places[-1] + len("config=")]))
    class_name = told[-1][1] if told else kind[1] if kind else ""
    if name is None:
        return class_name
    return f"'{name[1][:80]}' ({class_name})" if class_name else f"'{name[1][:80]}'"


def _one_line(text: str) -> str:
    """The first paragraph, truncated between words."""
    first = _TAIL.sub("", text).strip().split("\n\n", 1)[0]
    line = _PATH.sub(r"\1", " ".join(_DICTIONARY.sub("{...}", first).split()))
    return line if len(line) <= MAX_REASON else f"{line[:MAX_REASON].rsplit(' ', 1)[0]} ..."
