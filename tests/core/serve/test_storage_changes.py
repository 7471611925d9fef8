"""Across modules. What google-cloud-storage asks of a bucket beyond uploads and downloads, and many files at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api

from workbench.core.serve.faults import DenyPermission, Faults, Rule
from workbench.core.serve.run import running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("shared")) as url:
        yield url


@pytest.fixture
def bucket(address: str, storage_at: Any, request: pytest.FixtureRequest) -> Any:
    """An empty bucket of the test's own on the shared server."""
    name = f"b{abs(hash(request.node.nodeid)) % 10**9}-{os.getpid()}"
    return storage_at(address).create_bucket(name)


def test_a_bucket_keeps_where_it_is_and_its_labels(address: str, storage_at: Any) -> None:
    client = storage_at(address)
    made = client.bucket("in-europe")
    made.labels = {"team": "a"}
    made.storage_class = "NEARLINE"
    client.create_bucket(made, location="europe-west4")
    found = client.get_bucket("in-europe")
    assert (found.location, found.location_type, found.storage_class) == ("EUROPE-WEST4", "region", "NEARLINE")
    assert found.labels == {"team": "a"}
    assert client.create_bucket("anywhere").location == "US"


def test_what_is_said_about_an_object_changes_and_its_content_does_not(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.metadata = {"a": "1", "b": "2"}
    blob.cache_control = "no-store"
    blob.upload_from_string(b"abc", content_type="image/jpeg")
    assert (blob.metageneration, bucket.get_blob("x").cache_control) == (1, "no-store")
    generation, updated = blob.generation, blob.updated
    blob.metadata = {"a": "3", "b": None}
    blob.content_type = "image/png"
    blob.patch(if_metageneration_match=1)
    fresh = bucket.get_blob("x")
    assert (fresh.generation, fresh.metageneration, fresh.updated > updated) == (generation, 2, True)
    assert (fresh.metadata, fresh.content_type, fresh.cache_control) == ({"a": "3"}, "image/png", "no-store")
    assert fresh.download_as_bytes() == b"abc"
    with pytest.raises(api.PreconditionFailed):
        fresh.patch(if_metageneration_match=1)
    with pytest.raises(api.PreconditionFailed):
        fresh.delete(if_metageneration_match=1)
    with pytest.raises(api.NotFound):
        bucket.blob("none").patch()


def test_an_update_takes_away_what_it_does_not_say(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.metadata = {"a": "1"}
    blob.cache_control = "no-store"
    blob.upload_from_string(b"abc")
    blob.reload()
    blob.cache_control = None
    blob.metadata = {"b": "2"}
    blob.update()
    fresh = bucket.get_blob("x")
    assert (fresh.metadata, fresh.cache_control) == ({"b": "2"}, None)


def test_a_copy_is_an_object_of_its_own(bucket: Any, address: str, storage_at: Any, request: Any) -> None:
    blob = bucket.blob("folder/x")
    blob.metadata = {"a": "1"}
    blob.upload_from_string(b"abc", content_type="image/jpeg")
    other = storage_at(address).create_bucket(f"{bucket.name}-2")
    copied = bucket.copy_blob(blob, other, "deep/er/y", if_generation_match=0)
    blob.delete()
    assert (copied.crc32c, copied.metadata, copied.content_type) == (blob.crc32c, {"a": "1"}, "image/jpeg")
    assert other.blob("deep/er/y").download_as_bytes() == b"abc"
    with pytest.raises(api.PreconditionFailed):
        other.copy_blob(copied, other, "deep/er/y", if_generation_match=0)
    with pytest.raises(api.NotFound):
        bucket.copy_blob(blob, other)


def test_a_rewrite_and_a_rename_move_the_content(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"x" * 1000, content_type="image/jpeg")
    target = bucket.blob("y")
    target.content_type = "text/plain"
    token, done, size = target.rewrite(blob)
    assert (token, done, size) == (None, 1000, 1000)
    assert (bucket.get_blob("y").content_type, bucket.get_blob("x").content_type) == ("text/plain", "image/jpeg")
    bucket.rename_blob(blob, "z")
    assert [one.name for one in bucket.list_blobs()] == ["y", "z"]
    with pytest.raises(api.PreconditionFailed):
        target.rewrite(bucket.blob("z"), if_source_generation_match=1)


def test_a_composition_is_its_parts_one_after_the_other(bucket: Any) -> None:
    parts = []
    for number in range(4):
        parts.append(bucket.blob(f"part{number}"))
        parts[-1].upload_from_string(os.urandom(50_000))
    whole = bucket.blob("whole")
    whole.content_type = "image/jpeg"
    whole.compose(parts)
    expected = b"".join(part.download_as_bytes() for part in parts)
    fresh = bucket.get_blob("whole")
    assert (fresh.download_as_bytes(checksum="crc32c"), fresh.content_type) == (expected, "image/jpeg")
    assert (fresh.md5_hash, fresh.size) == (None, 200_000)
    with pytest.raises(api.BadRequest, match="1 to 32"):
        bucket.blob("many").compose(parts * 9)
    with pytest.raises(api.NotFound):
        bucket.blob("none").compose([bucket.blob("missing")])
    with pytest.raises(api.PreconditionFailed):
        whole.compose(parts, if_generation_match=0)
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("other").compose(parts, if_source_generation_match=[1, None, None, None])


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("**", ["a/1.jpg", "a/2.png", "a/b/3.jpg", "c.jpg"]),
        ("*", ["c.jpg"]),
        ("a/*", ["a/1.jpg", "a/2.png"]),
        ("**.jpg", ["a/1.jpg", "a/b/3.jpg", "c.jpg"]),
        ("a/?.{jpg,png}", ["a/1.jpg", "a/2.png"]),
        ("a/[!1].*", ["a/2.png"]),
        ("none*", []),
    ],
)
def test_a_listing_may_name_a_pattern(bucket: Any, glob: str, names: list[str]) -> None:
    for name in ("a/1.jpg", "a/2.png", "a/b/3.jpg", "c.jpg"):
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in bucket.list_blobs(match_glob=glob, page_size=2)] == names


def test_a_batch_answers_each_request_as_if_it_came_alone(bucket: Any) -> None:
    for name in ("a", "b/ü", "c"):
        bucket.blob(name).upload_from_string(name)
    patched = bucket.get_blob("c")
    with bucket.client.batch():
        bucket.delete_blob("a")
        bucket.delete_blob("b/ü")
        patched.content_type = "image/png"
        patched.patch()
    assert [(blob.name, blob.content_type) for blob in bucket.list_blobs()] == [("c", "image/png")]
    with pytest.raises(api.NotFound), bucket.client.batch():
        [bucket.delete_blob(name) for name in ("none", "c")]
    assert list(bucket.list_blobs()) == []


def test_many_files_go_up_and_come_down_again(bucket: Any, tmp_path: Path) -> None:
    from google.cloud.storage import transfer_manager

    source, target = tmp_path / "source", tmp_path / "target"
    (source / "variables").mkdir(parents=True)
    names = ["saved_model.pb", "empty", "variables/variables.index", "variables/ü 1"]
    for name in names:
        (source / name).write_bytes(os.urandom(30_000) if name != "empty" else b"")
    plain = {"worker_type": transfer_manager.THREAD, "max_workers": 4}
    up = transfer_manager.upload_many_from_filenames(
        bucket, names, source_directory=str(source), blob_name_prefix="m/", skip_if_exists=True, **plain
    )
    assert up == [None] * 4
    again = transfer_manager.upload_many_from_filenames(
        bucket, names, source_directory=str(source), blob_name_prefix="m/", skip_if_exists=True, **plain
    )
    # What is there is told, and left as it is.
    assert [type(error) for error in again] == [api.PreconditionFailed] * 4
    assert {blob.generation for blob in bucket.list_blobs()} == {bucket.get_blob(f"m/{n}").generation for n in names}
    target.mkdir()
    down = transfer_manager.download_many_to_path(
        bucket, [f"m/{name}" for name in names], destination_directory=str(target), **plain
    )
    assert down == [None] * 4
    for name in names:
        assert (target / "m" / name).read_bytes() == (source / name).read_bytes()
    blob = bucket.blob("m/saved_model.pb")
    transfer_manager.download_chunks_concurrently(blob, str(target / "whole"), chunk_size=7000, **plain)
    assert (target / "whole").read_bytes() == (source / "saved_model.pb").read_bytes()


def test_permissions_are_all_held_but_those_that_a_fault_denies(
    bucket: Any, root: Path, storage_at: Any, ml_at: Any, vertex_at: Any
) -> None:
    asked = ["storage.objects.create", "storage.objects.get"]
    assert bucket.test_iam_permissions(asked) == asked
    rule = Rule(match="POST /upload", action=DenyPermission(permission="storage.objects.create"))
    with ExitStack() as stack:
        url = stack.enter_context(running(root, faults=Faults(rules=(rule,))))
        denied = storage_at(url).create_bucket("workbench")
        assert denied.test_iam_permissions(asked) == ["storage.objects.get"]
        with pytest.raises(api.Forbidden, match=r"storage\.objects\.create"):
            denied.blob("x").upload_from_string("x")
        body = {"permissions": ["ml.models.predict", "storage.objects.create"]}
        reply = ml_at(url).models().testIamPermissions(resource="projects/p/models/m", body=body).execute()
        assert reply == {"permissions": ["ml.models.predict"]}
        name = "projects/p/locations/us-central1/models/m"
        permissions = ["aiplatform.models.get", "aiplatform.models.upload"]
        found = vertex_at(url).models().testIamPermissions(resource=name, permissions=permissions).execute()
        assert found == {"permissions": permissions}
