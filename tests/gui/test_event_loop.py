"""Beside the event loop: what is made after the first paint, Ctrl+C, and the garbage collector."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from workbench.gui.app import Application
from workbench.gui.event_loop import DeferredStartup, GarbageScheduler, Interrupts


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


@pytest.fixture
def _own_handler() -> Iterator[None]:
    """Python's own handler of SIGINT: shells have their background jobs ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("_own_handler")
def test_ctrl_c_comes_as_a_signal_of_qt_and_python_has_its_own_handler_back_afterwards(qtbot: QtBot) -> None:
    interrupts = Interrupts()
    try:
        with qtbot.waitSignal(interrupts.came):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        interrupts.close()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_another_signal_is_no_interrupt(qtbot: QtBot) -> None:
    came = signal.signal(signal.SIGUSR1, lambda _number, _frame: None)
    interrupts = Interrupts()
    try:
        with qtbot.assertNotEmitted(interrupts.came, wait=50):
            os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        interrupts.close()
        signal.signal(signal.SIGUSR1, came)


class Knot:
    """An object that only the garbage collector can free; notes the thread it goes on."""

    def __init__(self, ends: list[int]) -> None:
        self.me, self.ends = self, ends

    def __del__(self) -> None:
        self.ends.append(threading.get_ident())


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageScheduler]:
    made = GarbageScheduler()
    yield made
    made.close()


def test_garbage_goes_on_the_thread_of_the_window_whoever_made_it(collector: GarbageScheduler, qtbot: QtBot) -> None:
    ends: list[int] = []
    count = 4 * gc.get_threshold()[0]
    maker = threading.Thread(target=lambda: [Knot(ends) for _ in range(count)])
    maker.start()
    maker.join()
    assert ends == []  # Python itself would have collected on the thread that made them.
    qtbot.waitUntil(lambda: len(ends) == count)
    assert set(ends) == {threading.get_ident()}


def test_what_is_settled_is_not_looked_at_again_until_the_collector_gives_its_work_back(qtbot: QtBot) -> None:
    collector = GarbageScheduler()
    ends: list[int] = []
    knot = weakref.ref(Knot(ends))
    collector.settle()
    gc.collect()
    kept = knot() is not None
    collector.close()
    gc.collect()
    assert (kept, knot(), gc.isenabled()) == (True, None, True)
