"""An export in processes of its own: by both loaders, by another Python, and when it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from core.check.conftest import Judge
from core.check.faults import set_in

from workbench.core.check import load_client
from workbench.core.check.gate import CHECKS
from workbench.core.check.load_client import LoadOrder, probe
from workbench.core.check.loads import check_loads, golden_cases, largest_difference
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.manifest import GoldenCase
from workbench.spec.model import Progress
from workbench.spec.project import Project


def test_every_loader_opens_it_in_fresh_processes_and_answer_as_known(
    digits: Path, digits_project: Project, judge: Judge
) -> None:
    subject = judge(digits_project, digits)
    found = check_loads(subject)
    assert found.verdict == "pass"
    assert isinstance(found.measured, float)
    assert found.measured <= 1e-5
    assert list(subject.probed) == ["session", "saved_model", "serving"]
    assert "All three loaders open it" in found.message
    for probed in subject.probed.values():
        assert probed.tensorflow.startswith("2.")
        assert probed.load_seconds > 0
        assert probed.peak_bytes > 100_000_000
        assert len(probed.predictions) == len(golden_cases(subject))
        assert len(probed.call_seconds) == 12


def test_a_torn_file_fails_to_load_with_tensorflows_own_words(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    (tmp_path / "torn").mkdir()
    whole = Path(judge(digits_project, digits).folder)
    (tmp_path / "torn" / "saved_model.pb").write_bytes((whole / "saved_model.pb").read_bytes()[:5000])
    order = LoadOrder(tmp_path / "torn", "serving_default", ())
    found = probe(order, ("session", "serving"))
    assert "saved_model.pb" in found["session"].error
    assert "TensorFlow's C++ loader rejected it: Read less bytes" in found["serving"].error
    assert {probed.tensorflow for probed in found.values()} == {""}


def test_another_environment_really_runs_the_export(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    # A Python by another path, as that of another environment is; it has the same TensorFlow.
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin" / "python"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    subject = judge(set_in(digits_project, "check", python=str(other)), digits)
    found = next(c for c in CHECKS if c.name == "reach").run(subject)
    assert found.verdict == "pass"
    assert "Run in TensorFlow 2." in found.message
    rows = found.evidence[-1].rows  # type: ignore[union-attr]
    assert [(row[0], row[3]) for row in rows] == [
        ("v1 Session loader", "same predictions"),
        ("tf.saved_model.load", "same predictions"),
    ]


def test_an_environment_without_tensorflow_fails_the_reach(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    subject = judge(set_in(digits_project, "check", python=str(bare)), digits)
    found = next(c for c in CHECKS if c.name == "reach").run(subject)
    assert found.verdict == "fail"
    assert "No module named 'tensorflow'" in found.message


CRASHING = """
import os, runpy, signal, sys
sys.argv = sys.argv[1:]
worker = runpy.run_path(sys.argv[0])
worker["LOADERS"]["session"] = lambda: os.kill(os.getpid(), signal.SIGKILL)
worker["main"]()
"""


def test_a_loader_that_ends_its_process_is_told_of_and_the_next_has_another(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    (tmp_path / "crashing.py").write_text(CRASHING)
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/crashing.py" "$@"\n')
    other.chmod(0o755)
    order = LoadOrder(judge(digits_project, digits).folder, "serving_default", ())
    found = probe(order, ("session", "saved_model"), str(other))
    assert found["session"].error == "The process ended with exit code -9."
    assert found["saved_model"].error == ""
    assert found["saved_model"].load_seconds > 0


def test_a_loader_that_takes_too_long_is_told_of_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\nexec sleep 60\n")
    other.chmod(0o755)
    monkeypatch.setattr(load_client, "PATIENCE", 0.2)
    found = probe(LoadOrder(tmp_path, "serving_default", ()), ("session", "saved_model"), str(other))
    assert {p.error for p in found.values()} == {"It did not finish within 0 seconds."}


def test_a_python_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        probe(LoadOrder(tmp_path, "serving_default", ()), ("session",), str(tmp_path / "python"))
    assert caught.value.code == "NO_PYTHON"


def test_a_cancelled_probe_leaves_no_process_behind(
    digits: Path, digits_project: Project, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(*args, **named))
        return started[-1]

    def cancel(progress: Progress) -> None:
        raise CancelledError

    folder = judge(digits_project, digits).folder
    monkeypatch.setattr(load_client, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": start}))
    with pytest.raises(CancelledError):
        probe(LoadOrder(folder, "serving_default", ()), ("session", "serving"), report=cancel)
    assert [child.poll() is None for child in started] == [False, False]


@pytest.mark.parametrize(
    ("given", "apart"),
    [
        ({"a": [0.5, 1.0]}, 0.0),
        ({"a": [0.5, 1.5]}, 0.5),
        ({"a": [0.5]}, float("inf")),
        ({"b": [0.5, 1.0]}, float("inf")),
    ],
)
def test_answers_are_compared_number_by_number(given: dict[str, object], apart: float) -> None:
    from workbench.core.check.load_client import LoadResult

    known = (GoldenCase({}, {"a": [0.5, 1.0]}),)
    assert largest_difference(known, LoadResult(predictions=(given,))) == apart
