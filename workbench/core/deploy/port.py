"""The port that every target implements, and the errors raised through it. No client library in here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from workbench.core.deploy.adapters import adapter_of
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report
from workbench.spec.batch import BatchInfo, BatchOrder
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.target import VersionInfo, check_target, kinds_with
from workbench.spec.targets.base import Target

NOT_FOUND: Final = "NOT_FOUND"
ALREADY_EXISTS: Final = "ALREADY_EXISTS"
NOT_POSSIBLE_NOW: Final = "NOT_POSSIBLE_NOW"
REFUSED: Final = "REFUSED"
PREDICTION_FAILED: Final = "PREDICTION_FAILED"
BAD_REPLY: Final = "BAD_REPLY"

READY: Final = "READY"
CREATING: Final = "CREATING"
FAILED: Final = "FAILED"

Instance = dict[str, object]


class TargetRefused(WorkbenchError):
    """The target rejected the request; `code` is one of the constants above, `message` the target's own text."""


class TargetPort(Protocol):
    """One target, open. Methods raise `TargetRefused` if the target rejects a request, `OutsideError` if it is down."""

    def close(self) -> None:
        """Close the connections."""

    def origin(self, manifest: Manifest, model: str) -> str:
        """The place of these files at the target, existing or not: the same files always have the same place."""

    def holds(self, info: VersionInfo, origin: str) -> bool:
        """Whether a version was created from exactly the files that `origin` denotes."""

    def stage(self, manifest: Manifest, model: str, report: Report) -> str:
        """Upload the files, verified, the graph last; returns `origin`. Files that are already there stay."""

    def ensure_model(self, model: str) -> bool:
        """Create the model if there is none; returns whether it was created now."""

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        """The model's versions, oldest first."""

    def new_name(self, model: str, names: Sequence[str]) -> str:
        """The next free version name beside `names`; empty if the target numbers versions itself."""

    def create_version(self, model: str, version: str, origin: str) -> str:
        """Start to create a version from the files at `origin`; the result is for `wait` and `cancel`."""

    def wait(self, operation: str, report: Report, step: str) -> str:
        """Wait for an operation; returns the version's name if the target chose it.

        Raises `WorkbenchError` VERSION_FAILED.
        """

    def cancel(self, operation: str) -> None:
        """Request an operation to stop, and wait a limited time for its end. One that is done stays as it is."""

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        """One prediction per instance, in order, as the server returns them. Empty `version`: the default one."""

    def try_out(self, info: VersionInfo, model: str, instances: Sequence[Instance], report: Report) -> list[Any]:
        """As `predict`, on this version before it receives any traffic."""

    def set_default(self, model: str, version: str, report: Report) -> None:
        """Make this version the default of the model."""

    def set_traffic(self, model: str, split: Mapping[str, int], report: Report) -> None:
        """Split the requests between these versions, in percent. Raises NO_TRAFFIC if the target cannot."""

    def tidy(self, model: str, origin: str) -> None:
        """Remove what a killed push may have left beside the version itself."""

    def delete_version(self, model: str, version: str) -> None:
        """Delete a version."""

    def delete_model(self, model: str) -> None:
        """Delete a model that has no versions."""

    def fetch(self, info: VersionInfo, path: str) -> bytes:
        """A file of a version, by its path below the version's folder."""

    def notes(self) -> tuple[str, ...]:
        """What the user should know about the push that has just ended, in sentences."""

    def submit(self, order: BatchOrder) -> BatchInfo:
        """Start a batch prediction job. Raises NO_BATCH if the target has none."""

    def batch(self, resource: str) -> BatchInfo:
        """The current state of a job."""

    def cancel_batch(self, resource: str) -> None:
        """Request a job to stop."""


@contextmanager
def open_port(target: Target, session: Any | None = None) -> Iterator[TargetPort]:
    """The target's port for as long as the block lasts; `session` replaces the real HTTP session (by a recorder).

    Raises `WorkbenchError` BAD_TARGET for invalid settings and UNKNOWN_TARGET for a kind without an adapter,
    `OutsideError` NO_SERVER if no server listens there.
    """
    check_target(target)
    port = adapter_of(target.kind).open(target, session)
    try:
        yield port
    finally:
        port.close()


def no_server(address: str, reason: str = "") -> OutsideError:
    """The error for an address where no server responds."""
    because = f" ({reason})" if reason else ""
    text = f"No server responds at {address}{because}."
    local = any(name in address for name in ("127.0.0.1", "localhost", "[::1]"))
    hint = "Start it with `workbench serve`." if local else "Check the network, the address and the proxy."
    return OutsideError("NO_SERVER", text, hint=hint)


def no_traffic(kind: str) -> WorkbenchError:
    """The error for a target where one version serves all requests."""
    hint = f"Only a {kinds_with('splits_traffic')} target can split traffic; use `versions set-default`."
    return WorkbenchError("NO_TRAFFIC", f"A {kind} target cannot split traffic between versions.", hint=hint)


def no_batch(kind: str) -> WorkbenchError:
    """The error for a target without batch jobs."""
    hint = f"Use a {kinds_with('runs_batches')} target, or `workbench predict` here."
    return WorkbenchError("NO_BATCH", f"A {kind} target has no batch prediction jobs.", hint=hint)
