"""The `ml` v1 client: the real googleapiclient on any endpoint that speaks ML Engine's API."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import google_auth_httplib2
import httplib2
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from workbench.core.deploy.manifest import Manifest
from workbench.core.deploy.port import (
    ALREADY_EXISTS,
    BAD_REPLY,
    NOT_FOUND,
    NOT_POSSIBLE_NOW,
    PREDICTION_FAILED,
    REFUSED,
    Refusal,
    no_server,
)
from workbench.core.progress import Report, silent
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.target import Target, VersionInfo

_TIMEOUT: Final = 120.0
"""Seconds for one request; the first prediction after a restart has to load the model."""

_RETRIES: Final = 2
_POLL: Final = (0.1, 1.0)
"""Seconds between two looks at an operation: the first and the longest pause."""

_LONGEST: Final = 3600.0
"""Seconds a version may take (gcloud waits as long)."""

_LONGEST_CANCEL: Final = 120.0
"""Seconds a cancelled operation is given to end."""


class MlEngine:
    """A `Port` for `ml` v1 without accounts: the local target. Not to be shared between threads (httplib2 is not).

    Raises `OutsideError` NO_SERVER at once when nobody listens at a loopback address.
    """

    def __init__(self, target: Target) -> None:
        self._address = target.endpoint()
        self._target = target
        self._loopback = _is_loopback(self._address)
        if self._loopback:
            _knock(self._address)
        # A proxy for the outside world must not see what goes to our own machine.
        proxy = {"proxy_info": None} if self._loopback else {}
        anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
        plain = httplib2.Http(timeout=_TIMEOUT, **proxy)
        self._service: Any = build(
            "ml",
            "v1",
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": self._address},
            http=google_auth_httplib2.AuthorizedHttp(anonymous, http=plain),
        )
        self._projects: Any = self._service.projects()

    def close(self) -> None:
        """Close the connection."""
        self._service.close()

    def origin(self, manifest: Manifest) -> str:
        return f"gs://{self._target.bucket}/{manifest.folder}/"

    def stage(self, manifest: Manifest, report: Report) -> str:
        from workbench.core.deploy.storage import Staging

        with Staging(self._address, self._target.project, self._target.bucket) as staging:
            staging.upload(manifest, report)
        return self.origin(manifest)

    def ensure_model(self, model: str) -> bool:
        parent = f"projects/{self._target.project}"
        try:
            self._run(self._projects.models().get(name=self._name(model)))
        except Refusal as err:
            if err.code != NOT_FOUND:
                raise
        else:
            return False
        try:
            self._run(self._projects.models().create(parent=parent, body={"name": model}))
        except Refusal as err:
            if err.code != ALREADY_EXISTS:
                raise
            # Another push made it meanwhile, or the reply to our own first try was lost: not ours to undo.
            return False
        return True

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        found = sorted(self._pages(self._name(model)), key=lambda v: (v.get("createTime", ""), v["name"]))
        return tuple(_info(version) for version in found)

    def _pages(self, parent: str) -> Iterator[dict[str, Any]]:
        methods = self._projects.models().versions()
        request = methods.list(parent=parent, pageSize=100)
        while request is not None:
            reply = self._run(request)
            yield from reply.get("versions", [])
            request = methods.list_next(request, reply)

    def create_version(self, model: str, version: str, origin: str) -> str:
        body = {"name": version, "deploymentUri": origin, "framework": "TENSORFLOW"}
        request = self._projects.models().versions().create(parent=self._name(model), body=body)
        return str(self._run(request)["name"])

    def wait(self, operation: str, report: Report, step: str) -> None:
        for done in self._poll(operation, _LONGEST):
            report(Progress(step))
            if not done:
                continue
            if "error" in done:
                text = str(done["error"].get("message", "The target gave no reason."))
                raise WorkbenchError("VERSION_FAILED", text, where=self._address)
            return
        text = f"It is still not done after {_LONGEST / 60:.0f} minutes."
        raise OutsideError("TIMEOUT", text, where=operation, hint="Look at `workbench versions list` later.")

    def cancel(self, operation: str) -> None:
        self._run(self._projects.operations().cancel(name=operation))
        for done in self._poll(operation, _LONGEST_CANCEL):
            if done:
                return

    def _poll(self, operation: str, seconds: float) -> Iterator[dict[str, Any]]:
        """The operation once it is done, an empty dict before; ends without it when it takes too long."""
        pause, longest = _POLL
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            reply = self._run(self._projects.operations().get(name=operation))
            yield reply if reply.get("done") else {}
            time.sleep(pause)
            pause = min(longest, pause * 1.5)

    def predict(self, model: str, version: str, instances: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        name = self._name(model, version)
        reply = self._run(self._projects.predict(name=name, body={"instances": list(instances)}))
        predictions = reply.get("predictions")
        if not isinstance(predictions, list) or len(predictions) != len(instances):
            count = len(predictions) if isinstance(predictions, list) else "no"
            text = f"The target answered {count} predictions to {len(instances)} instances."
            raise Refusal(BAD_REPLY, text, where=self._address)
        # Servers in TensorFlow Serving's style drop the name of a single output.
        return [p if isinstance(p, dict) else {"predictions": p} for p in predictions]

    def set_default(self, model: str, version: str) -> None:
        self._run(self._projects.models().versions().setDefault(name=self._name(model, version), body={}))

    def delete_version(self, model: str, version: str) -> None:
        reply = self._run(self._projects.models().versions().delete(name=self._name(model, version)))
        self.wait(str(reply["name"]), silent, "")

    def delete_model(self, model: str) -> None:
        self.wait(str(self._run(self._projects.models().delete(name=self._name(model)))["name"]), silent, "")

    def _name(self, model: str, version: str = "") -> str:
        name = f"projects/{self._target.project}/models/{model}"
        return f"{name}/versions/{version}" if version else name

    def _run(self, request: Any) -> dict[str, Any]:
        """Send one request. Raises `Refusal` and `OutsideError` for all that can come of it."""
        try:
            reply = request.execute(num_retries=_RETRIES)
        except HttpError as err:
            raise _failure(self._address, int(err.resp.status), err.content) from err
        except TimeoutError as err:
            text = f"It did not answer within {_TIMEOUT:.0f} s."
            raise OutsideError("TIMEOUT", text, where=self._address, hint="Try again.") from err
        except GoogleAuthError as err:
            raise OutsideError("NO_PERMISSION", str(err), where=self._address) from err
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as err:
            raise no_server(self._address, str(err)) from err
        except ClientError as err:
            raise _not_a_target(self._address) from err
        if not isinstance(reply, dict):
            raise _not_a_target(self._address)
        if isinstance(reply.get("error"), str):
            # ML Engine reports a failed prediction in the body of a 200.
            raise Refusal(PREDICTION_FAILED, reply["error"])
        return reply


def _info(version: dict[str, Any]) -> VersionInfo:
    resource = str(version["name"])
    return VersionInfo(
        name=resource.rpartition("/")[2],
        resource=resource,
        state=str(version.get("state", "UNKNOWN")),
        default=bool(version.get("isDefault", False)),
        created=str(version.get("createTime", "")),
        origin=str(version.get("deploymentUri", "")),
        error=str(version.get("errorMessage", "")),
    )


def _failure(address: str, status: int, content: bytes) -> WorkbenchError:
    """An error reply as our error. The text of `{"error": "text"}` is only in the content, not in the exception."""
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        error = None
    if isinstance(error, str):
        return Refusal(PREDICTION_FAILED, error)
    if not isinstance(error, dict):
        return _not_a_target(address) if status < 500 else _unwell(address, f"It answered with status {status}.")
    text = str(error.get("message", "")) or f"It answered with status {status}."
    if status in (401, 403):
        return OutsideError("NO_PERMISSION", text, where=address)
    if status == 429 or status >= 500:
        return _unwell(address, text)
    if error.get("status") == "FAILED_PRECONDITION":
        return Refusal(NOT_POSSIBLE_NOW, text)
    return Refusal({404: NOT_FOUND, 409: ALREADY_EXISTS}.get(status, REFUSED), text)


def _unwell(address: str, text: str) -> OutsideError:
    return OutsideError("TARGET_FAILED", text, where=address, hint="Try again later.")


def _not_a_target(address: str) -> OutsideError:
    text = "What answers there does not speak ML Engine's API."
    return OutsideError("NOT_A_TARGET", text, where=address, hint="Start `workbench serve` on another port.")


def _is_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known:
        text = f"'{address}' is not the address of a server."
        raise WorkbenchError("BAD_URL", text, hint="Write it like http://127.0.0.1:8471")
    return parts.hostname in ("localhost", "127.0.0.1", "::1")


def _knock(address: str) -> None:
    """Raise NO_SERVER at once: the clients would try again for many seconds first."""
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5).close()
    except OSError as err:
        raise no_server(address) from err
