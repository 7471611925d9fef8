"""The Deploy tab on the real engine, at the practice server and at its stand-in for Vertex: versions move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from deploying import BUCKET, CLOUD, REGION, golden_export, make_bucket
from number_exports import number_export
from pytestqt.qtbot import QtBot

from gui.acting import project_of
from workbench.core.deploy.push import push
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.progress import silent
from workbench.core.serve.run import running
from workbench.gui.app import Application
from workbench.gui.deploy.log_page import LogColumn
from workbench.gui.deploy.tab import DeployTab
from workbench.spec.release import PushOrder
from workbench.spec.resources import resource
from workbench.spec.target import AnyTarget
from workbench.spec.targets.local import LOCAL_URL_VARIABLE, LocalTarget
from workbench.spec.targets.vertex import VertexTarget

PATIENCE: Final = 120_000
MODEL: Final = "numbers"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Two exports that answer differently."""
    return tuple(
        golden_export(number_export(tmp_path_factory.mktemp("raw"), factor), tmp_path_factory.mktemp("made"), factor)
        for factor in (1.0, 2.0)
    )


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A practice server of somebody else's, where the window looks for it."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    with running(tmp_path / "root") as address:
        monkeypatch.setenv(LOCAL_URL_VARIABLE, address)
        make_bucket(address)
        yield address


@pytest.fixture
def tab(qtbot: QtBot, url: str, golden: tuple[Path, ...], tmp_path: Path) -> Iterator[DeployTab]:
    """The page Push and versions, with two versions pushed to each target: the first is the default."""
    vertex = VertexTarget(project=CLOUD, region=REGION, bucket=BUCKET, url=url)
    places: tuple[AnyTarget, ...] = (LocalTarget(url=url), vertex)
    for target in places:
        for number, export in enumerate(golden):
            push(export, target, PushOrder(model=MODEL, default=not number), report=silent)
    bench = Application(server_root=tmp_path / "server")
    bench.window.show()
    bench.begin()
    bench.session.open(str(resource("sample", "project.toml")))
    qtbot.waitUntil(lambda: bench.session.facts is not None, timeout=PATIENCE)
    bench.session.edit(msgspec.structs.replace(project_of(bench.session), targets={"prod": vertex}), "Targets")
    made = bench.window.tabs.deploy
    bench.window.pages.setCurrentWidget(made)
    made.pages.show_page(made.push_page)
    made.push_card.model.setText(MODEL)
    yield made
    bench.window.close_without_asking()
    bench.shut_down()
    bench.window.deleteLater()


def shown(tab: DeployTab) -> list[tuple[str, bool, int | None]]:
    return [(v.name, v.default, v.traffic) for v in tab.versions_card.table.versions]


def settle(qtbot: QtBot, tab: DeployTab, wanted: list[tuple[str, bool, int | None]]) -> None:
    qtbot.waitUntil(lambda: tab.listing.looked and not tab.desk.busy and shown(tab) == wanted, timeout=PATIENCE)
    assert tab.desk.told is None


def agree(tab: DeployTab) -> None:
    """Say yes to what is asked."""
    assert tab.versions_card.confirm.asking
    tab.versions_card.confirm.act_button.click()


def test_versions_are_made_the_default_taken_back_shared_and_deleted(qtbot: QtBot, tab: DeployTab) -> None:
    card = tab.versions_card
    if not tab.listing.looked:
        card.refresh_button.click()
    settle(qtbot, tab, [("v1", True, None), ("v2", False, None)])
    card.view.selectRow(1)
    card.default_button.click()
    settle(qtbot, tab, [("v1", False, None), ("v2", True, None)])
    card.back_button.click()
    agree(tab)
    settle(qtbot, tab, [("v1", True, None), ("v2", False, None)])
    card.view.selectRow(1)
    card.delete_button.click()
    agree(tab)
    settle(qtbot, tab, [("v1", True, None)])
    log = tab.push_page.log
    tab.push_page.below.show_page(log)
    model = log.view.model()
    qtbot.waitUntil(lambda: model.rowCount() == 5, timeout=PATIENCE)
    said = [str(model.index(row, LogColumn.WHAT).data()) for row in range(5)]
    assert said == ["delete v2", "roll back to v1", "v2 the default", "push v2", "push v1"]

    tab.desk.choose("prod")
    qtbot.waitUntil(lambda: tab.access.access is not None, timeout=PATIENCE)
    assert "No account is used" in tab.push_page.targets.card.access.text
    settle(qtbot, tab, [("1", True, 100), ("2", False, None)])
    card.traffic_button.click()
    card.traffic.boxes["1"].setValue(70)
    card.traffic.boxes["2"].setValue(30)
    card.traffic.apply_button.click()
    settle(qtbot, tab, [("1", True, 70), ("2", False, 30)])
    card.view.selectRow(1)
    card.default_button.click()
    agree(tab)
    settle(qtbot, tab, [("1", False, 0), ("2", True, 100)])
    card.back_button.click()
    agree(tab)
    settle(qtbot, tab, [("1", True, 100), ("2", False, 0)])
    card.view.selectRow(1)
    card.delete_button.click()
    agree(tab)
    settle(qtbot, tab, [("1", True, 100)])
