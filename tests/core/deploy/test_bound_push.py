"""Across modules. A push is bound to the verdict that was shown and to the bytes that were judged, at every kind of
target."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from deploying import clouds, storage_client
from judged_release import JudgedRelease, alter, sha256
from opened_files import opened

from workbench.core import jobs
from workbench.core.deploy.port import TargetRefused
from workbench.core.deploy.release_log import lines
from workbench.core.deploy.releases import list_versions
from workbench.core.deploy.state import STATE_VARIABLE, PushEntry, held, journal_name
from workbench.core.progress import silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.release import PushOrder, place_of
from workbench.spec.report import GateRecord
from workbench.spec.target import AnyTarget, PushResult
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget

KINDS = tuple(
    pytest.param(kind, marks=(pytest.mark.heavy,) if kind in ("mlengine", "bucket") else ())
    for kind in ("local", "mlengine", "vertex", "disk", "bucket")
)

pytestmark = pytest.mark.usefixtures("no_probe")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> JudgedRelease:
    return JudgedRelease(tmp_path_factory.mktemp("release") / "made")


@pytest.fixture
def own(tmp_path: Path) -> JudgedRelease:
    """One whose files may be changed."""
    return JudgedRelease(tmp_path / "made")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


def push(made: JudgedRelease, target: AnyTarget, model: str, gate: GateRecord, report: object = silent) -> PushResult:
    return jobs.push(made.project, made.base, target, PushOrder(model=model, gate=gate), report)  # type: ignore[arg-type]


def at_target(target: AnyTarget, model: str, url: str) -> list[object]:
    """All there is of a model at a target: versions, and what lies in folders and buckets."""
    with suppress(TargetRefused):  # There is no such model.
        return list(list_versions(target, model))
    found: list[object] = []
    if target.kind == "folder" and not target.in_bucket():  # type: ignore[union-attr]
        return [*found, *Path(target.path, model).rglob("*")]  # type: ignore[union-attr]
    client = storage_client(url)
    buckets = [bucket.name for bucket in client.list_buckets()]
    found += [(blob.name, blob.generation) for name in buckets for blob in client.list_blobs(name)]
    client.close()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_receipt_and_the_log_hold_the_very_verdict_that_was_shown(
    release: JudgedRelease, server: str, tmp_path: Path, kind: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    shown = release.check(place=target)
    assert [check.name for check in shown.failed()] == ["labels"]
    with pytest.raises(WorkbenchError) as refused:
        jobs.gate(release.project, release.base, place=target)
    assert refused.value.code == "GATE_FAILED"
    gate = jobs.gate(release.project, release.base, place=target, override="only for a demo")
    done = push(release, target, f"receipt_{kind}" if kind != "vertex" else "receipt", gate)
    receipt = json.loads(Path(done.receipt).read_text())["gate"]
    page = Path(receipt["report_file"])
    assert sha256(page.with_name("report.json")) == receipt["report"]
    assert json.loads(page.with_name("report.json").read_text())["created"] == shown.created
    assert "Fail" in page.read_text()
    assert (receipt["verdict"], receipt["failed"], receipt["override"]) == ("fail", ["labels"], "only for a demo")
    assert (receipt["images"], receipt["images_sha256"]) == (4, release.images_sha256())
    assert receipt["limits"]["labels"] == 1.0
    assert receipt["judged"]["model file"] == sha256(release.model)
    assert receipt["judged"]["custom file"] == sha256(release.base / "layers.py")
    assert receipt["judged"]["features file"] == sha256(release.features)
    (line,) = lines(place_of(target))
    assert line.gate == msgspec.convert(receipt, GateRecord) == done.gate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "step", [pytest.param("Reading the export", marks=pytest.mark.heavy), "Looking for the version"]
)
def test_a_model_that_changes_on_the_way_holds_the_push_and_nothing_is_sent(
    own: JudgedRelease, server: str, tmp_path: Path, kind: str, step: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    gate = jobs.gate(own.project, own.base, place=target)
    before = at_target(target, "held", server)

    def change(progress: Progress) -> None:
        if progress.step == step and progress.done == 0:
            alter(own.model)

    with pytest.raises(WorkbenchError) as caught:
        push(own, target, "held", gate, change)
    assert (caught.value.code, caught.value.exit_code) == ("CHANGED_SINCE_CHECK", 2)
    assert caught.value.where == str(own.model)
    assert at_target(target, "held", server) == before
    (line,) = lines(place_of(target))
    assert (line.outcome, line.gate.report) == ("failed", gate.report)
    assert "model file changed" in line.error


def test_an_export_that_changes_after_it_was_read_does_not_go_up(own: JudgedRelease, target: LocalTarget) -> None:
    gate = jobs.gate(own.project, own.base, place=target)
    folder = Path(jobs.export(own.project, own.base).path)
    whole = (folder / "saved_model.pb").read_bytes()
    before = at_target(target, "raced", target.endpoint())

    def change(progress: Progress) -> None:
        # The last report before the bytes go up: everything has been compared by now.
        if progress.step == "Uploading" and progress.done == 0:
            (folder / "saved_model.pb").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    try:
        with pytest.raises(WorkbenchError) as caught:
            push(own, target, "raced", gate, change)
    finally:
        (folder / "saved_model.pb").write_bytes(whole)
    assert caught.value.code == "EXPORT_CHANGED"
    sent = [entry for entry in at_target(target, "raced", target.endpoint()) if entry not in before]
    assert not any("saved_model.pb" in str(entry) for entry in sent)
    with pytest.raises(WorkbenchError, match="raced"):
        list_versions(target, "raced")


def test_a_push_that_was_killed_is_finished_only_from_what_was_judged(
    own: JudgedRelease, server: str, tmp_path: Path
) -> None:
    target = clouds(server, tmp_path)["local"]
    gate = jobs.gate(own.project, own.base, place=target)
    push(own, target, "resumed", gate)
    (made,) = list_versions(target, "resumed")
    digest = next(lines(place_of(target))).source.digest
    place = place_of(target)
    entry = PushEntry(
        place=place, model="resumed", asked="", digest=digest, origin=made.origin, step="created",
        started="2026-11-30T10:00:00.000Z", name=made.name,
    )  # fmt: skip
    with held(journal_name(place, "resumed", "", digest), silent) as journal:
        journal.write(entry)
    kept = own.model.read_bytes()
    alter(own.model)
    with pytest.raises(WorkbenchError) as caught:
        push(own, target, "resumed", gate)
    assert caught.value.code == "CHANGED_SINCE_CHECK"
    assert list_versions(target, "resumed") == (made,)
    own.model.write_bytes(kept)
    assert push(own, target, "resumed", gate).resumed
    assert [line.outcome for line in lines(place)] == ["done", "failed", "resumed"]


def test_a_dry_run_tells_the_verdict_and_is_held_as_the_push_would_be(own: JudgedRelease, tmp_path: Path) -> None:
    target = clouds("http://127.0.0.1:9", tmp_path)["mlengine"]
    order = PushOrder(model="planned")
    first = jobs.dry_run(own.project, own.base, target, order)
    assert first.notes[0] == "No verdict is stored: a push runs the gate first."
    shown = own.check(place=target)
    told = jobs.dry_run(own.project, own.base, target, order)
    assert told.notes[0] == f"Fail of {shown.created} on 4 images (labels)."
    alter(own.model)
    with pytest.raises(WorkbenchError) as caught:
        jobs.dry_run(own.project, own.base, target, order)
    assert caught.value.code == "CHANGED_SINCE_CHECK"


def test_a_record_of_a_verdict_that_is_not_kept_pushes_nothing(release: JudgedRelease, tmp_path: Path) -> None:
    target = clouds("http://127.0.0.1:9", tmp_path)["disk"]
    with pytest.raises(WorkbenchError) as caught:
        push(release, target, "m", GateRecord("pass", report="0" * 64))
    assert caught.value.code == "NO_REPORT"
    assert not (tmp_path / "repository").exists()


def test_a_fresh_push_scans_the_model_once(release: JudgedRelease, tmp_path: Path) -> None:
    """And hashes it before and after it is judged, before the target is asked and before the first byte is sent."""
    os.utime(release.model)  # What was scanned until now counts no more,
    time.sleep(0.12)  # and the next change of the file would show in its times.
    target = FolderTarget(path=str(tmp_path / "repository"))
    with opened(release.model) as seen:
        judging = jobs.Judging(images=(str(release.base / "own.jpg"),), values={"metadata": "a new one"})
        gate = jobs.gate(release.project, release.base, judging=judging, place=target)
        push(release, target, "m", gate)
    scan, hashes = 3, 4  # A scan opens it three times: to see what it is, for its heaps, and for its hash.
    assert len(seen) == scan + hashes
