"""`models.config` of a repository: which version of each model a TensorFlow Serving that reads it answers with.

Only a file written by the Workbench is changed; for others the lines to add are reported.
"""

from __future__ import annotations

import json
import re
from typing import Final

from workbench.spec.errors import WorkbenchError

HEADER: Final = "# Written by the Keras Export Workbench; `workbench versions set-default` changes it."

_CONFIG = re.compile(
    r'config \{\s*name: ("(?:[^"\\]|\\.)*")\s*base_path: ("(?:[^"\\]|\\.)*")\s*model_platform: "tensorflow"\s*'
    r"model_version_policy \{ specific \{ versions: (\d+) \} \}\s*\}"
)

Defaults = dict[str, tuple[str, int]]
"""Model -> (base path, the version that answers)."""


def read(text: str) -> Defaults:
    """What a file of ours says. Raises `WorkbenchError` FOREIGN_CONFIG for somebody else's."""
    if not text:
        return {}
    if not text.startswith(HEADER):
        raise WorkbenchError("FOREIGN_CONFIG", "There is a models.config that another program wrote.")
    return {json.loads(m[1]): (json.loads(m[2]), int(m[3])) for m in _CONFIG.finditer(text)}


def write(defaults: Defaults) -> str:
    """The file's text."""
    return "\n".join([HEADER, "model_config_list {", *(snippet(m, *v) for m, v in sorted(defaults.items())), "}", ""])


def snippet(model: str, base_path: str, version: int) -> str:
    """One model's entry (`tensorflow_serving/config/model_server_config.proto`)."""
    return "\n".join(
        [
            "  config {",
            f"    name: {json.dumps(model)}",
            f"    base_path: {json.dumps(base_path)}",
            '    model_platform: "tensorflow"',
            f"    model_version_policy {{ specific {{ versions: {version} }} }}",
            "  }",
        ]
    )
