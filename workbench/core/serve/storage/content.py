"""Incoming content of an object with its checksums, and the preconditions of a request."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Protocol

import google_crc32c
import msgspec
from starlette.requests import Request

from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError, whole_number

BLOCK: Final = 1 << 20
_UNMET: Final = "At least one of the pre-conditions you specified did not hold."


class Checksums(msgspec.Struct, frozen=True):
    """Size and base64 checksums of some content. In a request, an empty value means "not given"."""

    size: int
    crc32c: str
    md5: str


class IncomingFile:
    """A temporary file that is being written; `finish` it, then move it into place or `discard` it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("xb")
        self._crc = google_crc32c.Checksum()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, block: bytes) -> None:
        """Append bytes."""
        points.writing(len(block))
        self._file.write(block)
        self._crc.update(block)
        self._md5.update(block)
        self.size += len(block)

    def finish(self) -> Checksums:
        """Flush the bytes to disk and return their checksums."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Checksums(self.size, _text(self._crc.digest()), _text(self._md5.digest()))

    def discard(self) -> None:
        """Delete the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def measure(path: Path) -> Checksums:
    """The checksums of an existing file, whose bytes are flushed to disk."""
    crc = google_crc32c.Checksum()
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            crc.update(block)
            md5.update(block)
            size += len(block)
        os.fsync(file.fileno())
    return Checksums(size, _text(crc.digest()), _text(md5.digest()))


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def claimed(metadata: Mapping[str, object], hash_header: str) -> Checksums:
    """The checksums that the client states: in the object's metadata or in `X-Goog-Hash: crc32c=..,md5=..`."""
    header = dict(part.strip().partition("=")[::2] for part in hash_header.split(",") if part.strip())
    crc32c = str(metadata.get("crc32c") or header.get("crc32c") or "")
    return Checksums(0, crc32c, str(metadata.get("md5Hash") or header.get("md5") or ""))


def compare(said: Checksums, found: Checksums) -> None:
    """Raise `ApiError` 400 if the content differs from what the client stated."""
    if said.crc32c and said.crc32c != found.crc32c:
        text = f'Provided CRC32C "{said.crc32c}" doesn\'t match calculated CRC32C "{found.crc32c}".'
        raise ApiError(400, text)
    if said.md5 and said.md5 != found.md5:
        raise ApiError(400, f'Provided MD5 hash "{said.md5}" doesn\'t match calculated MD5 hash "{found.md5}".')


class Conditions(msgspec.Struct, frozen=True):
    """The generations that a request requires; 0 means "there is no such object"."""

    match: int | None = None
    not_match: int | None = None
    meta_match: int | None = None
    meta_not_match: int | None = None
    etags: tuple[str, ...] = ()
    not_etags: tuple[str, ...] = ()
    exact: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], source: str = "") -> Conditions:
        """From a query string. `source`: "Source" for the preconditions on the source of a copy. Raises `ApiError`
        400."""
        names = ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch")
        match, not_match, meta_match, meta_not_match = (whole_number(query, f"if{source}{name}") for name in names)
        return cls(match, not_match, meta_match, meta_not_match)

    @classmethod
    def of(cls, request: Request) -> Conditions:
        """From a request's query and its `If-Match` and `If-None-Match` headers (RFC 9110, 13.1)."""
        etags, not_etags = (_etags(request, name) for name in ("if-match", "if-none-match"))
        return msgspec.structs.replace(cls.read(request.query_params), etags=etags, not_etags=not_etags)

    def check_object(self, live: Generations | None, *, reading: bool = False) -> None:
        """Raise `ApiError` 412 unless the live object (`None`: there is none) meets the conditions.

        For a read of an object that the client already has unchanged, the status is 304.
        """
        generation, metageneration = (live.generation, live.metageneration) if live else (0, 0)
        if _differs(self.exact, generation):
            raise ApiError(404, f"There is no generation {self.exact} of this object.")
        known = {*etags_of(live), "*"} if live else set()
        wrong = _differs(self.match, generation) or _differs(self.meta_match, metageneration)
        if wrong or (self.etags and not known & {*self.etags}):
            raise ApiError(412, _UNMET)
        same = self.not_match == generation or (live is not None and self.meta_not_match == metageneration)
        if same or known & {*self.not_etags}:
            raise ApiError(304 if reading else 412, _UNMET)

    def check_metageneration(self, found: int, *, reading: bool = False) -> None:
        """Raise `ApiError` 412 (or 304) unless a bucket's metageneration meets the conditions."""
        if _differs(self.meta_match, found):
            raise ApiError(412, _UNMET)
        if self.meta_not_match == found:
            raise ApiError(304 if reading else 412, _UNMET)


def etags_of(live: Generations) -> tuple[str, str]:
    """The entity tags of an object: that of its resource and that of its content."""
    both = f"{live.generation}/{live.metageneration}".encode()
    return base64.b64encode(both).decode(), str(live.generation)


def _etags(request: Request, name: str) -> tuple[str, ...]:
    parts = (part.strip() for part in request.headers.get(name, "").split(","))
    return tuple(part.removeprefix("W/").strip('"') for part in parts if part)


class Generations(Protocol):
    """The attributes that conditions are compared with."""

    @property
    def generation(self) -> int: ...

    @property
    def metageneration(self) -> int: ...


def _differs(wanted: int | None, found: int) -> bool:
    return wanted is not None and wanted != found
