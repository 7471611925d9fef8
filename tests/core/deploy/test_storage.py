"""What goes up: the manifest, the order, and a bucket's folder that holds exactly it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.core.file_manifest import Manifest, read_manifest
from workbench.core.progress import silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.targets.local import LocalTarget


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001", "zzz"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 10)
    (folder / "assets").mkdir()
    (folder / "assets" / "empty ü.txt").touch()
    return folder


@pytest.fixture
def staging(target: LocalTarget) -> Iterator[Any]:
    from workbench.core.deploy.storage import StagingBucket

    with StagingBucket(target, "workbench") as opened:
        yield opened


def stored(staging: Any) -> dict[str, int]:
    return {blob.name: blob.generation for blob in staging._client.list_blobs("workbench")}


def test_the_graph_goes_up_last(export: Path) -> None:
    paths = [entry.path for entry in read_manifest(export, silent).files]
    assert paths[-1] == "saved_model.pb"
    assert paths[:-1] == sorted(paths[:-1])


def test_the_digest_depends_on_names_and_contents_and_nothing_else(export: Path, tmp_path: Path) -> None:
    first = read_manifest(export, silent)
    copy = tmp_path / "elsewhere"
    export.rename(copy)
    assert read_manifest(copy, silent).digest == first.digest
    (copy / "zzz").rename(copy / "zz")
    renamed = read_manifest(copy, silent)
    assert renamed.digest != first.digest
    (copy / "zz").write_bytes(b"other")
    assert read_manifest(copy, silent).digest not in (first.digest, renamed.digest)


@pytest.mark.parametrize("names", [[], ["model/saved_model.pb"], ["saved_model.pb", "saved_model.pbtxt"]])
def test_a_folder_that_is_no_savedmodel_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(WorkbenchError) as caught:
        read_manifest(tmp_path, silent)
    assert (caught.value.code, caught.value.where) == ("NOT_A_SAVEDMODEL", str(tmp_path))


def test_more_files_than_a_version_may_have_are_refused(export: Path) -> None:
    for number in range(1000):
        (export / "assets" / str(number)).touch()
    with pytest.raises(WorkbenchError, match="a version may have 1000"):
        read_manifest(export, silent)


def test_a_file_that_cannot_be_read_is_named(export: Path) -> None:
    (export / "dangling").symlink_to(export / "nowhere")
    with pytest.raises(WorkbenchError) as caught:
        read_manifest(export, silent)
    assert (caught.value.code, caught.value.where) == ("CANNOT_READ", str(export / "dangling"))


def test_the_bucket_s_folder_holds_exactly_the_manifest(staging: Any, export: Path, steps: Any) -> None:
    manifest = read_manifest(export, silent)
    report = steps()
    staging.upload(manifest, manifest.folder, report)
    assert set(stored(staging)) == {f"{manifest.folder}/{entry.path}" for entry in manifest.files}
    done = [p.done for p in report.seen]
    assert (done[0], done[-1]) == (0, manifest.bytes)
    assert done == sorted(done)
    assert {(p.total, p.unit) for p in report.seen} == {(manifest.bytes, "bytes")}


def test_what_is_there_is_not_sent_again(staging: Any, export: Path) -> None:
    manifest = read_manifest(export, silent)
    staging.upload(manifest, manifest.folder, silent)
    before = stored(staging)
    staging.upload(manifest, manifest.folder, silent)
    assert stored(staging) == before


def put(staging: Any, manifest: Manifest, path: str, content: bytes) -> None:
    staging._ensure_bucket()
    staging._bucket.blob(f"{manifest.folder}/{path}").upload_from_string(content)


def test_an_upload_that_another_finished_meanwhile_goes_on(
    staging: Any, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read_manifest(export, silent)
    staging.upload(manifest, manifest.folder, silent)
    whole = staging.listing(manifest.folder)
    listings = iter([{}, whole])
    # The first look comes before the other push's upload: every file of ours then meets its 412.
    monkeypatch.setattr(staging, "listing", lambda _: next(listings))
    staging.upload(manifest, manifest.folder, silent)


def test_other_content_in_the_way_is_a_conflict(staging: Any, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = read_manifest(export, silent)
    put(staging, manifest, "zzz", b"other")
    with pytest.raises(WorkbenchError) as caught:
        staging.upload(manifest, manifest.folder, silent)
    assert caught.value.code == "STAGE_CONFLICT"
    monkeypatch.setattr(staging, "listing", lambda _: {})
    with pytest.raises(WorkbenchError) as late:
        staging.upload(manifest, manifest.folder, silent)
    assert late.value.code == "STAGE_CONFLICT"
    assert "'zzz'" in late.value.message


def test_a_stale_extra_file_is_a_conflict(staging: Any, export: Path) -> None:
    manifest = read_manifest(export, silent)
    put(staging, manifest, "variables/old-shard", b"stale")
    with pytest.raises(WorkbenchError, match="old-shard"):
        staging.upload(manifest, manifest.folder, silent)
    assert f"{manifest.folder}/saved_model.pb" not in stored(staging)


@pytest.mark.parametrize("content", [b"changed", b"y" * 30])
def test_an_export_that_changes_under_the_upload_is_told_and_the_place_stays_free(
    staging: Any, export: Path, content: bytes
) -> None:
    manifest = read_manifest(export, silent)
    before = (export / "zzz").read_bytes()
    (export / "zzz").write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        staging.upload(manifest, manifest.folder, silent)
    assert (caught.value.code, caught.value.where) == ("EXPORT_CHANGED", str(export / "zzz"))
    (export / "zzz").write_bytes(before)
    staging.upload(manifest, manifest.folder, silent)


def test_an_export_whose_files_go_away_is_told(staging: Any, export: Path) -> None:
    (export / "assets" / "empty ü.txt").unlink()
    again = read_manifest(export, silent)
    with pytest.raises(WorkbenchError):
        staging.upload(again, again.folder, lambda _: (export / "zzz").unlink(missing_ok=True))
