"""The fixture that tests of the Signature tab share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.acting import begin
from workbench.gui.session import Session
from workbench.gui.signature.tab import SignatureTab

MakeSignature = Callable[[str], tuple[Session, SignatureTab]]


@pytest.fixture
def make_signature(
    qtbot: QtBot, make_session: Callable[..., Session], model_file: Callable[[str], Path]
) -> MakeSignature:
    """A shown Signature tab on an open model the fake engine knows by its name."""

    def act(name: str) -> tuple[Session, SignatureTab]:
        session = make_session()
        tab = SignatureTab(session)
        begin(qtbot, session, tab, model_file(name))
        return session, tab

    return act
