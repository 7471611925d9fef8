"""What the user allows and supplies for one model file: its own code, custom objects, an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class LoadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options for loading one model file.

    `allow_code`: layers that carry code may run it. `custom_objects`: classes and functions by name, from a Python file
    that the user named. `architecture`: the model's configuration, for a file that holds only weights.
    """

    allow_code: bool = False
    custom_objects: Mapping[str, Any] = {}
    architecture: dict[str, Any] | None = None


NOTHING_ALLOWED = LoadOptions()
