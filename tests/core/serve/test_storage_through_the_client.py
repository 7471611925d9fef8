"""Across modules. Cloud Storage's own client against the local target."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api

from workbench.core.serve.run import running

StorageClient = Callable[[str], Any]
QUARTER_MIB = 256 * 1024


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("shared")) as address:
        yield address


@pytest.fixture
def bucket(shared_url: str, storage_at: StorageClient) -> Any:
    """A bucket of the test's own, on a server that the tests of this file share."""
    return storage_at(shared_url).create_bucket(f"bucket-{uuid.uuid4().hex}")


@pytest.fixture
def own_bucket(url: str, storage_at: StorageClient) -> Any:
    """A bucket on a server of the test's own, for those who look at its disk."""
    return storage_at(url).create_bucket("own")


def test_a_bucket_is_created_once_found_and_listed(url: str, storage_at: StorageClient) -> None:
    client = storage_at(url)
    assert list(client.list_buckets()) == []
    client.create_bucket("first")
    with pytest.raises(api.Conflict):
        client.create_bucket("first")
    client.create_bucket("second")
    assert [b.name for b in client.list_buckets()] == ["first", "second"]
    assert client.lookup_bucket("third") is None


@pytest.mark.parametrize("name", ["Upper", "ab", "..", "a/b"])
def test_a_name_that_is_no_bucket_is_refused(shared_url: str, storage_at: StorageClient, name: str) -> None:
    with pytest.raises((api.BadRequest, ValueError)):
        storage_at(shared_url).create_bucket(name)


def test_a_bucket_with_objects_is_not_deleted_and_an_empty_one_is(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("x")
    with pytest.raises(api.Conflict, match="not empty"):
        bucket.delete()
    blob.delete()
    bucket.delete()
    assert not bucket.exists()


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_multipart_upload_comes_back_byte_for_byte(bucket: Any, size: int) -> None:
    data = os.urandom(size)
    blob = bucket.blob("folder/a file ü%2F+.bin")
    blob.upload_from_string(data, content_type="image/jpeg", checksum="crc32c")
    fresh = bucket.get_blob(blob.name)
    assert (fresh.size, fresh.content_type, fresh.crc32c) == (size, "image/jpeg", blob.crc32c)
    assert fresh.download_as_bytes(checksum="crc32c") == data
    assert fresh.download_as_bytes(checksum="md5") == data


@pytest.mark.parametrize("size", [1, QUARTER_MIB, 3 * QUARTER_MIB, 3 * QUARTER_MIB + 17])
def test_a_resumable_upload_in_pieces_comes_back_byte_for_byte(bucket: Any, size: int) -> None:
    data = os.urandom(size)
    blob = bucket.blob("big", chunk_size=QUARTER_MIB)
    blob.upload_from_string(data, checksum="crc32c", if_generation_match=0)
    assert bucket.get_blob("big").download_as_bytes() == data


def test_a_resumable_upload_of_unknown_length_ends(bucket: Any) -> None:
    data = os.urandom(2 * QUARTER_MIB)
    with bucket.blob("stream", chunk_size=QUARTER_MIB).open("wb", if_generation_match=0) as out:
        out.write(data)
    assert bucket.blob("stream").download_as_bytes() == data


def test_custom_metadata_is_kept(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.metadata = {"project": "flowers"}
    blob.upload_from_string("x")
    assert bucket.get_blob("x").metadata == {"project": "flowers"}


@pytest.mark.parametrize("size", [10, 2 * QUARTER_MIB])
def test_create_only_refuses_an_object_that_is_there(bucket: Any, size: int) -> None:
    first = os.urandom(size)
    bucket.blob("x", chunk_size=QUARTER_MIB).upload_from_string(first, if_generation_match=0)
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("x", chunk_size=QUARTER_MIB).upload_from_string(os.urandom(size), if_generation_match=0)
    assert bucket.blob("x").download_as_bytes() == first


def test_a_refusal_reaches_a_client_that_is_still_sending(bucket: Any) -> None:
    bucket.blob("x").upload_from_string(b"0")
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("x").upload_from_string(os.urandom(8 << 20), if_generation_match=0)


def test_every_write_is_a_new_generation_and_a_stale_one_is_refused(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("one")
    stale = blob.generation
    blob.upload_from_string("two", if_generation_match=stale)
    assert blob.generation > stale
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("x").upload_from_string("three", if_generation_match=stale)
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("x").delete(if_generation_match=stale)
    with pytest.raises(api.NotFound):
        bucket.blob("x", generation=stale).download_as_bytes()


def test_replaced_and_deleted_contents_leave_no_file(own_bucket: Any, root: Path) -> None:
    for text in ("one", "two", "three"):
        own_bucket.blob("x").upload_from_string(text)
    assert len(list((root / "content").iterdir())) == 1
    own_bucket.blob("x").delete()
    assert list((root / "content").iterdir()) == []
    assert list((root / "incoming").iterdir()) == []
    with pytest.raises(api.NotFound):
        own_bucket.blob("x").delete()


@pytest.fixture
def tree(bucket: Any) -> Any:
    for name in ("a/1", "a/2", "a/b/3", "a/b/4", "a/c/5", "b", "a"):
        bucket.blob(name).upload_from_string(name)
    return bucket


def test_a_listing_has_all_names_in_order_over_many_pages(tree: Any) -> None:
    names = [b.name for b in tree.client.list_blobs(tree, page_size=2)]
    assert names == ["a", "a/1", "a/2", "a/b/3", "a/b/4", "a/c/5", "b"]


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_a_delimiter_folds_what_is_below_into_prefixes(tree: Any, page_size: int) -> None:
    blobs = tree.client.list_blobs(tree, prefix="a/", delimiter="/", page_size=page_size)
    assert [b.name for b in blobs] == ["a/1", "a/2"]
    assert sorted(blobs.prefixes) == ["a/b/", "a/c/"]


def test_a_listing_can_be_cut_at_both_ends_and_by_count(tree: Any) -> None:
    assert [b.name for b in tree.client.list_blobs(tree, start_offset="a/2", end_offset="a/c/5")] == [
        "a/2",
        "a/b/3",
        "a/b/4",
    ]
    assert len(list(tree.client.list_blobs(tree, max_results=3))) == 3
    assert list(tree.client.list_blobs(tree, prefix="zzz")) == []


def test_a_part_of_an_object_is_sent_alone(bucket: Any) -> None:
    bucket.blob("x").upload_from_string(b"0123456789")
    assert bucket.blob("x").download_as_bytes(start=2, end=4) == b"234"
    assert bucket.blob("x").download_as_bytes(start=7) == b"789"
    with pytest.raises(api.RequestRangeNotSatisfiable):
        bucket.blob("x").download_as_bytes(start=99)


@pytest.mark.parametrize("name", ["../../escape", "/etc/passwd", "a/../../b", "..\\x"])
def test_a_name_that_looks_like_a_path_stays_inside_the_root(own_bucket: Any, root: Path, name: str) -> None:
    before = {p for p in root.parent.rglob("*") if root not in p.parents}
    own_bucket.blob(name).upload_from_string("x")
    assert own_bucket.blob(name).download_as_bytes() == b"x"
    assert [b.name for b in own_bucket.client.list_blobs(own_bucket)] == [name]
    assert {p for p in root.parent.rglob("*") if root not in p.parents} == before


def test_objects_are_there_after_a_restart(root: Path, storage_at: StorageClient) -> None:
    with running(root) as url:
        storage_at(url).create_bucket("kept").blob("x").upload_from_string("before")
    with running(root) as url:
        bucket = storage_at(url).bucket("kept")
        assert bucket.blob("x").download_as_bytes() == b"before"
        with pytest.raises(api.PreconditionFailed):
            bucket.blob("x").upload_from_string("after", if_generation_match=0)


def test_contents_that_no_row_names_are_swept_at_the_start(root: Path, storage_at: StorageClient) -> None:
    with running(root) as url:
        storage_at(url).create_bucket("kept").blob("x").upload_from_string("x")
    for folder in ("content", "incoming", "versions"):
        (root / folder / "orphan").write_bytes(b"half")
    with running(root) as url:
        assert storage_at(url).bucket("kept").blob("x").download_as_bytes() == b"x"
        assert not list(root.rglob("orphan"))
