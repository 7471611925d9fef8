"""googleapiclient on any endpoint; every failure of a request becomes a `WorkbenchError`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import httplib2
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from workbench.core.deploy.credentials import kind_of, redacted, telling_auth
from workbench.core.deploy.port import (
    ALREADY_EXISTS,
    NOT_FOUND,
    NOT_POSSIBLE_NOW,
    PREDICTION_FAILED,
    REFUSED,
    TargetRefused,
    no_server,
)
from workbench.core.deploy.sessions import TIMEOUT, ClientHttp, open_session
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.foreign_json import json_value
from workbench.spec.model import Progress
from workbench.spec.targets.base import Target

_TIMEOUT: Final = TIMEOUT
_RETRIES: Final = 3
"""Times a request is repeated after 429, 5xx or a lost connection, if repeating it is safe."""

_UNANSWERED: Final = ("NO_SERVER", "TIMEOUT")
_UNCLEAR: Final = (*_UNANSWERED, "TARGET_FAILED", "QUOTA")

_POLL: Final = (0.1, 5.0)
"""Seconds between two polls of an operation: the first and the longest pause (gcloud's own is 5)."""

LONGEST: Final = 3600.0
"""Seconds that an operation may take (gcloud waits as long)."""

LONGEST_CANCEL: Final = 120.0
"""Seconds that a cancelled operation has to end."""


class ApiClient:
    """One API of one target. Not to be shared between threads.

    The constructor raises `OutsideError` NO_SERVER at once if no server listens at a loopback address.
    """

    def __init__(self, api: str, version: str, target: Target, session: Any | None = None) -> None:
        self.address = target.endpoint()
        self._target = target if session is None else None  # A recorder sends nothing.
        opened = session if session is not None else open_session(target, self.address)
        self._api = (api, version)
        self._http = ClientHttp(opened, _TIMEOUT)
        self.root: Any = self.at(self.address)

    def at(self, address: str) -> Any:
        """The same API at another address. Raises `WorkbenchError` HOST_NOT_ALLOWED as documented at `kind_of`."""
        if self._target is not None:
            kind_of(self._target, address)  # The session sends its token to whatever host it is given.
        options = {"api_endpoint": address}
        return build(*self._api, static_discovery=True, cache_discovery=False, client_options=options, http=self._http)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def run(self, request: Any, *, safe: bool = True) -> dict[str, Any]:
        """Send one request, and repeat it after a failure if that is `safe`. Raises `TargetRefused` and
        `OutsideError`."""
        try:
            with telling_auth(self.address):
                reply = request.execute(num_retries=_RETRIES if safe else 0)
        except HttpError as err:
            raise failure(self.address, int(err.resp.status), err.content) from err
        except TimeoutError as err:
            text = f"No response within {_TIMEOUT:.0f} s."
            raise OutsideError("TIMEOUT", text, where=self.address, hint="Try again.") from err
        except (OSError, httplib2.HttpLib2Error) as err:
            raise no_server(self.address, redacted(str(err))) from err
        except ClientError as err:
            raise not_a_target(self.address) from err
        if not isinstance(reply, dict):
            raise not_a_target(self.address)
        if isinstance(reply.get("error"), str):
            # ML Engine reports a failed prediction in the body of a 200.
            raise TargetRefused(PREDICTION_FAILED, reply["error"])
        return reply

    def once(self, request: Callable[[], Any], done: Callable[[], bool]) -> dict[str, Any] | None:
        """Send a request that must not be executed twice; it is repeated only after `done` says that it was not
        executed.

        Returns `None` if it was executed but the reply was lost. A rejected request had no effect; after a lost
        connection or a timeout only the target knows.
        """
        for attempt in range(_RETRIES + 1):
            try:
                return self.run(request(), safe=False)
            except OutsideError as err:
                if err.code not in _UNCLEAR:
                    raise
                if err.code in _UNANSWERED and done():
                    return None
                if attempt == _RETRIES:
                    raise
                time.sleep(random.random() * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def pages(self, methods: Any, items: str, verb: str = "list", **arguments: Any) -> Iterator[dict[str, Any]]:
        """All items of a paginated list; `items` is the reply's key that holds them."""
        request = getattr(methods, verb)(**arguments)
        while request is not None:
            reply = self.run(request)
            yield from reply.get(items, [])
            request = getattr(methods, f"{verb}_next")(request, reply)

    def outcome(self, get: Callable[[], Any], report: Report, step: str) -> dict[str, Any]:
        """An operation's response once it is done; `get` creates a request for the operation.

        Raises `WorkbenchError` VERSION_FAILED with the target's reason, `OutsideError` TIMEOUT, what `report` raises.
        """
        for done in poll(lambda: self.run(get()), LONGEST):
            report(Progress(step))
            if not done:
                continue
            if "error" in done:
                text = str(done["error"].get("message", "The target returned no reason."))
                raise WorkbenchError("VERSION_FAILED", text, where=self.address)
            response = done.get("response", {})
            return response if isinstance(response, dict) else {}
        text = f"It did not finish within {LONGEST / 60:.0f} minutes."
        raise OutsideError("TIMEOUT", text, where=self.address, hint="Check with `workbench versions list` later.")


def poll(get: Callable[[], dict[str, Any]], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield empty dicts until the operation is done, then the operation; ends without it after the time limit.

    Measured on the monotonic clock: changes of the system time do not affect the limit.
    """
    pause, longest = _POLL
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reply = get()
        yield reply if reply.get("done") else {}
        time.sleep(pause)
        pause = min(longest, pause * 1.3)


def failure(address: str, status: int, content: bytes) -> WorkbenchError:
    """An error reply as `WorkbenchError`. The text of `{"error": "text"}` is only in the content, not in the error."""
    try:
        error = json_value(content)["error"]
    except (ValueError, KeyError, TypeError):
        error = None
    if isinstance(error, str):
        return TargetRefused(PREDICTION_FAILED, error) if status < 500 else unwell(address, error)
    if not isinstance(error, dict):
        return not_a_target(address) if status < 500 else unwell(address, f"It returned status {status}.")
    text = redacted(str(error.get("message", ""))) or f"It returned status {status}."
    word = str(error.get("status", ""))
    if status in (401, 403) and word != "RESOURCE_EXHAUSTED":
        return OutsideError("NO_PERMISSION", text, where=address, hint="Check the account with `workbench access`.")
    if word == "RESOURCE_EXHAUSTED" or (status == 429 and "quota" in text.lower()):
        hint = "Try again later, delete old versions, or request more quota."
        return OutsideError("QUOTA", text, where=address, hint=hint)
    if status == 507:
        return OutsideError("TARGET_FULL", text, where=address, hint="Free space there and push again.")
    if status == 429 or status >= 500:
        return unwell(address, text)
    if word == "FAILED_PRECONDITION":
        return TargetRefused(NOT_POSSIBLE_NOW, text)
    return TargetRefused({404: NOT_FOUND, 409: ALREADY_EXISTS}.get(status, REFUSED), text)


def unwell(address: str, text: str) -> OutsideError:
    """The error for a failure of the target itself."""
    return OutsideError("TARGET_FAILED", text, where=address, hint="Try again later.")


def not_a_target(address: str) -> OutsideError:
    """The error for another program at the address."""
    text = "The server does not implement Google's API."
    return OutsideError("NOT_A_TARGET", text, where=address, hint="Check the url of the target.")
