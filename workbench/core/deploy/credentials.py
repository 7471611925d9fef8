"""Google credentials for a target: looked up when needed, kept in memory only, and never in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from workbench.core.consent import is_host_allowed
from workbench.spec.access import AccessKind
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.files import read_regular
from workbench.spec.foreign_json import json_value
from workbench.spec.targets.base import Target

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
MAX_KEY: Final = 1 << 20
"""Largest credentials file in bytes; a real one has a few thousand."""

NONE: Final = "none"
ADC: Final = "adc"

_SECRETS: Final = re.compile(
    r"(ya29\.|1//|Bearer\s+)[\w.~+/=-]+|-----BEGIN[^-]+-----.*?(-----END[^-]+-----|$)|eyJ[\w-]+\.[\w-]+\.[\w-]*", re.S
)
"""Access and refresh tokens by their prefixes, private keys, and signed assertions (JWT)."""


def redacted(text: str) -> str:
    """The text without tokens and keys."""
    return _SECRETS.sub("[hidden]", text)


_HOST: Final = re.compile(r"([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
"""A host with an optional port and nothing else: parsers disagree on the host of an address with `@` or a backslash."""

_GOOGLE: Final = (".googleapis.com", ".prediction.vertexai.goog")
"""Suffixes of Google's own API hosts: all services, and a dedicated endpoint of Vertex AI (`dedicatedEndpointDns`)."""

HOST_NOT_ALLOWED: Final = "HOST_NOT_ALLOWED"
"""Error code for a host that may not receive the account's token."""


def host_of(address: str) -> str:
    """The host of an address in lower case, with its port if there is one. Raises `WorkbenchError` BAD_URL."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or not _HOST.fullmatch(parts.netloc):
        text = f"'{address}' is not the address of a server."
        raise WorkbenchError("BAD_URL", text, hint="Use the form http://127.0.0.1:8471")
    return parts.netloc.lower()


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine. Raises `WorkbenchError` BAD_URL for an invalid address."""
    host_of(address)
    return urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")


def refuse_foreign_host(address: str) -> None:
    """Raise `WorkbenchError` HOST_NOT_ALLOWED for a host that is not Google's, unless the user consented to it.

    A project may come from anybody and name any host. A host on this machine counts as any other here.
    """
    host = host_of(address)
    if f".{host}".endswith(_GOOGLE) or is_host_allowed(host):
        return
    text = f"The project's target would send a token of your Google account to {host}, which is not Google's."
    hint = f'If you trust it, allow it (--trust-host {host}); credentials = "none" sends no token.'
    raise WorkbenchError(HOST_NOT_ALLOWED, text, where=address, hint=hint)


def kind_of(target: Target, address: str) -> AccessKind:
    """The kind of credentials for an address.

    Raises `WorkbenchError` PLAIN_HTTP instead of sending a token unencrypted, HOST_NOT_ALLOWED instead of sending it to
    an unknown host; both before any credentials are looked up. An address on this machine needs none unless the target
    is set otherwise: it is the local target.
    """
    named = getattr(target, "credentials", NONE)
    local = is_loopback(address)
    if named == NONE or (not named and local):
        return "none"
    if address.startswith("http://") and not local:
        hint = 'Use https, or credentials = "none" for a server without accounts.'
        raise WorkbenchError("PLAIN_HTTP", "A token is not sent over plain http.", where=address, hint=hint)
    refuse_foreign_host(address)
    return "adc" if named in ("", ADC) else "file"


def credentials_for(target: Target, address: str) -> Any | None:
    """Credentials for an address, or `None` if it needs none.

    Raises `OutsideError` NO_CREDENTIALS or BAD_CREDENTIALS with what to do.
    """
    kind = kind_of(target, address)
    if kind == "none":
        return None
    with telling_auth(address):
        found = _default() if kind == "adc" else _from_file(Path(getattr(target, "credentials", "")).expanduser())
        return _impersonated(found, target)


def _default() -> Any:
    import google.auth

    found, _ = google.auth.default(scopes=[SCOPE])
    return found


def _from_file(path: Path) -> Any:
    """Credentials from a service account's key or gcloud's file for a user; other kinds can lead to foreign servers."""
    try:
        told = json_value(read_regular(path, MAX_KEY))
        kind = told.get("type")
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such credentials file.", where=str(path)) from None
    except (OSError, ValueError, RecursionError, AttributeError):
        raise _no_key(path, "It contains no credentials.") from None
    try:
        if kind == "service_account":
            from google.oauth2.service_account import Credentials

            return Credentials.from_service_account_info(told, scopes=[SCOPE])  # type: ignore[no-untyped-call]
        if kind == "authorized_user":
            from google.oauth2.credentials import Credentials as UserCredentials

            return UserCredentials.from_authorized_user_info(told, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except ValueError as err:
        raise _no_key(path, f"The credentials cannot be read: {_brief(err)}") from None
    raise _no_key(path, f"Credentials of the type '{str(kind)[:40]}' are not supported in a file.")


def _no_key(path: Path, text: str) -> OutsideError:
    hint = 'Use a service account key, or set GOOGLE_APPLICATION_CREDENTIALS to the file and credentials = "adc".'
    return OutsideError("BAD_CREDENTIALS", text, where=str(path), hint=hint)


def _impersonated(source: Any, target: Target) -> Any:
    principal = getattr(target, "impersonate", "")
    if not principal:
        return source
    from google.auth import impersonated_credentials

    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=source, target_principal=principal, target_scopes=[SCOPE], lifetime=3600
    )


@contextmanager
def telling_auth(address: str) -> Iterator[None]:
    """Turns google.auth's exceptions into Workbench errors, each with what to do about it."""
    from google.auth import exceptions as auth

    try:
        yield
    except auth.DefaultCredentialsError as err:
        code, text, hint = _no_credentials(str(err))
        raise OutsideError(code, text, where=address, hint=hint) from None
    except auth.RefreshError as err:
        text, hint = _refused(redacted(str(err.args[0] if err.args else err)))
        raise OutsideError("BAD_CREDENTIALS", text, where=address, hint=hint) from None
    except auth.TransportError as err:
        text = f"The token server does not respond: {_brief(err)}"
        raise OutsideError("NO_TOKEN_SERVER", text, where=address, hint="Try again.") from None
    except auth.GoogleAuthError as err:
        raise OutsideError("NO_PERMISSION", _brief(err), where=address) from None


def _no_credentials(reason: str) -> tuple[str, str, str]:
    if "could not be found" in reason or "not found" in reason.lower():
        hint = "Run `gcloud auth application-default login`, or set credentials to a file in the target's table."
        return "NO_CREDENTIALS", "No Google credentials were found on this machine.", hint
    text = f"The credentials cannot be read: {redacted(_short(reason))}"
    return "BAD_CREDENTIALS", text, "Use a service account key file, or a file written by gcloud."


def _refused(reason: str) -> tuple[str, str]:
    low = reason.lower()
    if "short-lived" in low or "iat" in low or "clock" in low:
        return f"Google rejected the credentials: {_short(reason)}", "Correct the clock of this machine."
    if "invalid_grant" in low or "reauth" in low or "expired" in low:
        hint = "Run `gcloud auth application-default login` again, or make a new key."
        return f"The credentials are no longer valid: {_short(reason)}", hint
    if "impersonat" in low or "generateaccesstoken" in low or "unable to acquire" in low:
        hint = "You need roles/iam.serviceAccountTokenCreator on that account."
        return f"The service account may not be impersonated: {_short(reason)}", hint
    return f"Google returned no token for the credentials: {_short(reason)}", "Check the account."


def _brief(error: BaseException) -> str:
    return redacted(_short(str(error)))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 300 else flat[:297] + "..."
