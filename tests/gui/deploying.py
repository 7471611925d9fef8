"""A shown Deploy tab with targets of every kind, and what a person does with it."""

from __future__ import annotations

from typing import Final

import msgspec
from pytestqt.qtbot import QtBot

from gui.acting import project_of
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.project.session import ProjectSession
from workbench.spec.target import AnyTarget
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

VERTEX: Final = VertexTarget(project="acme-vision-1", region="europe-west4", bucket="acme-models")
ML_ENGINE: Final = MlEngineTarget(project="stranger-1", region="us-central1", bucket="acme-models", runtime="2.11")
FOLDER: Final = FolderTarget(path="shelf", runtime="2.19")

TARGETS: Final[dict[str, AnyTarget]] = {"prod": VERTEX, "old": ML_ENGINE, "shelf": FOLDER, "empty": FOLDER}


def add_targets(session: ProjectSession, tab: DeployTab, name: str = "local") -> None:
    """Targets of every kind in the project, the page in front, one of them chosen."""
    session.edit(msgspec.structs.replace(project_of(session), targets=dict(TARGETS)), "Targets")
    tab.pages.show_page(tab.push_page)
    tab.desk.choose(name)


def idle(qtbot: QtBot, tab: DeployTab) -> None:
    """Wait until nothing is asked of the target."""
    qtbot.waitUntil(lambda: not tab.desk.busy)


def push(qtbot: QtBot, tab: DeployTab, count: int) -> None:
    """Push once more, agreeing to what it costs, and wait for so many versions."""
    idle(qtbot, tab)
    tab.push_card.button.click()
    if tab.push_card.confirm.asking:
        tab.push_card.confirm.act_button.click()
    qtbot.waitUntil(lambda: len(tab.versions_card.table.versions) == count and not tab.desk.busy)


def shown_rows(tab: DeployTab) -> list[str]:
    """The names of the versions in the table."""
    return [version.name for version in tab.versions_card.table.versions]
