"""The adapter of each kind of target, imported on first use."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.deploy.dryrun.rehearsal import Rehearsal
    from workbench.core.deploy.port import TargetPort


class Adapter(msgspec.Struct, frozen=True):
    """Where a kind's code is, each as `package.module:name`.

    `port` is called with a target and a session, or `None` for a real one, and returns a `TargetPort`; `rehearsal` is a
    `Rehearsal`, which replaces the target in a dry run.
    """

    port: str
    rehearsal: str

    def open(self, target: Target, session: Any | None = None) -> TargetPort:
        """The port of a target."""
        make: Callable[[Target, Any | None], TargetPort] = pkgutil.resolve_name(self.port)
        return make(target, session)

    def rehearse(self) -> Rehearsal:
        """The kind's rehearsal for a dry run."""
        found: Rehearsal = pkgutil.resolve_name(self.rehearsal)
        return found


_HERE: Final = "workbench.core.deploy"

ADAPTERS: Final[dict[str, Adapter]] = {
    "vertex": Adapter(f"{_HERE}.vertex:VertexPort", f"{_HERE}.dryrun.vertex:REHEARSAL"),
    "folder": Adapter(f"{_HERE}.folder:FolderPort", f"{_HERE}.dryrun.folder:REHEARSAL"),
    "mlengine": Adapter(f"{_HERE}.mlengine:MlEnginePort", f"{_HERE}.dryrun.mlengine:REHEARSAL"),
    "local": Adapter(f"{_HERE}.mlengine:LocalPort", f"{_HERE}.dryrun.mlengine:REHEARSAL"),
}
"""The adapter of each kind: a new kind is registered here."""


def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind. Raises `WorkbenchError` UNKNOWN_TARGET if it has none."""
    if kind not in ADAPTERS:
        hint = f"Supported kinds: {', '.join(ADAPTERS)}."
        raise WorkbenchError("UNKNOWN_TARGET", f"The kind of target '{kind}' is not supported.", hint=hint)
    return ADAPTERS[kind]
