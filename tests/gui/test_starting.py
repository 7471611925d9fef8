"""What is made after the first paint: beside the event loop, and stopped at any moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from workbench.gui.app import Application
from workbench.gui.event_loop import DeferredStartup


def test_a_turn_of_the_event_loop_lies_between_two_steps(qtbot: QtBot) -> None:
    order: list[str] = []

    def steps() -> Iterator[None]:
        for n in range(3):
            order.append(f"step {n}")
            QTimer.singleShot(0, lambda: order.append("event"))
            yield

    starter = DeferredStartup("json", steps())
    with qtbot.waitSignal(starter.done):
        starter.start()
    assert order == ["step 0", "event", "step 1", "event", "step 2", "event"]


def test_nothing_more_is_done_once_stopped(qtbot: QtBot) -> None:
    done: list[int] = []
    starter = DeferredStartup("json", iter(lambda: done.append(1), 2))
    starter.start()
    starter.stop()
    with qtbot.assertNotEmitted(starter.done, wait=30):
        pass
    assert done == []


@pytest.fixture
def bench(qtbot: QtBot, fake_command: Callable[..., tuple[str, ...]], tmp_path: Path) -> Iterator[Application]:
    made = Application(fake_command(), (sys.executable, "-c", ""), tmp_path / "server")
    qtbot.addWidget(made.window)
    yield made
    made.window.close_without_asking()
    made.shut_down()


def test_the_menus_wait_until_all_is_there(bench: Application, qtbot: QtBot) -> None:
    bench.window.show()
    actions = bench.window.actions_
    before = [action.isEnabled() for action in (actions.open, actions.quit, actions.save)]
    with qtbot.waitSignal(bench.begin_in_turns().done):
        pass
    after = [action.isEnabled() for action in (actions.open, actions.quit, actions.save)]
    assert (before, after) == ([False, False, False], [True, True, False])
    assert bench.window.pages.widget(0) is bench.window.tabs.model


def test_a_window_closed_while_it_is_filled_goes_quietly(bench: Application, qtbot: QtBot) -> None:
    bench.window.show()
    bench.begin_in_turns()
    qtbot.waitUntil(lambda: hasattr(bench, "session"))
    half = bench.window.filled
    bench.window.close()
    assert not half
    assert not bench.window.isVisible()
