"""HTTP for Google's clients: one requests session for both of them, or a recorder that sends nothing."""

from __future__ import annotations

import socket
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import requests.exceptions

from workbench.core.deploy.credentials import credentials_for, is_loopback
from workbench.core.deploy.port import no_server
from workbench.spec.targets.base import Target

TIMEOUT: Final = 120.0
"""Seconds for one request; the first prediction after a restart has to load the model."""

POOL: Final = 16
"""Connections kept per host, for parallel uploads."""


def open_session(target: Target, address: str) -> Any:
    """A session that sends the target's credentials to an address (empty: Google's storage).

    Raises `OutsideError` NO_SERVER at once if no server listens at an address on this machine, and errors of
    credentials.
    """
    local = bool(address) and is_loopback(address)
    if local:
        _knock(target, address)
    found = credentials_for(target, address or "https://storage.googleapis.com")
    session = _authorized(found) if found is not None else requests.Session()
    # No retries below the clients: a POST without a reply must not be repeated without their knowledge.
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=POOL, max_retries=0)
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    # A proxy for the internet must not see requests to this machine.
    session.trust_env = not local
    return session


def _authorized(credentials: Any) -> Any:
    from google.auth.transport.requests import AuthorizedSession

    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _knock(target: Target, address: str) -> None:
    """Raise NO_SERVER at once: the clients would retry for many seconds first."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as err:
        raise no_server(address) from err


class ClientHttp:
    """The session with the interface that googleapiclient uses (httplib2's)."""

    def __init__(self, session: Any, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **_: Any
    ) -> tuple[Any, bytes]:
        """Send one request. Raises `TimeoutError` and `ConnectionError`, which the client handles, for the session's
        own errors."""
        import httplib2

        # The client requests gzip itself; requests decompresses it.
        try:
            reply = self._session.request(method, uri, data=body, headers=headers, timeout=self._timeout)
        except requests.exceptions.Timeout as err:
            raise TimeoutError(str(err)) from err
        except requests.exceptions.RequestException as err:
            raise ConnectionError(_innermost(err)) from err
        told = {name.lower(): value for name, value in reply.headers.items()}
        return httplib2.Response({**told, "status": str(reply.status_code)}), reply.content

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _innermost(error: BaseException) -> str:
    """The system's own error text, without urllib3's wrapping."""
    seen = [error]
    while isinstance(inner := seen[-1].__cause__ or seen[-1].__context__, OSError) and inner not in seen:
        seen.append(inner)  # Contexts can form a cycle if an error is raised again.
    return " ".join(str(seen[-1]).split())[:200]
