"""The Deploy tab's part of the screenshots: every kind of target, its questions, plans, log and calls, for real.

The Vertex AI and ML Engine targets are pushed to at the practice server, which speaks their APIs too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.gui.app import Application
from workbench.spec.resources import resource
from workbench.spec.target import AnyTarget
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget


class TargetTour:
    """Photographs with `shoot(name)` whatever has been reached; `until` waits."""

    def __init__(
        self, workbench: Application, shoot: Callable[[str], None], until: Callable[[str, Callable[[], bool]], None]
    ) -> None:
        self._session = workbench.session
        self._tab = workbench.window.tabs.deploy
        self._shoot, self._until = shoot, until

    def tell(self, folder: Path) -> None:
        """The whole of it; `folder` takes the folder target's versions."""
        project = self._session.project
        assert project is not None
        self._tab.pages.show_page(self._tab.push_page)
        self._push_local()
        self._photograph_form()
        targets = {**project.targets, **self._targets(folder)}
        self._session.edit(msgspec.structs.replace(project, targets=targets), "Targets")
        self._photograph_vertex()
        for name in ("old", "bucket", "shelf"):
            self._tab.desk.choose(name)
            self._shoot(f"5-deploy-6-{name}")
        self._photograph_folder()
        self._session.edit(project, "Targets")

    def _targets(self, folder: Path) -> dict[str, AnyTarget]:
        assert self._session.project is not None
        url = self._session.project.target("local").endpoint()
        return {
            "production": VertexTarget(project="acme-vision-1", region="europe-west4", bucket="workbench", url=url),
            "old": MlEngineTarget(project="acme-vision-1", region="us-central1", bucket="acme-models", runtime="2.11"),
            "bucket": FolderTarget(path="gs://acme-models/repository"),
            "shelf": FolderTarget(path=str(folder / "shelf"), runtime="2.19"),
        }

    def _idle(self) -> None:
        self._until("the target has answered", lambda: not self._tab.desk.busy)

    def _push(self) -> None:
        self._idle()
        count = len(self._tab.versions_card.table.versions)
        self._tab.push_card.button.click()
        self._tab.push_card.confirm.act_button.click()
        self._until("a push runs", lambda: bool(self._tab.push_card.steps.steps()))
        self._until("a version is pushed", lambda: len(self._tab.versions_card.table.versions) > count)
        self._idle()

    def _push_local(self) -> None:
        """The second version of what is there, under a name of its own."""
        self._tab.push_card.version.setText("better")
        self._tab.push_card.button.click()
        self._until("the push has begun", lambda: bool(self._tab.push_card.steps.steps()))
        self._shoot("5-deploy-1-pushing")
        self._until("the push has ended", lambda: not self._tab.desk.busy)
        self._tab.push_card.version.clear()
        self._shoot("5-deploy-1-local")

    def _photograph_form(self) -> None:
        pane = self._tab.push_page.targets
        pane.add_button.click()
        pane.form.name.setText("production")
        pane.form.text("project").setText("My Project")
        pane.form.save_button.click()
        self._shoot("5-deploy-2-add")
        pane.form.kind.setCurrentIndex(pane.form.kind.findData("mlengine"))
        self._shoot("5-deploy-2-add-mlengine")
        pane.form.left.emit()

    def _photograph_vertex(self) -> None:
        tab, card = self._tab, self._tab.versions_card
        tab.desk.choose("production")
        self._until("the credentials are known", lambda: tab.access.access is not None or tab.access.error is not None)
        self._idle()
        tab.push_card.version.setText("candidate")
        tab.push_card.plan_button.click()
        self._until("the dry run is there", lambda: bool(tab.push_page.plan.calls.text()))
        self._shoot("5-deploy-3-plan")
        tab.push_page.below.show_page(tab.push_card)
        tab.push_card.traffic.setValue(100)
        tab.push_card.button.click()
        self._shoot("5-deploy-4-question")
        tab.push_card.confirm.withdraw()
        self._push()
        self._shoot("5-deploy-5-vertex")
        card.traffic_button.click()
        self._shoot("5-deploy-5-traffic")
        card.traffic.leave()
        card.delete_button.click()
        self._shoot("5-deploy-5-delete")
        card.confirm.withdraw()
        tab.push_page.below.show_page(tab.push_page.log)
        self._until("the log is there", lambda: bool(tab.push_page.log.table.lines))
        self._shoot("5-deploy-5-log")
        tab.push_card.traffic.setValue(-1)
        tab.push_card.version.clear()

    def _photograph_folder(self) -> None:
        tab = self._tab
        self._push()
        tab.desk.choose("local")
        self._until("the versions are there", lambda: len(tab.versions_card.table.versions) > 1)
        self._idle()
        tab.versions_card.view.selectRow(len(tab.versions_card.table.versions) - 1)
        tab.versions_card.compare_button.click()
        self._until("they are compared", lambda: not tab.desk.busy)
        self._shoot("5-deploy-7-compared")
        tab.take_images((str(resource("sample", "images", "three_1438.jpg")),))
        self._until("the call is answered", lambda: bool(tab.call_card.reply.text()))
        self._shoot("5-deploy-8-called")
