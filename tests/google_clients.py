"""What tests with Google's own clients share."""

from __future__ import annotations

import json
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError


def service(api: str, address: str) -> Any:
    """The client of an API, version 1, at a loopback address; without accounts and proxies."""
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
    http = google_auth_httplib2.AuthorizedHttp(anonymous, http=httplib2.Http(proxy_info=None, timeout=60))
    return build(api, "v1", static_discovery=True, client_options={"api_endpoint": address}, http=http)


def refusal(request: Any) -> dict[str, Any]:
    """The error body of a request that must fail."""
    with pytest.raises(HttpError) as caught:
        request.execute()
    error: dict[str, Any] = json.loads(caught.value.content)["error"]
    assert error["code"] == caught.value.resp.status
    return error
