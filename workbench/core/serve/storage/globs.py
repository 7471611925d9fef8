"""Patterns over object names: `*` and `?` within a folder, `**` across folders, `[abc]`, `{one,two}`.

The grammar of Cloud Storage's `matchGlob`; batch jobs use the same in their input paths.
"""

from __future__ import annotations

import re
from typing import Final

from workbench.core.serve.replies import ApiError

_PARTS: Final = re.compile(r"(\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\})")


def glob_pattern(glob: str) -> re.Pattern[str]:
    """The regular expression for `fullmatch`. Raises `ApiError` 400 for a malformed pattern."""
    try:
        return re.compile("".join(_regex(part) for part in _PARTS.split(glob)), re.DOTALL)
    except re.error as err:
        raise ApiError(400, f"Invalid glob pattern: '{glob}'") from err


def _regex(part: str) -> str:
    if part in ("**", "*", "?"):
        return {"**": ".*", "*": "[^/]*", "?": "[^/]"}[part]
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inner = part[1:-1].replace("\\", "\\\\")
        return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    if part.startswith("{") and part.endswith("}"):
        return "(?:" + "|".join("".join(_regex(p) for p in _PARTS.split(one)) for one in part[1:-1].split(",")) + ")"
    return re.escape(part)
