"""An export in a process forked off the reference's: asked once, replaced where it ends, ended where cancelled."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from core.check.conftest import Judge

from workbench.core.check import load_client
from workbench.core.check.forked_loader import ForkedLoader
from workbench.core.check.load_client import IN_PYTHON, LoadOrder, probe
from workbench.core.check.loads import golden_cases, largest_difference
from workbench.core.check.reference_client import ReferenceProcess
from workbench.core.check.subject import GateSubject
from workbench.core.check.tensorflow_fork import has_one_thread
from workbench.spec.errors import CancelledError
from workbench.spec.model import Progress
from workbench.spec.project import Project

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are forked on Linux alone")


@pytest.fixture
def subject(digits: Path, digits_project: Project, judge: Judge) -> GateSubject:
    return judge(digits_project, digits)


@pytest.fixture
def order(subject: GateSubject) -> LoadOrder:
    assert subject.manifest is not None
    return LoadOrder(subject.folder, "serving_default", tuple(c.instance for c in subject.manifest.golden))


@pytest.fixture
def reference(subject: GateSubject) -> Iterator[ReferenceProcess]:
    with closing(ReferenceProcess(subject.project, subject.base, subject.facts)) as started:
        yield started


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that the probe starts from the beginning."""
    found = []

    def start(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        found.append(subprocess.Popen(*args, **named))
        return found[-1]

    monkeypatch.setattr(load_client, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": start}))
    return found


def test_it_opens_the_export_by_both_loaders_while_the_reference_loads_its_model(
    subject: GateSubject, order: LoadOrder, reference: ReferenceProcess, started: list[Any], tmp_path: Path
) -> None:
    found = probe(order, IN_PYTHON, forked=reference.loader)
    assert not started
    for loaded in found.values():
        assert loaded.error == ""
        assert loaded.tensorflow.startswith("2.")
        assert loaded.import_seconds > 0.1
        assert loaded.peak_bytes > loaded.load_bytes > 0
        assert len(loaded.predictions) == len(golden_cases(subject)) > 0
        assert largest_difference(golden_cases(subject), loaded) <= 1e-5
    assert not reference.loader.load([], tmp_path / "log")
    assert reference.model.facts.outputs == subject.exact.outputs


@pytest.mark.heavy  # TensorFlow is imported twice.
def test_one_that_ends_is_replaced_by_a_process_from_the_beginning(
    order: LoadOrder, reference: ReferenceProcess, started: list[Any]
) -> None:
    found = probe(order, IN_PYTHON, report=once(reference.loader.kill), forked=reference.loader)
    assert [(loaded.error, loaded.load_seconds > 0) for loaded in found.values()] == [("", True)] * 2
    assert len(started) == 1


def test_a_cancelled_probe_ends_it(order: LoadOrder, reference: ReferenceProcess, started: list[Any]) -> None:
    def cancel(progress: Progress) -> None:
        assert reference.loader.poll() is None
        raise CancelledError

    with pytest.raises(CancelledError):
        probe(order, IN_PYTHON, report=cancel, forked=reference.loader)
    assert reference.loader.poll() == 0
    assert not started


def once(action: Callable[[], None]) -> Callable[[Progress], None]:
    """A report that does something at its first call."""
    left = [action]

    def report(progress: Progress) -> None:
        if left:
            left.pop()()

    return report


def test_where_none_was_forked_there_is_none_to_ask(tmp_path: Path) -> None:
    loader = ForkedLoader()
    loader.handed_over()
    assert not loader.load([], tmp_path / "log")


def test_a_process_with_threads_is_not_forked() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    assert not has_one_thread()
    ended.set()
    thread.join()
