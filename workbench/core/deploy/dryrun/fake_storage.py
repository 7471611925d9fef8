"""Fakes the storage API of an empty bucket for a push."""

from __future__ import annotations

import base64
import json
from typing import Any

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing

_UPLOAD = "/upload/storage/v1/b/"
_JSON = "/storage/v1/b/"
_DOWNLOAD = "/download/storage/v1/b/"


class ImaginedStorage:
    """Remembers the uploaded objects, so that the comparison after the upload finds them."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._sizes: dict[str, dict[str, Any]] = {}
        self._sessions: dict[str, tuple[dict[str, Any], bytearray]] = {}

    def takes(self, asked: RecordedRequest) -> bool:
        """Whether a request is for the storage API."""
        return asked.path.startswith((_UPLOAD, _JSON, _DOWNLOAD))

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """The reply of an empty bucket."""
        if asked.path.startswith(_UPLOAD):
            return self._upload(asked)
        bucket, _, rest = asked.path.removeprefix(_DOWNLOAD).removeprefix(_JSON).partition("/")
        if not rest:
            return FakeResponse(200, {"kind": "storage#bucket", "name": bucket})
        if rest == "o":
            return FakeResponse(200, self._listing(asked.query))
        return self._object(rest.removeprefix("o/"), asked)

    def _listing(self, query: dict[str, str]) -> dict[str, Any]:
        prefix, cut = query.get("prefix", ""), query.get("delimiter", "")
        names = [name for name in self._sizes if name.startswith(prefix)]
        below = [name.removeprefix(prefix) for name in names]
        if not cut:
            return {"items": [self._sizes[name] for name in names]}
        folders = sorted({f"{prefix}{rest.partition(cut)[0]}{cut}" for rest in below if cut in rest})
        return {"items": [self._sizes[n] for n in names if cut not in n.removeprefix(prefix)], "prefixes": folders}

    def _object(self, name: str, asked: RecordedRequest) -> FakeResponse:
        if name not in self._sizes:
            return missing(f"No such object: {name}")
        if asked.method == "DELETE":
            self._sizes.pop(name)
            return FakeResponse(204, b"")
        content = self._objects.get(name, b"")
        return FakeResponse(200, content if asked.query.get("alt") == "media" else self._sizes[name])

    def _upload(self, asked: RecordedRequest) -> FakeResponse:
        if asked.query.get("uploadType") == "multipart":
            metadata, content = _parts(asked)
            return self._put(metadata, content)
        if asked.method == "POST":
            metadata = asked.document()
            key = str(len(self._sessions) + 1)
            self._sessions[key] = (metadata, bytearray())
            place = f"https://storage.googleapis.com{asked.path}?uploadType=resumable&upload_id={key}"
            told = f"begins a resumable upload of {metadata.get('name')}"
            return FakeResponse(200, {}, {"location": place}, told, metadata)
        metadata, so_far = self._sessions[asked.query["upload_id"]]
        so_far += asked.data
        told = f"{len(asked.data):,} bytes of {metadata.get('name')}"
        total = asked.headers.get("content-range", "").rpartition("/")[2]
        if total not in ("", "*", str(len(so_far))):
            return FakeResponse(308, b"", {"range": f"bytes=0-{len(so_far) - 1}"}, told)
        done = self._put(metadata, bytes(so_far))
        return FakeResponse(200, done.body, {}, told)

    def _put(self, metadata: dict[str, Any], content: bytes) -> FakeResponse:
        import google_crc32c

        name = str(metadata["name"])
        crc = base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
        generation = str(len(self._sizes) + 1)
        self._sizes[name] = {"name": name, "size": str(len(content)), "crc32c": crc, "generation": generation}
        if len(content) < 1 << 20:
            self._objects[name] = content  # Small objects are read back: configuration, records.
        return FakeResponse(200, self._sizes[name], {}, f"{len(content):,} bytes of {name}", metadata)


def _parts(asked: RecordedRequest) -> tuple[dict[str, Any], bytes]:
    """Metadata and content of a multipart upload."""
    kind: Any = next(value for name, value in asked.headers.items() if name.lower() == "content-type")
    words = kind if isinstance(kind, bytes) else str(kind).encode()
    boundary = b"--" + words.partition(b"boundary=")[2].strip(b"\"'")
    _, head, body, _ = asked.data.split(boundary, 3)
    content = body.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
    found: dict[str, Any] = json.loads(head.partition(b"\r\n\r\n")[2])
    return found, content
