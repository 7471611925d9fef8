"""A bucket through google-cloud-storage: python storage.py URL. Prints a JSON object verb: result."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage import transfer_manager
from verbs import Verbs

CONTENT = bytes(range(256)) * 8


def main(url: str) -> None:
    anonymous: Any = AnonymousCredentials  # Its constructor has no types.
    client = storage.Client("p", anonymous(), client_options={"api_endpoint": url})
    verbs = Verbs()
    verbs.add("create bucket", lambda: client.create_bucket("gcs").name, "gcs")
    bucket = client.bucket("gcs")
    verbs.add("upload", lambda: bucket.blob("a/1").upload_from_string(CONTENT, checksum=None), None)
    verbs.add("upload, resumable", lambda: resumable(bucket), len(CONTENT))
    verbs.add("list", lambda: [blob.name for blob in client.list_blobs("gcs", prefix="a/")], ["a/1", "a/2"])
    verbs.add("download", lambda: bucket.blob("a/1").download_as_bytes() == CONTENT, True)
    verbs.add("download a range", lambda: bucket.blob("a/1").download_as_bytes(start=1, end=4), CONTENT[1:5])
    verbs.add("copy", lambda: bucket.copy_blob(bucket.blob("a/1"), bucket, "b/1").name, "b/1")
    verbs.add("compose", lambda: composed(bucket), 2 * len(CONTENT))
    verbs.add("upload in parts (XML)", lambda: in_parts(bucket), len(CONTENT))
    verbs.add("delete", lambda: bucket.blob("a/1").delete(), None)
    verbs.add("delete bucket, force", lambda: bucket.delete(force=True), None)
    verbs.show()


def resumable(bucket: storage.Bucket) -> Any:
    blob = bucket.blob("a/2", chunk_size=256 << 10)
    with blob.open("wb", chunk_size=256 << 10) as file:
        file.write(CONTENT)
    blob.reload()
    return blob.size


def composed(bucket: storage.Bucket) -> Any:
    blob = bucket.blob("c")
    blob.compose([bucket.blob("a/1"), bucket.blob("a/2")])
    return blob.size


def in_parts(bucket: storage.Bucket) -> Any:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file"
        path.write_bytes(CONTENT)
        transfer_manager.upload_chunks_concurrently(str(path), bucket.blob("d"), worker_type="thread")
    return bucket.get_blob("d").size


main(sys.argv[1])
