"""Across modules. Requests that are joined to one run: by the bound, by signature, and each with its own answer."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from workbench.core.serve.serving.batching import Batcher, Outputs
from workbench.spec.errors import WorkbenchError


class Recorder:
    """A session's `run` that waits to be let go, and keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.go = threading.Event()

    def __call__(self, signature: str, columns: Outputs) -> Outputs:
        self.go.wait(30)
        values = columns["x"].tolist()
        self.batches.append(values)
        if signature == "bad" and 3.0 in values:
            raise WorkbenchError("RUN_FAILED", "three")
        return {"y": columns["x"] * 2}


def gathered(recorder: Recorder, batcher: Batcher, jobs: list[tuple[str, list[float]]]) -> list[Any]:
    """The answers to the jobs, all of which were waiting behind the first one."""

    def ask(job: tuple[str, list[float]]) -> Any:
        try:
            return batcher.run(job[0], {"x": np.array(job[1])}, len(job[1]))["y"].tolist()
        except WorkbenchError as err:
            return err.message

    with ThreadPoolExecutor(len(jobs)) as pool:
        answers = []
        for job in jobs:
            answers.append(pool.submit(ask, job))
            time.sleep(0.03)
        recorder.go.set()
        return [answer.result() for answer in answers]


@pytest.mark.parametrize(
    ("jobs", "batch", "batches"),
    [
        ([("a", [0]), ("a", [1]), ("a", [2, 3]), ("a", [4])], 10, [[0], [1, 2, 3, 4]]),
        ([("a", [0]), ("a", [1]), ("a", [2, 3]), ("a", [4])], 2, [[0], [1, 4], [2, 3]]),
        ([("a", [0]), ("a", [1]), ("b", [2]), ("a", [3])], 10, [[0], [1, 3], [2]]),
        ([("a", [0]), ("alone", [1]), ("alone", [2])], 10, [[0], [1], [2]]),
        ([("a", [0]), ("a", [1] * 9), ("a", [2])], 4, [[0], [1] * 9, [2]]),
        ([("a", [0]), ("a", []), ("a", [2])], 4, [[0], [], [2]]),
    ],
)
def test_what_waits_is_joined_up_to_the_bound_and_by_signature(
    jobs: list[tuple[str, list[float]]], batch: int, batches: list[list[float]]
) -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, lambda name: name != "alone", batch=batch, linger=0.0, runs=1)
    assert gathered(recorder, batcher, jobs) == [[2 * x for x in values] for _, values in jobs]
    assert recorder.batches == batches
    batcher.close()


def test_a_batch_that_fails_is_run_again_one_by_one() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, lambda name: True, batch=9, linger=0.0, runs=1)
    jobs: list[tuple[str, list[float]]] = [("bad", [1.0]), ("bad", [2.0]), ("bad", [3.0]), ("bad", [4.0])]
    assert gathered(recorder, batcher, jobs) == [[2.0], [4.0], "three", [8.0]]
    batcher.close()


def test_a_batch_waits_a_moment_for_those_that_are_being_read() -> None:
    recorder = Recorder()
    recorder.go.set()
    batcher = Batcher(recorder, lambda name: True, batch=9, linger=5.0, runs=1)
    batcher.expect(+1)
    jobs: list[tuple[str, list[float]]] = [("a", [1.0]), ("a", [2.0])]
    with ThreadPoolExecutor(2) as pool:
        answers = []
        for name, values in jobs:
            answers.append(pool.submit(batcher.run, name, {"x": np.array(values)}, 1))
            time.sleep(0.05)
        assert recorder.batches == []
        batcher.expect(-1)
        assert [answer.result()["y"].tolist() for answer in answers] == [[2.0], [4.0]]
    assert recorder.batches == [[1.0, 2.0]]
    batcher.close()
