"""The Model tab on a session with a fake engine: what it shows at first sight. See also `test_model_tab`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.model.tab import ModelTab
from workbench.gui.project.recent_files import RecentFiles
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import Tab, TabState

MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]
Open = Callable[[str], ProjectSession]


@pytest.fixture
def open_model(qtbot: QtBot, make_session: MakeSession, model_file: MakeModel) -> Open:
    """A session on a model the fake engine knows; opened by `session.open` once the tab is made."""

    def act(name: str) -> ProjectSession:
        session = make_session()
        session.setProperty("path", str(model_file(name)))
        return session

    return act


def begin(qtbot: QtBot, session: ProjectSession, tab: Tab) -> None:
    qtbot.addWidget(tab)
    tab.show()
    with qtbot.waitSignal(session.opened):
        session.open(str(session.property("path")))


def state_of(tab: Tab) -> TabState:
    """The state, asked anew each time: the type checker believes that what was asserted stays."""
    return tab.state


def words(tab: Tab) -> str:
    return "\n".join(label.toolTip() or label.text() for label in tab.findChildren(QLabel))


def test_the_model_tab_invites_and_then_shows_what_the_file_says(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("features.h5")
    tab = ModelTab(session, RecentFiles(session))
    assert state_of(tab) is TabState.NOT_YET
    begin(qtbot, session, tab)
    qtbot.waitUntil(lambda: tab.settled)
    text = words(tab)
    for fact in ("HDF5 (.h5)", "Keras 2.1.6 on tensorflow", "tf_keras", "38\u202f154", "287 kB", "4ca2915fde0a9d1d..."):
        assert fact in text
    assert "Features" in text
    assert "float32 (?, 32, 32, 3)" in text
    assert state_of(tab) is TabState.DONE


def test_the_model_tab_shows_problems_and_code(qtbot: QtBot, open_model: Open) -> None:
    session = open_model("odd.h5")
    tab = ModelTab(session, RecentFiles(session))
    begin(qtbot, session, tab)
    assert state_of(tab) is TabState.ATTENTION
    assert "OLD_KERAS" in words(tab)
    lambdas = open_model("lambda.h5")
    other = ModelTab(lambdas, RecentFiles(lambdas))
    begin(qtbot, lambdas, other)
    assert "lambda_1" in words(other)
