"""The port every target implements, and the errors that come through it. No client library in here."""

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
        """Where these files lie at the target, or will lie: the same files always in the same place."""

    def holds(self, info: VersionInfo, origin: str) -> bool:
        """Whether a version was made of the very files that `origin` names."""

    def stage(self, manifest: Manifest, model: str, report: Report) -> str:
        """Bring the files there, checked, the graph last; the answer is `origin`. What is there already stays."""

    def ensure_model(self, model: str) -> bool:
        """Make the model if there is none; whether it was made now."""

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        """The model's versions, oldest first."""

    def new_name(self, model: str, names: Sequence[str]) -> str:
        """The next free version name beside these; empty where the target numbers versions itself."""

    def create_version(self, model: str, version: str, origin: str) -> str:
        """Begin a version made of the files at `origin`; the answer is for `wait` and `cancel`."""

    def wait(self, operation: str, report: Report, step: str) -> str:
        """Until it is done; the version's name where the target chose it. Raises `WorkbenchError` VERSION_FAILED."""

    def cancel(self, operation: str) -> None:
        """Ask it to stop, and give it time to be done one way or the other. One that is done stays as it is."""

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        """One prediction an instance, in order, as they come. Empty `version`: the default one."""

    def try_out(self, info: VersionInfo, model: str, instances: Sequence[Instance], report: Report) -> list[Any]:
        """As `predict`, on this version before it receives any traffic."""

    def set_default(self, model: str, version: str, report: Report) -> None:
        """Let this version answer for the model."""

    def set_traffic(self, model: str, split: Mapping[str, int], report: Report) -> None:
        """Let these versions share the requests, in percent. Raises NO_TRAFFIC where the target cannot."""

    def tidy(self, model: str, origin: str) -> None:
        """Remove what a killed push may have left beside the version itself."""

    def delete_version(self, model: str, version: str) -> None:
        """Remove it."""

    def delete_model(self, model: str) -> None:
        """Remove a model that has no versions."""

    def fetch(self, info: VersionInfo, path: str) -> bytes:
        """A file of a version, by its path below the version's folder."""

    def notes(self) -> tuple[str, ...]:
        """What the user should know of the push that was just done, in sentences."""

    def submit(self, order: BatchOrder) -> BatchInfo:
        """Begin a batch prediction job. Raises NO_BATCH where the target has none."""

    def batch(self, resource: str) -> BatchInfo:
        """How far a job is."""

    def cancel_batch(self, resource: str) -> None:
        """Ask a job to stop."""


@contextmanager
def open_port(target: Target, session: Any | None = None) -> Iterator[TargetPort]:
    """The target's port for as long as the block lasts; `session` replaces the real HTTP (a recorder's).

    Raises `WorkbenchError` BAD_TARGET for settings that cannot be and UNKNOWN_TARGET for a kind without an adapter,
    `OutsideError` NO_SERVER if nobody listens there.
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
    text = f"No server answers at {address}{because}."
    local = any(name in address for name in ("127.0.0.1", "localhost", "[::1]"))
    hint = "Start it with `workbench serve`." if local else "Check the network, the address and the proxy."
    return OutsideError("NO_SERVER", text, hint=hint)


def no_traffic(kind: str) -> WorkbenchError:
    """The error for a target where one version answers everything."""
    hint = f"Only a {kinds_with('splits_traffic')} target can split traffic; use `versions set-default`."
    return WorkbenchError("NO_TRAFFIC", f"A {kind} target cannot split traffic between versions.", hint=hint)


def no_batch(kind: str) -> WorkbenchError:
    """The error for a target without batch jobs."""
    hint = f"Use a {kinds_with('runs_batches')} target, or `workbench predict` here."
    return WorkbenchError("NO_BATCH", f"A {kind} target has no batch prediction jobs.", hint=hint)
