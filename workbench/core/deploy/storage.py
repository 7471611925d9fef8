"""Files into a bucket with the real google client: create-only, checksummed, compared afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests.exceptions
from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY

from workbench.core.deploy.manifest import FileEntry, Manifest
from workbench.core.deploy.port import NOT_FOUND, REFUSED, Refusal, no_server
from workbench.core.progress import Report
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress

_PATIENCE: Final = 30.0
"""Seconds a request is tried again for; the client's own default is two minutes."""

_Found = dict[str, tuple[int, str]]
"""Path below the folder -> (size, crc32c)."""


class Staging:
    """A bucket at a storage API without accounts (the local target). Use as a context manager."""

    def __init__(self, address: str, project: str, bucket: str) -> None:
        self._address = address
        self._retry = DEFAULT_RETRY.with_timeout(_PATIENCE)
        self._client: Any = storage.Client(
            project=project,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": address},
        )
        # A proxy for the outside world must not see what goes to our own machine.
        self._client._http.trust_env = False
        self._bucket: Any = self._client.bucket(bucket)

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def upload(self, manifest: Manifest, report: Report) -> None:
        """Make the manifest's folder hold exactly its files.

        What is there with the same size and checksum is not sent again. Raises `WorkbenchError`
        STAGE_CONFLICT when something else is there, `OutsideError` when the service fails.
        """
        with _telling(self._address):
            self._ensure_bucket()
            present = self._listing(manifest)
            _refuse_strangers(manifest, present)
            for number, entry in enumerate(manifest.files):
                report(Progress("Uploading", number, len(manifest.files)))
                if entry.path not in present:
                    self._send(manifest, entry)
            report(Progress("Checking the upload", len(manifest.files), len(manifest.files)))
            self._compare(manifest, self._listing(manifest))

    def download(self, name: str) -> bytes:
        """An object's content, its checksum compared. Raises `Refusal` NOT_FOUND, `OutsideError` when it fails."""
        with _telling(self._address):
            content: bytes = self._bucket.blob(name).download_as_bytes(checksum="crc32c", retry=self._retry)
            return content

    def _ensure_bucket(self) -> None:
        if self._bucket.exists(retry=self._retry):
            return
        try:
            self._client.create_bucket(self._bucket, retry=self._retry)
        except api.Conflict:
            # Another push made it meanwhile.
            return

    def _listing(self, manifest: Manifest) -> _Found:
        prefix = f"{manifest.folder}/"
        blobs = self._client.list_blobs(self._bucket, prefix=prefix, retry=self._retry)
        return {blob.name.removeprefix(prefix): (blob.size, blob.crc32c) for blob in blobs}

    def _send(self, manifest: Manifest, entry: FileEntry) -> None:
        blob = self._bucket.blob(f"{manifest.folder}/{entry.path}")
        try:
            blob.upload_from_filename(entry.source, if_generation_match=0, checksum="crc32c", retry=self._retry)
        except api.PreconditionFailed:
            # Sent before and the reply was lost, or sent by another push: the same content is as good as ours.
            blob.reload(retry=self._retry)
            if (blob.size, blob.crc32c) != (entry.size, entry.crc32c):
                raise _conflict(manifest, entry.path) from None
        except FileNotFoundError as err:
            raise _changed(entry) from err

    def _compare(self, manifest: Manifest, present: _Found) -> None:
        _refuse_strangers(manifest, present)
        for entry in manifest.files:
            if entry.path not in present:
                text = f"'{entry.path}' is not in the listing after its upload."
                raise OutsideError("UPLOAD_LOST", text, where=self._address, hint="Push again.")


def _refuse_strangers(manifest: Manifest, present: _Found) -> None:
    expected = {entry.path: (entry.size, entry.crc32c) for entry in manifest.files}
    for path, facts in present.items():
        if expected.get(path) != facts:
            raise _conflict(manifest, path)


def _conflict(manifest: Manifest, path: str) -> WorkbenchError:
    text = f"'{path}' in the bucket's folder {manifest.folder} is not what belongs there."
    hint = "Somebody changed it, or the export changed while it was pushed: delete that folder, then push again."
    return WorkbenchError("STAGE_CONFLICT", text, hint=hint)


def _changed(entry: FileEntry) -> WorkbenchError:
    return WorkbenchError("EXPORT_CHANGED", "It went away during the upload.", where=entry.source, hint="Push again.")


@contextmanager
def _telling(address: str) -> Iterator[None]:
    """The clients' exceptions as ours."""
    try:
        yield
    except api.RetryError as err:
        raise no_server(address, _brief(err.cause or err)) from err
    except api.GoogleAPICallError as err:
        raise _api_failure(address, err) from err
    except (requests.exceptions.RequestException, GoogleAuthError, ConnectionError) as err:
        raise no_server(address, _brief(err)) from err
    except DataCorruption as err:
        text = f"The content arrived damaged: {_brief(err)}"
        raise OutsideError("UPLOAD_DAMAGED", text, where=address, hint="Push again.") from err
    except InvalidResponse as err:
        text = f"What answers there is no storage API: {_brief(err)}"
        raise OutsideError("NOT_A_TARGET", text, where=address) from err


def _api_failure(address: str, error: Any) -> WorkbenchError:
    status, text = error.code or 0, str(error.message)
    if status in (401, 403):
        return OutsideError("NO_PERMISSION", text, where=address)
    if status == 404:
        return Refusal(NOT_FOUND, text, where=address)
    if status == 507:
        return OutsideError("TARGET_FULL", text, where=address, hint="Free some space there and push again.")
    if status == 429 or status >= 500:
        return OutsideError("TARGET_FAILED", text, where=address, hint="Try again later.")
    return Refusal(REFUSED, text, where=address)


def _brief(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:197] + "..."
