"""The port every target implements, and the errors that come through it. No client library in here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from workbench.core.deploy.manifest import Manifest
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.target import Target, VersionInfo

NOT_FOUND: Final = "NOT_FOUND"
ALREADY_EXISTS: Final = "ALREADY_EXISTS"
NOT_POSSIBLE_NOW: Final = "NOT_POSSIBLE_NOW"
REFUSED: Final = "REFUSED"
PREDICTION_FAILED: Final = "PREDICTION_FAILED"
BAD_REPLY: Final = "BAD_REPLY"

READY: Final = "READY"
CREATING: Final = "CREATING"


class Refusal(WorkbenchError):
    """The target understood and said no; `code` is one of the words above, `message` is the target's own."""


class Port(Protocol):
    """One target, open. Every method raises `Refusal` when the target says no, `OutsideError` when it cannot answer."""

    def origin(self, manifest: Manifest) -> str:
        """Where these files lie at the target, or will lie: the same files always in the same place."""

    def stage(self, manifest: Manifest, report: Report) -> str:
        """Bring the files there, checked, the graph last; the answer is `origin`. What is there already stays."""

    def ensure_model(self, model: str) -> bool:
        """Make the model if there is none; whether it was made now."""

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        """The model's versions, oldest first."""

    def create_version(self, model: str, version: str, origin: str) -> str:
        """Begin a version made of the files at `origin`; the answer is for `wait` and `cancel`."""

    def wait(self, operation: str, report: Report, step: str) -> None:
        """Until it is done. Raises `WorkbenchError` VERSION_FAILED with the target's reason."""

    def cancel(self, operation: str) -> None:
        """Ask it to stop, and give it time to be done one way or the other. One that is done stays as it is."""

    def predict(self, model: str, version: str, instances: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        """One prediction an instance, in order. Empty `version`: the default one."""

    def set_default(self, model: str, version: str) -> None:
        """Let this version answer for the model."""

    def delete_version(self, model: str, version: str) -> None:
        """Remove it."""

    def delete_model(self, model: str) -> None:
        """Remove a model that has no versions."""


@contextmanager
def open_port(target: Target) -> Iterator[Port]:
    """The target's port for as long as the block lasts. Raises `OutsideError` NO_SERVER if nobody listens there."""
    from workbench.core.deploy.mlengine import MlEngine

    port = MlEngine(target)
    try:
        yield port
    finally:
        port.close()


def no_server(address: str, reason: str = "") -> OutsideError:
    """The error for an address where nobody answers."""
    because = f" ({reason})" if reason else ""
    text = f"No server answers at {address}{because}."
    return OutsideError("NO_SERVER", text, hint="Start it with `workbench serve`.")
