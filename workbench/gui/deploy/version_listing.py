"""The versions of the model at the selected target: listed, and changed. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from workbench.gui.deploy.target_session import NOT_FOUND, TargetSession
from workbench.spec.messages import (
    AnyEvent,
    Cancelled,
    DeleteVersion,
    Failed,
    ListVersions,
    Request,
    RollBack,
    SetDefault,
    SetTraffic,
    VersionList,
)
from workbench.spec.target import VersionInfo


class VersionListing(QObject):
    """`versions` as they were listed last, `looked` once they have been; `changed` tells that either is new."""

    changed = Signal()

    def __init__(self, target: TargetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._target = target
        self.versions: tuple[VersionInfo, ...] = ()
        self.looked = self._looking = False
        target.moved.connect(self._forget)

    def refresh(self) -> None:
        """List the versions."""
        self._target.served(self._list)

    def look_again(self) -> None:
        """List the versions anew, without a word and without holding anything up; what is the same moves nothing."""
        target = self._target
        if target.busy or self._looking or not self.looked or not target.may_look or not target.is_served:
            return
        self._looking, asked = True, (target.name, target.model)
        request = ListVersions(**self._about())
        job = target.session.engines.targets.send(request, "")
        job.ended.connect(lambda event: self._on_looked(event, asked))

    def known(self, act: Callable[[], None]) -> None:
        """Do something once it is known which versions there are, or that they cannot be listed."""
        if self.looked:
            act()
            return
        asked = (self._target.name, self._target.model)
        job = self._target.ask(ListVersions(**self._about()), self.tr("Listing the versions"))
        job.ended.connect(lambda event: self._on_versions(event, asked))
        job.ended.connect(lambda event: act() if not isinstance(event, Cancelled) else None)

    def set_default(self, version: str) -> None:
        """Make a version the default."""
        title = self.tr("Setting {version} as default").format(version=version)
        self._change(lambda: SetDefault(**self._about(), version=version), title)

    def roll_back(self) -> None:
        """Go back to the default before this one."""
        self._change(lambda: RollBack(**self._about()), self.tr("Rolling back"))

    def set_traffic(self, split: Mapping[str, int]) -> None:
        """Share the requests."""
        shares = dict(split)
        self._change(
            lambda: SetTraffic(**self._about(), split=shares),
            self.tr("Setting the traffic split"),
        )

    def delete(self, version: str) -> None:
        """Remove a version."""
        title = self.tr("Deleting {version}").format(version=version)
        self._change(lambda: DeleteVersion(**self._about(), version=version), title)

    def _about(self) -> dict[str, Any]:
        return {**self._target.about(), "model": self._target.model}

    def _change(self, request: Callable[[], Request], title: str) -> None:
        self._target.served(lambda: self._ask_versions(request(), title))

    def _list(self) -> None:
        title = self.tr("Listing the versions")
        self._ask_versions(ListVersions(**self._about()), title)

    def _ask_versions(self, request: Request, title: str) -> None:
        asked = (self._target.name, self._target.model)
        self._target.ask(request, title).ended.connect(lambda event: self._on_versions(event, asked))

    def _on_versions(self, event: AnyEvent, asked: tuple[str, str]) -> None:
        # An answer about another target or model than the one that is looked at now is none.
        if asked != (self._target.name, self._target.model):
            return
        if isinstance(event, VersionList):
            self._show_versions(event.versions)
        elif isinstance(event, Failed) and event.error.code == NOT_FOUND:
            self._show_versions(())

    def _on_looked(self, event: AnyEvent, asked: tuple[str, str]) -> None:
        self._looking = False
        # While something is asked of the target its own answer is the newer one.
        if not self._target.busy and isinstance(event, VersionList) and event.versions != self.versions:
            self._on_versions(event, asked)

    def _show_versions(self, versions: tuple[VersionInfo, ...]) -> None:
        self.versions, self.looked = versions, True
        self.changed.emit()

    def _forget(self) -> None:
        self.versions, self.looked = (), False
        self.changed.emit()
