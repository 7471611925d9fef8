"""A kind of target that the product does not know, in one module as a real kind is: `DEPOT/SHELF/MODEL/NUMBER`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import msgspec
import pytest

from workbench.core.deploy.adapters import ADAPTERS, Adapter
from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing
from workbench.core.deploy.dryrun.rehearsal import Golden, Rehearsal
from workbench.core.deploy.folder import FolderPort
from workbench.spec.model import Problem
from workbench.spec.release import PushOrder
from workbench.spec.target import KINDS
from workbench.spec.targets.base import NameRule, Target, TargetKind
from workbench.spec.targets.folder import FolderTarget


class DepotTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="depot"):
    """Shelves of a depot; models begin with a Roman number, so that its rule is no other kind's."""

    kind: ClassVar[str] = "depot"
    facts: ClassVar[TargetKind] = TargetKind(
        title="Depot",
        about="Shelves of models.",
        icon="folder",
        model_name=NameRule(pattern=r"[IVX]+_\w+", refusal="'{name}' is on no shelf.", hint="Such as IV_digits."),
        version_name=NameRule(pattern=r"\d+", refusal="'{name}' is no number.", hint="Use a number."),
        first_fields=("depot",),
        choices={"shelf": ("1", "2")},
        files_only=True,
    )

    depot: str
    shelf: int = 1
    tags: tuple[str, ...] = ()

    def location(self) -> tuple[str, ...]:
        """Depot and shelf."""
        return (self.depot, f"shelf {self.shelf}")

    def on_disk(self) -> bool:
        """Always."""
        return True

    def problems(self) -> Iterator[Problem]:
        """A shelf that is not there."""
        if not 1 <= self.shelf <= 9:
            yield Problem("BAD_TARGET", f"There is no shelf {self.shelf}.", "shelf")

    def at_base(self, base: Path) -> Self:
        """The depot beside the project."""
        return msgspec.structs.replace(self, depot=str(base / self.depot))


class DepotPort(FolderPort):
    """Versions on a shelf are numbered folders."""

    def __init__(self, target: DepotTarget, session: Any | None = None) -> None:
        super().__init__(FolderTarget(path=f"{target.depot}/{target.shelf}"), session)


class _NoApi:
    def __init__(self, golden: Golden) -> None:
        """A depot is asked for nothing."""

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        return missing(asked.path)


def _no_commands(target: object, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _copies(export: Path, target: DepotTarget, order: PushOrder) -> list[str]:
    return [f"shelve {export.name} {target.shelf} {order.model}"]


REHEARSAL: Final = Rehearsal(_NoApi, _no_commands, _copies)


def enter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter the kind in the two tables, for the length of a test."""
    monkeypatch.setitem(KINDS, "depot", DepotTarget)
    monkeypatch.setitem(ADAPTERS, "depot", Adapter(f"{__name__}:DepotPort", f"{__name__}:REHEARSAL"))
