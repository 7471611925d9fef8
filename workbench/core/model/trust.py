"""Stores the user's consent to run a model file's own code, by the file's hash, in a JSON file of the user's."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from workbench.core.model.sniff import bytes_of, is_model_path, sha256_file
from workbench.spec.files import write_text

TRUST_VARIABLE: Final = "WORKBENCH_TRUST"
"""Environment variable that moves the file."""


class TrustedFile(msgspec.Struct, frozen=True):
    """One allowed file: where it lay and which layers carried code when the user said so."""

    path: str
    bytes: int
    layers: tuple[str, ...] = ()
    when: str = ""


class TrustStore(msgspec.Struct, frozen=True):
    """The whole file: entries by the model's SHA-256."""

    models: dict[str, TrustedFile] = {}


def trust_file() -> Path:
    """Where the user's decisions are kept."""
    named = os.environ.get(TRUST_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("keras-export-workbench")) / "trusted.json"


def trusted_models() -> dict[str, TrustedFile]:
    """The trusted files by SHA-256; empty if the file is missing or damaged."""
    try:
        return msgspec.json.decode(trust_file().read_bytes(), type=TrustStore).models
    except (OSError, msgspec.MsgspecError):
        return {}  # Forgetting a permission only asks the user again.


def is_trusted(path: Path, sha256: str = "") -> bool:
    """Whether this very content was allowed to run its code; the hash is made only where it can matter."""
    allowed = trusted_models()
    if sha256:
        return sha256 in allowed
    if not is_model_path(path):
        return False
    size = bytes_of(path)
    return any(entry.bytes == size for entry in allowed.values()) and sha256_file(path) in allowed


def remember(path: Path, sha256: str, layers: tuple[str, ...]) -> None:
    """Allow a file to run its code from now on. Raises `WorkbenchError` CANNOT_WRITE."""
    entry = TrustedFile(str(path), bytes_of(path), layers, datetime.now(UTC).isoformat(timespec="seconds"))
    _write(trusted_models() | {sha256: entry})


def forget(sha256: str) -> None:
    """Take the permission back. Raises `WorkbenchError` CANNOT_WRITE."""
    left = trusted_models()
    if left.pop(sha256, None):
        _write(left)


def _write(models: dict[str, TrustedFile]) -> None:
    write_text(trust_file(), msgspec.json.format(msgspec.json.encode(TrustStore(models)), indent=2).decode() + "\n")
