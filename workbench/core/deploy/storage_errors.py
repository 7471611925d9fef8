"""Turns exceptions of Google's storage client into Workbench errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests.exceptions
from google.api_core import exceptions as api
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from workbench.core.deploy.credentials import redacted, telling_auth
from workbench.core.deploy.port import NOT_FOUND, REFUSED, TargetRefused, no_server
from workbench.spec.errors import OutsideError, WorkbenchError


@contextmanager
def telling_storage(address: str) -> Iterator[None]:
    """Raise what the storage client raises as `OutsideError` or `TargetRefused`."""
    try:
        with telling_auth(address):
            yield
    except api.RetryError as err:
        raise _last_cause(address, err) from err
    except api.GoogleAPICallError as err:
        raise _api_failure(address, err) from err
    except (requests.exceptions.RequestException, ConnectionError) as err:
        raise no_server(address, _brief(err)) from err
    except DataCorruption as err:
        text = f"The content arrived damaged: {_brief(err)}"
        raise OutsideError("UPLOAD_DAMAGED", text, where=address, hint="Push again.") from err
    except InvalidResponse as err:
        text = f"The server does not implement the storage API: {_brief(err)}"
        raise OutsideError("NOT_A_TARGET", text, where=address) from err


def _last_cause(address: str, error: Any) -> WorkbenchError:
    """The error that persisted until the retries ended."""
    if isinstance(error.cause, InvalidResponse):
        return _api_failure(address, api.from_http_response(error.cause.response))
    if isinstance(error.cause, api.GoogleAPICallError):
        return _api_failure(address, error.cause)
    return no_server(address, _brief(error.cause or error))


def _api_failure(address: str, error: Any) -> WorkbenchError:
    status, text = error.code or 0, redacted(str(error.message))
    if status == 429 and "quota" in text.lower():
        return OutsideError("QUOTA", text, where=address, hint="Try again later, or request more quota.")
    if status in (401, 403):
        return OutsideError("NO_PERMISSION", text, where=address, hint="Check the account with `workbench access`.")
    if status == 404:
        return TargetRefused(NOT_FOUND, text, where=address)
    if status == 507:
        return OutsideError("TARGET_FULL", text, where=address, hint="Free space there and push again.")
    if status == 429 or status >= 500:
        return OutsideError("TARGET_FAILED", text, where=address, hint="Try again later.")
    return TargetRefused(REFUSED, text, where=address)


def _brief(error: BaseException) -> str:
    text = " ".join(redacted(str(error)).split())
    return text if len(text) <= 200 else text[:197] + "..."
