"""Objects made from other objects: copies and compositions; and changes of metadata."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError
from workbench.core.serve.storage.content import BLOCK, Checksums, Conditions
from workbench.core.serve.storage.object_types import ObjectWrite, StoredObject
from workbench.core.serve.storage.objects import Objects

MAX_COMPONENTS: Final = 32
"""Maximum number of objects in one composition (Cloud Storage's limit)."""

_KEPT: Final = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "customTime",
    "eventBasedHold",
    "storageClass",
    "temporaryHold",
)
"""Fields of an object that are stored and returned, without effect here."""

_ELSEWHERE: Final = frozenset(
    "contentType metadata name bucket kind id etag generation metageneration size owner selfLink mediaLink crc32c "
    "md5Hash timeCreated updated componentCount timeStorageClassUpdated timeFinalized retentionExpirationTime".split()
)
"""Fields that a client may send back with the others: handled elsewhere, or set only by the server."""


def kept_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object resource that are stored without effect. Raises `ApiError` 501 for unknown ones."""
    # There are no accounts here: an access list is refused, and an empty one asks for nothing.
    fields = {name: value for name, value in body.items() if name not in _ELSEWHERE and (name != "acl" or value)}
    for name in fields:
        if name not in _KEPT:
            raise ApiError(501, f"The object field '{name}' is not supported by the local target.")
    return fields


def described_by(body: Mapping[str, Any], *, replace: bool) -> Any:
    """The change that a PATCH (or, with `replace`, a PUT) body makes. Raises `ApiError`."""
    fields = kept_fields(body)
    metadata = body.get("metadata")
    if metadata is not None and not _texts(metadata):
        raise ApiError(400, "Invalid object resource: 'metadata' is an object of strings.")

    def change(stored: StoredObject) -> StoredObject:
        extra = {} if replace else stored.extra
        custom = {} if replace or ("metadata" in body and metadata is None) else stored.metadata
        return msgspec.structs.replace(
            stored,
            content_type=body.get("contentType") or ("" if replace else stored.content_type),
            extra={k: v for k, v in (extra | fields).items() if v is not None},
            metadata={k: v for k, v in (custom | (metadata or {})).items() if v is not None},
        )

    return change


def _texts(metadata: object) -> bool:
    return isinstance(metadata, dict) and all(isinstance(v, str | None) for v in metadata.values())


def copy(objects: Objects, source: StoredObject, target: ObjectWrite) -> StoredObject:
    """A new object with the content of another. Raises `ApiError`."""
    objects.refuse_early(target)
    beside = objects.beside()
    try:
        points.writing(source.size)
        _duplicate(objects.path(source), beside)
        return objects.commit(target, beside, Checksums(source.size, source.crc32c, source.md5))
    finally:
        beside.unlink(missing_ok=True)


def _duplicate(source: Path, target: Path) -> None:
    try:
        # Contents never change once written, so a hard link is as good as a copy.
        os.link(source, target)
    except FileNotFoundError as err:
        raise ApiError(404, "The source object was deleted meanwhile.") from err
    except OSError:
        shutil.copyfile(source, target)


def copied_wish(
    source: StoredObject, bucket: str, name: str, body: Mapping[str, Any], conditions: Conditions
) -> ObjectWrite:
    """The object to write for a copy: the metadata of the source, overridden by the body."""
    if not body:
        return ObjectWrite(bucket, name, source.content_type, source.metadata, conditions, source.extra)
    kind = str(body.get("contentType") or source.content_type)
    return ObjectWrite(bucket, name, kind, body.get("metadata") or {}, conditions, kept_fields(body))


def compose(objects: Objects, sources: list[StoredObject], target: ObjectWrite) -> StoredObject:
    """A new object with the concatenated contents of others; it has no MD5. Raises `ApiError`."""
    objects.refuse_early(target)
    incoming = objects.incoming()
    try:
        for source in sources:
            with objects.path(source).open("rb") as file:
                while block := file.read(BLOCK):
                    incoming.write(block)
        sums = incoming.finish()
        return objects.commit(target, incoming.path, msgspec.structs.replace(sums, md5=""))
    finally:
        incoming.discard()


def source_of(objects: Objects, bucket: str, part: Any) -> StoredObject:
    """One of a composition's `sourceObjects`. Raises `ApiError` 404 or 412."""
    if not isinstance(part, dict) or not isinstance(part.get("name"), str):
        raise ApiError(400, "Each of sourceObjects needs a name.")
    stored = objects.get(bucket, part["name"])
    wanted = part.get("generation")
    if wanted is not None and str(wanted) != str(stored.generation):
        raise ApiError(404, f"No such object: {bucket}/{stored.name}#{wanted}")
    match = part.get("objectPreconditions", {}).get("ifGenerationMatch")
    Conditions(None if match is None else int(match)).check_object(stored)
    return stored
