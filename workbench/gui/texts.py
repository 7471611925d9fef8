"""Numbers, sizes and JSON as people read them. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from workbench.spec.image_feeds import describe_shape
from workbench.spec.model import TensorFacts
from workbench.spec.size_text import size_text as size_text


def number_text(value: int) -> str:
    """A whole number with its thousands set apart by a narrow space."""
    return f"{value:,}".replace(",", "\u202f")


def seconds_text(seconds: float) -> str:
    """A time for people: `850 ms`, `2.4 s`, `3 min 20 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def tensor_text(tensor: TensorFacts) -> str:
    """dtype and shape of a tensor in one piece."""
    return f"{tensor.dtype} {describe_shape(tensor.shape)}"


def json_text(value: object) -> str:
    """JSON over several lines, with lists of plain values kept on one."""
    return _json(value, "")


def _json(value: object, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, Mapping) and value:
        items = [f"{inner}{json.dumps(str(k), ensure_ascii=False)}: {_json(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join(f"{inner}{_json(v, inner)}" for v in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def tr(context: str, text: str) -> str:
    """`QObject.tr` for what is no QObject."""
    return QCoreApplication.translate(context, text)
