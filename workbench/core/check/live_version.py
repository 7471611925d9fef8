"""The version in place, as the checks need it: what it says of itself and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from workbench.spec.errors import ErrorInfo
from workbench.spec.manifest import ExportManifest
from workbench.spec.tensors import SignatureSpec


class LiveVersion(Protocol):
    """A version at a target. Who starts the gate looks it up; the checks know no targets."""

    @property
    def name(self) -> str:
        """The model and the version, as people say them."""

    @property
    def signatures(self) -> dict[str, SignatureSpec]:
        """The signatures of its files."""

    @property
    def manifest(self) -> ExportManifest | None:
        """What it says of itself, where it is an export of ours."""

    def answers(self, instances: Sequence[dict[str, Any]]) -> list[dict[str, object] | ErrorInfo]:
        """Its online predictions, one an instance in order. Raises `OutsideError` when the target fails."""
