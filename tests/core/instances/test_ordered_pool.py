"""Work shared out to threads and handed out in order, and work not worth sharing out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from types import SimpleNamespace

import pytest

from workbench.core.instances import ordered_pool
from workbench.core.instances.ordered_pool import here_or_in_order


def test_quick_work_is_done_by_the_caller_and_slow_work_by_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(ordered_pool, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setattr(ordered_pool, "STRETCH", 10)
    monkeypatch.setattr(ordered_pool, "TRIED", 3)
    workers: dict[int, str] = {}

    def work(number: int) -> int:
        workers[number] = threading.current_thread().name
        clock[0] += 9.0 if number == 4 else 1.1 if number == 17 else 0.1
        return number

    assert list(here_or_in_order(work, range(30), pairs, 2, slow=1.0)) == list(range(30))
    by_threads = [number for number, name in workers.items() if name.startswith("bulk")]
    assert sorted(by_threads) == list(range(6, 16))


def test_what_a_thread_raises_comes_out_at_its_place_and_nothing_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered_pool, "TRIED", 3)

    def work(number: int) -> int:
        if number == 7:  # The caller does 0 to 2; it is the first of a pair.
            raise ValueError("seven")
        return number

    done: list[int] = []
    with pytest.raises(ValueError, match="seven"):
        take(here_or_in_order(work, range(20), pairs, 3, slow=-1.0), done)
    assert done == list(range(7))
    assert not [t for t in threading.enumerate() if t.name.startswith("bulk")]


def pairs(items: Iterable[int]) -> Iterator[list[int]]:
    """Two together, the last maybe alone."""
    left = iter(items)
    while some := list(islice(left, 2)):
        yield some


def take(items: Iterator[int], done: list[int]) -> None:
    for item in items:
        done.append(item)
