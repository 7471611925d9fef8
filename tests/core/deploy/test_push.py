"""An export pushed to a real local target through the real google clients."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deploying import push

from workbench.core.deploy.releases import list_versions, set_default
from workbench.core.progress import silent
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.target import VersionInfo
from workbench.spec.targets.local import LocalTarget

Exports = tuple[Path, Path]
SMOKE: list[dict[str, object]] = [{"number": "1.5", "key": "smoke"}]


def contents(root: Path) -> int:
    return len(list((root / "content").iterdir()))


def states(target: LocalTarget) -> dict[str, tuple[str, bool]]:
    return {v.name: (v.state, v.default) for v in list_versions(target, "m")}


def test_a_first_push_makes_the_model_and_its_first_version(target: LocalTarget, exports: Exports, steps: Any) -> None:
    report = steps()
    result = push(exports[0], target, model="m", report=report, smoke=SMOKE)
    size = sum(p.stat().st_size for p in exports[0].rglob("*") if p.is_file())
    assert (result.resource, result.version, result.model) == ("projects/local/models/m/versions/v1", "v1", "m")
    assert (result.files, result.bytes, result.repeated) == (2, size, False)
    assert result.origin.startswith("gs://workbench/exports/")
    # Nobody asked for it: the service makes the first version the default, and the result says so.
    assert result.default is True
    assert states(target) == {"v1": ("READY", True)}
    assert report.words == [
        "Reading the export",
        "Looking for the version",
        "Uploading",
        "Checking the upload",
        "Creating version v1",
        "Smoke test of version v1",
    ]
    uploading = [p for p in report.seen if p.step == "Uploading"]
    assert (uploading[0].done, uploading[-1].done) == (0, size)
    assert {(p.total, p.unit) for p in uploading} == {(size, "bytes")}


def test_the_default_changes_only_when_asked(target: LocalTarget, exports: Exports) -> None:
    push(exports[0], target, model="m", report=silent)
    assert push(exports[1], target, model="m", report=silent).default is False
    assert states(target) == {"v1": ("READY", True), "v2": ("READY", False)}
    assert push(exports[1], target, model="m", default=True, report=silent).default is True
    assert states(target) == {"v1": ("READY", False), "v2": ("READY", True)}


def test_set_default_is_the_rollback_and_lists_the_versions(target: LocalTarget, exports: Exports) -> None:
    for export in exports:
        push(export, target, model="m", default=True, report=silent)
    versions = set_default(target, "m", "v1")
    assert [(v.name, v.default) for v in versions] == [("v1", True), ("v2", False)]
    assert isinstance(versions[0], VersionInfo)
    # The service does not tell how large a version is; the release log of the pushes does.
    assert [v.bytes for v in versions] == [sum(p.stat().st_size for p in e.rglob("*") if p.is_file()) for e in exports]
    with pytest.raises(WorkbenchError) as caught:
        set_default(target, "m", "v9")
    assert caught.value.code == "NOT_FOUND"


def test_the_same_content_again_is_a_no_op_that_says_so(
    target: LocalTarget, exports: Exports, root: Path, tmp_path: Path, steps: Any
) -> None:
    first = push(exports[0], target, model="m", report=silent)
    before = contents(root)
    elsewhere = shutil.copytree(exports[0], tmp_path / "copy")
    report = steps()
    again = push(elsewhere, target, model="m", report=report)
    assert (again.version, again.repeated, again.origin) == (first.version, True, first.origin)
    assert (contents(root), list(states(target))) == (before, ["v1"])
    assert "Uploading" not in report.words
    assert push(exports[0], target, model="m", version="v1", report=silent).repeated is True


def test_the_same_content_under_another_name_is_another_version_of_the_same_files(
    target: LocalTarget, exports: Exports, root: Path
) -> None:
    first = push(exports[0], target, model="m", version="red", report=silent)
    before = contents(root)
    second = push(exports[0], target, model="m", version="blue", report=silent)
    assert (second.repeated, second.origin, contents(root)) == (False, first.origin, before)
    assert list(states(target)) == ["red", "blue"]


def test_a_version_name_taken_by_other_content_is_an_error_and_nothing_goes_up(
    target: LocalTarget, exports: Exports, root: Path
) -> None:
    push(exports[0], target, model="m", version="v1", report=silent)
    before = contents(root)
    with pytest.raises(WorkbenchError) as caught:
        push(exports[1], target, model="m", version="v1", default=True, report=silent)
    assert caught.value.code == "VERSION_TAKEN"
    assert "already has a version 'v1'" in str(caught.value)
    assert (contents(root), states(target)) == (before, {"v1": ("READY", True)})


def test_free_names_count_on_from_the_highest(target: LocalTarget, exports: Exports) -> None:
    push(exports[0], target, model="m", version="v7", report=silent)
    assert push(exports[1], target, model="m", report=silent).version == "v8"


def test_a_version_that_does_not_load_is_removed_again_with_its_model(
    target: LocalTarget, broken_export: Path, exports: Exports
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        push(broken_export, target, model="m", report=silent)
    assert caught.value.code == "VERSION_FAILED"
    assert "Failed to load model" in caught.value.message
    with pytest.raises(WorkbenchError) as missing:
        list_versions(target, "m")
    assert missing.value.code == "NOT_FOUND"
    assert push(exports[0], target, model="m", report=silent).version == "v1"


def test_a_version_that_does_not_answer_is_removed_again(target: LocalTarget, exports: Exports) -> None:
    push(exports[0], target, model="m", report=silent)
    with pytest.raises(WorkbenchError) as caught:
        push(exports[1], target, model="m", default=True, report=silent, smoke=[{"picture": "x"}])
    assert caught.value.code == "SMOKE_FAILED"
    assert "Unexpected tensor name: picture" in caught.value.message
    assert states(target) == {"v1": ("READY", True)}


@pytest.mark.parametrize("error", [CancelledError(), KeyboardInterrupt()])
def test_a_push_stopped_at_any_step_leaves_nothing_half_visible(
    target: LocalTarget, exports: Exports, steps: Any, error: BaseException
) -> None:
    push(exports[1], target, model="m", version="before", report=silent)
    for stop_at in range(100):
        report = steps(stop_at, error)
        try:
            push(exports[0], target, model="m", default=True, report=report, smoke=SMOKE)
        except type(error):
            made = states(target)
            if report.seen[-1].step != "Making v1 the default":
                assert made == {"before": ("READY", True)}, report.seen[-1]
        else:
            assert stop_at >= 7
            break
    assert states(target) == {"before": ("READY", False), "v1": ("READY", True)}


def test_a_cancelled_first_push_takes_its_empty_model_away(target: LocalTarget, exports: Exports, steps: Any) -> None:
    def stop(progress: Any) -> None:
        if progress.step.startswith("Creating"):
            raise CancelledError

    with pytest.raises(CancelledError):
        push(exports[0], target, model="m", report=stop)
    with pytest.raises(WorkbenchError, match="not found"):
        list_versions(target, "m")


@pytest.mark.parametrize(
    ("method", "piece"),
    [
        ("POST", "uploadType=multipart"),
        ("POST", "/storage/v1/b?"),
        ("GET", "/o?"),
        ("POST", "/models?"),
        ("POST", "/versions?"),
        ("GET", "/operations/"),
        ("POST", ":predict"),
        ("POST", ":setDefault"),
    ],
)
def test_a_reply_lost_after_the_work_was_done_does_not_fail_the_push(
    losing: Callable[[str, str], tuple[LocalTarget, list[str]]], exports: Exports, method: str, piece: str
) -> None:
    target, lost = losing(method, piece)
    push(exports[1], target, model="m", version="before", report=silent)
    result = push(exports[0], target, model="m", default=True, report=silent, smoke=SMOKE)
    assert len(lost) == 1
    assert (result.version, result.default) == ("v1", True)
    assert states(target) == {"before": ("READY", False), "v1": ("READY", True)}


def test_two_pushes_at_once_of_different_content_both_succeed(target: LocalTarget, exports: Exports) -> None:
    done: list[str] = []

    def run(export: Path) -> None:
        done.append(push(export, target, model="m", report=silent).version)

    threads = [threading.Thread(target=run, args=(export,)) for export in exports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["v1", "v2"]
    assert sorted(state for state, _ in states(target).values()) == ["READY", "READY"]


@pytest.mark.parametrize(("model", "version"), [("my-model", ""), ("m", "1st"), ("", ""), ("m/../x", "")])
def test_impossible_names_are_refused_before_anything_is_read(tmp_path: Path, model: str, version: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        push(tmp_path / "none", LocalTarget(url="http://127.0.0.1:1"), model=model, version=version, report=silent)
    assert caught.value.code == "BAD_NAME"
