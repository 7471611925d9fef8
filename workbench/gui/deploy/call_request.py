"""The request of a call as it is shown and copied: the first instance of what is sent, and where it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass

from workbench.gui.deploy.call_snippets import curl_text, python_text
from workbench.gui.dropped_files import holds_records
from workbench.gui.notices import CallInputs
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.request_text import LINES, request_body, shortened
from workbench.gui.texts import json_text
from workbench.spec.row_summary import RowSummary
from workbench.spec.signature import Composition


@dataclass(frozen=True)
class CallRequest:
    """Where a call goes, and its body; `body` is empty where only the engine can read the input."""

    url: str
    body: dict[str, object]
    pictures: dict[str, str]
    """Base64 texts of the body and the files that they are read from."""

    @property
    def shown(self) -> str:
        """The body for display: base64 values truncated."""
        return json_text(shortened(self.body)) if self.body else ""

    @property
    def whole(self) -> str:
        """The body in full."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def curl(self) -> str:
        """A shell command that sends it; empty where the address or the body is not known."""
        return curl_text(self.url, self.body) if self.url and self.body else ""

    @property
    def python(self) -> str:
        """A script that sends it; empty where the address or the body is not known."""
        return python_text(self.url, self.body, self.pictures) if self.url and self.body else ""


def call_request(url: str, path: str, inputs: CallInputs, made: Composition) -> CallRequest:
    """The request for one file; of JSON lines the first one.

    Raises `WorkbenchError` CANNOT_READ or TOO_LARGE.
    """
    if holds_records(path):
        row = ImageRow(path, RowSummary(0, 0, source=f"{path}:1"), records=True)
        lines = path.lower().endswith(LINES)
        return CallRequest(url, request_body(row, inputs.values, made) if lines else {}, {})
    values = {**inputs.values, **inputs.features.get(path, {})}
    body = request_body(ImageRow(path), values, made)
    instances = body["instances"]
    instance = instances[0] if isinstance(instances, list) else None
    picture = instance.get(made.image_alias) if isinstance(instance, dict) and made.image_alias else None
    return CallRequest(url, body, {picture["b64"]: path} if isinstance(picture, dict) else {})
