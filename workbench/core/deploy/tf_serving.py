"""TensorFlow Serving: its REST API, and the `models.config` of a repository that it reads.

The API is `POST /v1/models/MODEL[/versions/VERSION]:predict` (TensorFlow Serving's REST API guide). `models.config`
states which version of each model is the server's default; only a file written by the Workbench is changed, for others
the lines to add are reported.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Sequence
from typing import Any, Final

from workbench.core.deploy.credentials import redacted, telling_auth
from workbench.core.deploy.googleapi import failure
from workbench.core.deploy.port import NOT_FOUND, Instance, TargetRefused, no_server
from workbench.core.deploy.replies import decoded
from workbench.core.deploy.sessions import TIMEOUT, ClientHttp, open_session
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.foreign_json import json_value
from workbench.spec.targets.folder import FolderTarget

_RETRIES: Final = 3
_AGAIN: Final = (429, 502, 503, 504)
"""Statuses after which the same request may be sent again: a prediction changes nothing."""


CONFIG_HEADER: Final = "# Written by the Keras Export Workbench; `workbench versions set-default` changes it."

_ENTRY = re.compile(
    r'config \{\s*name: ("(?:[^"\\]|\\.)*")\s*base_path: ("(?:[^"\\]|\\.)*")\s*model_platform: "tensorflow"\s*'
    r"model_version_policy \{ specific \{ versions: (\d+) \} \}\s*\}"
)

ModelDefaults = dict[str, tuple[str, int]]
"""Model -> (base path, default version)."""


class ServingRest:
    """One server."""

    def __init__(self, target: FolderTarget, session: Any | None = None) -> None:
        self._address = target.endpoint()
        opened = session if session is not None else open_session(target, self._address)
        self._http = ClientHttp(opened, TIMEOUT)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> dict[str, Any]:
        """The reply's body. Raises `TargetRefused` if the server rejects the request, `OutsideError` if it fails."""
        where = f"/v1/models/{model}" + (f"/versions/{version}" if version else "")
        body: dict[str, object] = {"instances": list(instances)}
        if signature:
            body["signature_name"] = signature
        status, content = self._post(f"{self._address}{where}:predict", json.dumps(body, allow_nan=False))
        if status == 404:
            raise TargetRefused(NOT_FOUND, _error_text(content) or f"There is no {where}.", where=self._address)
        if status != 200:
            raise failure(self._address, status, content)
        return decoded(content, self._address)

    def _post(self, url: str, body: str) -> tuple[int, bytes]:
        for attempt in range(_RETRIES + 1):
            try:
                with telling_auth(self._address):
                    reply, content = self._http.request(url, "POST", body, {"content-type": "application/json"})
            except TimeoutError as err:
                text = f"No response within {TIMEOUT:.0f} s."
                raise OutsideError("TIMEOUT", text, where=self._address, hint="Try again.") from err
            except ConnectionError as err:
                if attempt == _RETRIES:
                    raise no_server(self._address, redacted(str(err))) from err
            else:
                if int(reply.status) not in _AGAIN or attempt == _RETRIES:
                    return int(reply.status), content
            time.sleep(random.random() * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


def _error_text(content: bytes) -> str:
    try:
        found = json_value(content)
    except ValueError:
        return ""
    return str(found.get("error", "")) if isinstance(found, dict) else ""


def read_models_config(text: str) -> ModelDefaults:
    """Parse the Workbench's own `models.config`. Raises `WorkbenchError` FOREIGN_CONFIG for another program's."""
    if not text:
        return {}
    if not text.startswith(CONFIG_HEADER):
        raise WorkbenchError("FOREIGN_CONFIG", "The existing models.config was written by another program.")
    return {json_value(m[1]): (json_value(m[2]), int(m[3])) for m in _ENTRY.finditer(text)}


def models_config_text(defaults: ModelDefaults) -> str:
    """The text of a `models.config`."""
    entries = (model_entry(model, *rest) for model, rest in sorted(defaults.items()))
    return "\n".join([CONFIG_HEADER, "model_config_list {", *entries, "}", ""])


def model_entry(model: str, base_path: str, version: int) -> str:
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
