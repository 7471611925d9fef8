"""Actions of the push page on the selected target, and the handling of their results."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.deploy.call_request import CallRequest, call_request
from workbench.gui.deploy.push_page import PushPage
from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.deploy.version_listing import VersionListing
from workbench.gui.engine.job import EngineJob
from workbench.gui.gate.panel import GatePanel
from workbench.spec.errors import WorkbenchError
from workbench.spec.messages import (
    AnyEvent,
    CallVersion,
    DiffVersions,
    FinishedRows,
    PushPlanned,
    PushVersion,
    ReleaseLog,
    ReleasesRead,
    VersionDiff,
    VersionPushed,
)
from workbench.spec.project import Project
from workbench.spec.target import VersionInfo


class TargetActions(QObject):
    """Push, plan, call, compare and the log; listing and changing versions is `listing`'s own."""

    pushed = Signal(object, object, str)  # the ending, the project, the target's name

    def __init__(
        self,
        desk: TargetSession,
        listing: VersionListing,
        page: PushPage,
        gate: GatePanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._listing, self._page, self._gate = desk, listing, page, gate
        page.push.push_wanted.connect(lambda: desk.served(lambda: listing.known(self._push)))
        page.push.plan_wanted.connect(self._plan)
        page.push.model_changed.connect(desk.set_model)
        page.call.call_wanted.connect(lambda paths: desk.served(lambda: self._call(tuple(paths))))
        page.versions.compare_wanted.connect(lambda old, new: desk.served(lambda: self._compare(old, new)))
        page.versions.view.selectionModel().selectionChanged.connect(self._name_version)
        page.below.shown.connect(self._on_page)
        desk.chosen_changed.connect(self._on_chosen)
        listing.changed.connect(self._on_versions)
        self._on_chosen()

    def _on_chosen(self) -> None:
        target = self._desk.target
        if target is not None:
            self._page.push.set_target(self._desk.name, target)
        self._page.plan.clear()
        self._page.call.begin()

    def _on_versions(self) -> None:
        self._page.push.suggest_default(first=self._listing.looked and not self._listing.versions)
        self._page.compare.clear()
        self._page.log.set_lines(())
        self._name_version()
        self._read_log()

    def _on_page(self, _place: int) -> None:
        self._read_log()

    def _name_version(self) -> None:
        version, desk = self._page.versions.chosen(), self._desk
        name = _name(version) or self.tr("the default version")
        self._page.call.set_version(
            self.tr("{name} of '{model}' at {target}").format(name=name, model=desk.model, target=desk.name)
        )

    def _request(self, *, dry_run: bool) -> PushVersion:
        card = self._page.push
        return PushVersion(
            **self._desk.about(),
            model=card.model.text(),
            version=card.version.text(),
            default=card.default.isChecked() and card.share is None,
            traffic=card.share,
            machine=card.machine.machine(),
            override="" if dry_run else card.reason,
            dry_run=dry_run,
            **self._gate.judging,
        )

    def _push(self) -> None:
        request = self._request(dry_run=False)
        project, target = request.project, request.target
        job = self._begin(request, self.tr("Pushing {model} to {target}"))
        job.ended.connect(lambda event: self._on_pushed(event, project, target))

    def _plan(self) -> None:
        request = self._request(dry_run=True)
        job = self._begin(request, self.tr("Dry run of {model} for {target}"))
        job.ended.connect(lambda event: self._on_planned(event, request.target))

    def _begin(self, request: PushVersion, title: str) -> EngineJob:
        card = self._page.push
        words = title.format(model=request.model, target=request.target)
        self._desk.forgive()
        self._page.below.show_page(card)
        card.progress.begin(words)
        card.set_busy(True)
        job = self._desk.ask(request, words)
        job.progressed.connect(card.progress.on_progress)
        settings = self._gate.run.settings()
        job.judged.connect(lambda verdict: self._gate.run.take(verdict, settings))
        job.ended.connect(self._end)
        return job

    def _end(self, event: AnyEvent) -> None:
        self._page.push.progress.end(event)
        self._page.push.set_busy(False)

    def _on_pushed(self, event: AnyEvent, project: Project, target: str) -> None:
        self.pushed.emit(event, project, target)
        if isinstance(event, VersionPushed) and target == self._desk.name:
            self._listing.refresh()
        else:
            self._read_log()

    def _on_planned(self, event: AnyEvent, target: str) -> None:
        if isinstance(event, PushPlanned):
            self._page.plan.show_plan(event.plan, target)
            self._page.below.show_page(self._page.plan)

    def _call(self, paths: tuple[str, ...]) -> None:
        desk, inputs = self._desk, self._desk.session.call_inputs
        request = CallVersion(
            **desk.about(),
            model=desk.model,
            inputs=paths,
            version=_name(self._page.versions.chosen()),
            values=inputs.values,
            features=inputs.features,
        )
        self._desk.forgive()
        self._page.call.begin(self._call_request(paths, request.version))
        self._page.below.show_page(self._page.call)
        job = desk.ask(request, self.tr("Calling {model}").format(model=request.model))
        job.rows_came.connect(self._on_rows)
        job.ended.connect(self._page.call.end)

    def _call_request(self, paths: tuple[str, ...], version: str) -> CallRequest | None:
        """What is shown of the request; nothing where a file cannot be read: the call itself says so."""
        desk, session = self._desk, self._desk.session
        if desk.target is None or session.composition is None:
            return None
        url = desk.target.predict_url(desk.model, version)
        try:
            return call_request(url, paths[0], session.call_inputs, session.composition)
        except WorkbenchError:
            return CallRequest(url, {}, {})

    def _on_rows(self, event: FinishedRows) -> None:
        self._page.call.add_rows(event.rows)

    def _compare(self, old: str, new: str) -> None:
        request = DiffVersions(**self._desk.about(), model=self._desk.model, old=old, new=new)
        self._desk.forgive()
        title = self.tr("Comparing {old} with {new}").format(old=old, new=new)
        self._desk.ask(request, title).ended.connect(lambda event: self._on_compared(event, old, new))

    def _on_compared(self, event: AnyEvent, old: str, new: str) -> None:
        if isinstance(event, VersionDiff):
            self._page.compare.show_diff(old, new, event.diff)
            self._page.below.show_page(self._page.compare)

    def _read_log(self) -> None:
        """The log is a file of this machine: it is read without a word whenever it is looked at."""
        desk = self._desk
        seen = self._page.below.current() is self._page.log and desk.may_look
        if not seen or desk.target is None or not desk.model:
            return
        asked = (desk.name, desk.model)
        job = desk.session.engines.targets.send(ReleaseLog(**desk.about(), model=desk.model), "")
        job.ended.connect(lambda event: self._on_log(event, asked))

    def _on_log(self, event: AnyEvent, asked: tuple[str, str]) -> None:
        if isinstance(event, ReleasesRead) and asked == (self._desk.name, self._desk.model):
            self._page.log.set_lines(event.lines)


def _name(version: VersionInfo | None) -> str:
    """A version's name; the default one is asked for by no name, as callers do."""
    return "" if version is None or version.default else version.name
