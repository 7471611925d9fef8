"""Uploads files to a bucket with Google's client: create-only, checksummed, compared afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from workbench.core.deploy.sessions import open_session
from workbench.core.deploy.storage_errors import telling_storage
from workbench.core.deploy.upload import ByteCounter, changed, side_by_side
from workbench.core.file_manifest import FileEntry, Manifest
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.targets.base import Target

_PATIENCE: Final = 30.0
"""Seconds for which a request is retried; the client's own default is two minutes."""

CHUNK: Final = 16 << 20
"""Bytes per chunk of a resumable upload, after each of which a large upload can be cancelled and reports progress."""

GOOGLE: Final = "https://storage.googleapis.com"

_Found = dict[str, tuple[int, str]]
"""Path below the folder -> (size, crc32c)."""


def split_place(place: str) -> tuple[str, str]:
    """A bucket and a prefix that is empty or ends in a slash, from `BUCKET` or `gs://BUCKET[/PREFIX]`."""
    bucket, _, prefix = place.removeprefix("gs://").partition("/")
    prefix = prefix.strip("/")
    return bucket, f"{prefix}/" if prefix else ""


class StagingBucket:
    """A bucket at the target's storage API. Use as a context manager.

    `session` replaces the real one (by a recorder). Only the local target's bucket is created if it is missing.
    """

    def __init__(self, target: Target, bucket: str, session: Any | None = None) -> None:
        endpoint = target.storage()
        self._address = endpoint or GOOGLE
        self._retry = DEFAULT_RETRY.with_timeout(_PATIENCE)
        self._makes_bucket = target.facts.practice
        self._client: Any = storage.Client(
            project=getattr(target, "project", "") or "none",
            # The session has the account; the client must not look up another one.
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self._address},
            _http=session if session is not None else open_session(target, endpoint),
        )
        self._bucket: Any = self._client.bucket(bucket)

    def __enter__(self) -> StagingBucket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def upload(self, manifest: Manifest, folder: str, report: Report) -> None:
        """Make a folder of the bucket contain exactly the manifest's files.

        Objects with the same size and checksum are not sent again. Raises `WorkbenchError` STAGE_CONFLICT for an object
        with other content, `OutsideError` if the service fails.
        """
        with telling_storage(self._address):
            present = self._present(folder)
            _refuse_strangers(manifest, folder, present)
            self._send_all(manifest, folder, present, report)
            report(Progress("Checking the upload", manifest.bytes, manifest.bytes, "bytes"))
            self._compare(manifest, folder, self.listing(folder))

    def _send_all(self, manifest: Manifest, folder: str, present: _Found, report: Report) -> None:
        counter = ByteCounter()
        for entry in manifest.files:
            if entry.path in present:
                counter.skip(entry)
        missing = [entry for entry in manifest.files if entry.path not in present]
        side_by_side(missing, lambda entry: self._send(folder, entry, counter), counter, manifest.bytes, report)

    def download(self, name: str) -> bytes:
        """An object's content, checksum verified. Raises `TargetRefused` NOT_FOUND, `OutsideError` when it fails."""
        with telling_storage(self._address):
            content: bytes = self._bucket.blob(name).download_as_bytes(checksum="crc32c", retry=self._retry)
            return content

    def read_with_generation(self, name: str) -> tuple[bytes, int]:
        """An object's content and generation; empty and 0 if there is none."""
        with telling_storage(self._address):
            blob = self._bucket.get_blob(name, retry=self._retry)
            if blob is None:
                return b"", 0
            # Exactly this generation, even if the object has been replaced since.
            return blob.download_as_bytes(if_generation_match=blob.generation, retry=self._retry), blob.generation

    def write(self, name: str, content: bytes, generation: int = 0) -> bool:
        """Write an object if it still has that generation (0: does not exist); returns whether it had."""
        with telling_storage(self._address):
            blob = self._bucket.blob(name)
            try:
                blob.upload_from_string(content, if_generation_match=generation, checksum="crc32c", retry=self._retry)
            except api.PreconditionFailed:
                found: bytes = self._bucket.blob(name).download_as_bytes(retry=self._retry)
                return found == content  # Written by this call if only the reply was lost.
            return True

    def names(self, prefix: str, delimiter: str = "") -> tuple[list[str], list[str]]:
        """The objects under a prefix, and with a delimiter the folders below it."""
        with telling_storage(self._address):
            found = self._client.list_blobs(self._bucket, prefix=prefix, delimiter=delimiter or None, retry=self._retry)
            names = [blob.name for blob in found]
            return names, sorted(found.prefixes)

    def remove(self, names: Sequence[str]) -> None:
        """Delete objects, in this order; missing ones are ignored."""
        with telling_storage(self._address):
            for name in names:
                try:
                    self._bucket.blob(name).delete(retry=self._retry)
                except api.NotFound:
                    continue

    def granted(self, permissions: Sequence[str]) -> list[str]:
        """Those of the permissions that the account has on the bucket, according to the service."""
        with telling_storage(self._address):
            return list(self._bucket.test_iam_permissions(list(permissions), retry=self._retry))

    def _present(self, folder: str) -> _Found:
        """The existing objects; a missing bucket shows in the listing and needs no request of its own."""
        try:
            return self.listing(folder)
        except api.NotFound:
            self._ensure_bucket()
            return {}

    def _ensure_bucket(self) -> None:
        """Create the missing bucket. Raises `WorkbenchError` NO_BUCKET unless it is the local target's."""
        if not self._makes_bucket:
            hint = "Create it in the target's region, or set another one in the target's table."
            raise WorkbenchError("NO_BUCKET", f"There is no bucket '{self._bucket.name}'.", hint=hint)
        try:
            self._client.create_bucket(self._bucket, retry=self._retry)
        except api.Conflict:
            # Another push created it meanwhile.
            return

    def listing(self, folder: str) -> _Found:
        """The objects in a folder: path -> (size, crc32c)."""
        prefix = f"{folder}/"
        blobs = self._client.list_blobs(self._bucket, prefix=prefix, retry=self._retry)
        return {blob.name.removeprefix(prefix): (blob.size, blob.crc32c) for blob in blobs}

    def _send(self, folder: str, entry: FileEntry, counter: ByteCounter) -> None:
        blob = self._bucket.blob(f"{folder}/{entry.path}", chunk_size=CHUNK)
        try:
            with counter.open(entry) as file:
                blob.upload_from_file(
                    file, size=entry.size, if_generation_match=0, checksum="crc32c", retry=self._retry
                )
        except api.PreconditionFailed:
            # Sent before and the reply was lost, or sent by another push: the same content is equivalent.
            blob.reload(retry=self._retry)
        except (FileNotFoundError, ValueError) as err:
            # The client raises ValueError for a file that has become shorter.
            raise changed(entry) from err
        if (blob.size, blob.crc32c) != (entry.size, entry.crc32c):
            raise _conflict(folder, entry.path)

    def _compare(self, manifest: Manifest, folder: str, present: _Found) -> None:
        _refuse_strangers(manifest, folder, present)
        for entry in manifest.files:
            if entry.path not in present:
                text = f"'{entry.path}' is not in the listing after its upload."
                raise OutsideError("UPLOAD_LOST", text, where=self._address, hint="Push again.")


def _refuse_strangers(manifest: Manifest, folder: str, present: _Found) -> None:
    expected = {entry.path: (entry.size, entry.crc32c) for entry in manifest.files}
    for path, facts in present.items():
        if expected.get(path) != facts:
            raise _conflict(folder, path)


def _conflict(folder: str, path: str) -> WorkbenchError:
    text = f"'{path}' in the bucket's folder {folder} has unexpected content."
    hint = "It was changed by others, or the export changed during the push: delete that folder, then push again."
    return WorkbenchError("STAGE_CONFLICT", text, hint=hint)
