"""The user's consent for files of others: to run code, by content; to receive tokens, by host.

One small JSON file of the user's stores it. Nothing in a model, a project or an export can write to it.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from workbench.spec.errors import DECODE_ERRORS
from workbench.spec.files import write_text

TRUST_VARIABLE: Final = "WORKBENCH_TRUST"
"""Environment variable that sets the path of the file."""


class TrustedFile(msgspec.Struct, frozen=True):
    """One trusted file: its path at the time of consent; for a model also the layers that carry code."""

    path: str
    bytes: int
    layers: tuple[str, ...] = ()
    when: str = ""


class TrustStore(msgspec.Struct, frozen=True):
    """The whole file: models by SHA-256, Python files and programs by their digest (`code`), hosts by name."""

    models: dict[str, TrustedFile] = {}
    code: dict[str, TrustedFile] = {}
    hosts: dict[str, str] = {}


def trust_file() -> Path:
    """The path of the file with the user's decisions."""
    named = os.environ.get(TRUST_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("keras-export-workbench")) / "trusted.json"


def trust_store() -> TrustStore:
    """All decisions; none if the file is missing or damaged."""
    try:
        return msgspec.json.decode(trust_file().read_bytes(), type=TrustStore)
    except (OSError, *DECODE_ERRORS):
        return TrustStore()  # Losing a decision only means that the user is asked again.


def keep(store: TrustStore) -> None:
    """Write all decisions. Raises `WorkbenchError` CANNOT_WRITE."""
    write_text(trust_file(), msgspec.json.format(msgspec.json.encode(store), indent=2).decode() + "\n")


def now() -> str:
    """The time of a decision: UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_code_allowed(digest: str) -> bool:
    """Whether the user consented to run a Python file or program with this digest."""
    return digest in trust_store().code


def allow_code(digest: str, path: Path, size: int) -> None:
    """Store the consent to run a Python file or a program with this digest. Raises `WorkbenchError` CANNOT_WRITE."""
    store = trust_store()
    entry = TrustedFile(str(path), size, when=now())
    keep(msgspec.structs.replace(store, code=store.code | {digest: entry}))


def forget_code(digest: str) -> None:
    """Withdraw the consent. Raises `WorkbenchError` CANNOT_WRITE."""
    store = trust_store()
    if digest in store.code:
        left = {key: entry for key, entry in store.code.items() if key != digest}
        keep(msgspec.structs.replace(store, code=left))


def is_host_allowed(host: str) -> bool:
    """Whether the user consented to send the account's tokens to this host, with its port if there is one."""
    return host in trust_store().hosts


def allow_host(host: str, *, allow: bool = True) -> None:
    """Store or withdraw the consent to send tokens to a host. Raises `WorkbenchError` CANNOT_WRITE."""
    store = trust_store()
    hosts = {name: when for name, when in store.hosts.items() if name != host}
    if allow:
        hosts[host] = now()
    if hosts != store.hosts:
        keep(msgspec.structs.replace(store, hosts=hosts))
