"""Stores the user's consent to run a model file's own code, by the file's hash."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.core.consent import TrustedFile, keep, now, trust_store
from workbench.core.model.sniff import bytes_of, is_model_path, sha256_file


def trusted_models() -> dict[str, TrustedFile]:
    """The trusted files by SHA-256; empty if the stored list is missing or damaged."""
    return trust_store().models


def is_trusted(path: Path, sha256: str = "") -> bool:
    """Whether the user consented to run the code of this exact content; it is hashed only if that can matter."""
    allowed = trusted_models()
    if sha256:
        return sha256 in allowed
    if not is_model_path(path):
        return False
    size = bytes_of(path)
    return any(entry.bytes == size for entry in allowed.values()) and sha256_file(path) in allowed


def remember(path: Path, sha256: str, layers: tuple[str, ...]) -> None:
    """Store the consent to run a file's code. Raises `WorkbenchError` CANNOT_WRITE."""
    _write(trusted_models() | {sha256: TrustedFile(str(path), bytes_of(path), layers, now())})


def forget(sha256: str) -> None:
    """Withdraw the consent. Raises `WorkbenchError` CANNOT_WRITE."""
    left = dict(trusted_models())
    if left.pop(sha256, None):
        _write(left)


def _write(models: dict[str, TrustedFile]) -> None:
    keep(msgspec.structs.replace(trust_store(), models=models))
