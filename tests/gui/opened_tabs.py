"""Fixtures that open one tab on a model the fake engine knows by its name; conftest hands them to every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.acting import begin
from workbench.gui.deploy.local_server import LocalServer
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.predict.tab import PredictTab
from workbench.gui.project.session import ProjectSession
from workbench.gui.signature.tab import SignatureTab

MakeSignature = Callable[[str], tuple[ProjectSession, SignatureTab]]
MadeTest = tuple[ProjectSession, PredictTab]
MakeTest = Callable[..., MadeTest]
MakeServer = Callable[..., LocalServer]
MakeDeploy = Callable[..., tuple[ProjectSession, DeployTab, LocalServer]]


@pytest.fixture
def make_signature(
    qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]
) -> MakeSignature:
    """A shown Signature tab on an open model."""

    def act(name: str) -> tuple[ProjectSession, SignatureTab]:
        session = make_session()
        tab = SignatureTab(session)
        begin(qtbot, session, tab, model_file(name))
        return session, tab

    return act


@pytest.fixture
def make_tab(
    qtbot: QtBot, make_session: Callable[..., ProjectSession], model_file: Callable[[str], Path]
) -> Iterator[MakeTest]:
    """A shown Test tab on an open model, with an engine of those options."""
    made: list[PredictTab] = []

    def act(*options: str, model: str = "digits.h5") -> MadeTest:
        session = make_session(*options)
        tab = PredictTab(session)
        made.append(tab)
        qtbot.addWidget(tab)
        tab.resize(1200, 640)
        tab.show()
        with qtbot.waitSignal(session.opened):
            session.open(str(model_file(model)))
        return session, tab

    yield act
    for tab in made:
        tab.run.close()


@pytest.fixture
def make_server(server_command: tuple[str, ...], tmp_path: Path) -> Iterator[MakeServer]:
    """Local servers with a fake child; all are stopped after the test."""
    made: list[LocalServer] = []

    def act(*options: str) -> LocalServer:
        server = LocalServer((*server_command, *options), tmp_path / "root")
        made.append(server)
        return server

    yield act
    for server in made:
        server.shut_down()
        server.deleteLater()


@pytest.fixture
def make_deploy(
    qtbot: QtBot,
    make_session: Callable[..., ProjectSession],
    make_server: MakeServer,
    model_file: Callable[[str], Path],
) -> MakeDeploy:
    """A shown Deploy tab on an open model."""

    def act(*options: str, server: tuple[str, ...] = ()) -> tuple[ProjectSession, DeployTab, LocalServer]:
        session, local = make_session(*options), make_server(*server)
        tab = DeployTab(session, local)
        qtbot.addWidget(tab)
        with qtbot.waitSignal(session.opened):
            session.open(str(model_file("my-digits.h5")))
        tab.resize(1200, 640)
        tab.show()
        return session, tab, local

    return act
