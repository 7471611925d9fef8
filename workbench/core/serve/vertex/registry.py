"""Models and their versions: rows in the store, resources in the form of `aiplatform` v1."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import TargetStore, timestamp
from workbench.core.serve.vertex.names import ModelRef, VertexLocation

DEFAULT: Final = "default"
"""The alias that exactly one version of a model has."""

_FORMATS: Final = ["jsonl", "csv", "tf-record", "tf-record-gzip", "file-list"]
_OUT: Final = ("name", "versionId", "versionAliases", "createTime", "updateTime", "etag", "deployedModels")


class ModelVersion(msgspec.Struct, frozen=True):
    """One version of a model as it is stored; `body` is the uploaded description."""

    place: VertexLocation
    model: str
    version: int
    folder: str
    body: dict[str, Any]
    aliases: list[str]
    created: str
    updated: str
    changes: int

    @property
    def name(self) -> str:
        """The model's resource name, without the version."""
        return f"{self.place.name}/models/{self.model}"


class ModelRegistry:
    """The models of a store. Raises `ApiError` as the service does."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store

    def find(self, ref: ModelRef) -> ModelVersion:
        """The version that a name denotes. Raises `ApiError` 404."""
        versions = self.versions(ref.place, ref.model)
        wanted = ref.version or DEFAULT
        for one in versions:
            if wanted in (str(one.version), *one.aliases):
                return one
        raise ApiError(404, f"The Model version {ref.version} of {versions[0].name} does not exist.")

    def versions(self, place: VertexLocation, model: str) -> list[ModelVersion]:
        """All versions of a model, oldest first. Raises `ApiError` 404."""
        sql = "SELECT * FROM vertex_versions WHERE place = ? AND model = ? ORDER BY version"
        found = [_version(row) for row in self._store.rows(sql, place.name, model)]
        if not found:
            raise ApiError(404, f"The Model does not exist: {place.name}/models/{model}.")
        return found

    def models(self, place: VertexLocation) -> list[ModelVersion]:
        """The default version of each model, newest model first."""
        rows = self._store.rows("SELECT * FROM vertex_versions WHERE place = ? ORDER BY created DESC", place.name)
        return [version for version in map(_version, rows) if DEFAULT in version.aliases]

    def exists(self, place: VertexLocation, model: str) -> bool:
        """Whether the model has a version."""
        sql = "SELECT 1 FROM vertex_versions WHERE place = ? AND model = ? LIMIT 1"
        return self._store.row(sql, place.name, model) is not None

    def add(self, place: VertexLocation, model: str, version: int, folder: str, body: dict[str, Any]) -> ModelVersion:
        """Add an uploaded version. The aliases that it names are removed from other versions."""
        with self._store.transaction() as database:
            aliases = list(dict.fromkeys(body.get("versionAliases", [])))
            if not self.exists(place, model) and DEFAULT not in aliases:
                aliases.append(DEFAULT)
            self._take_aliases(place, model, set(aliases))
            now = timestamp()
            values = (place.name, model, version, folder, json.dumps(body), json.dumps(aliases), now, now, 0)
            database.execute("INSERT INTO vertex_versions VALUES (?,?,?,?,?,?,?,?,?)", values)
            return self.find(ModelRef(place, model, str(version)))

    def _take_aliases(self, place: VertexLocation, model: str, aliases: set[str]) -> None:
        if not self.exists(place, model):
            return
        for one in self.versions(place, model):
            if aliases & set(one.aliases):
                self._set_aliases(one, [alias for alias in one.aliases if alias not in aliases])

    def merge_aliases(self, version: ModelVersion, asked: list[str]) -> ModelVersion:
        """Add aliases, and remove those with a `-` prefix. Raises `ApiError` 400 if no default would be left."""
        added = {alias for alias in asked if not alias.startswith("-")}
        removed = {alias[1:] for alias in asked if alias.startswith("-")}
        if DEFAULT in removed - added and DEFAULT in version.aliases:
            raise precondition("version_aliases", "A model must have exactly one version with the alias 'default'.")
        with self._store.transaction():
            self._take_aliases(version.place, version.model, added - removed)
            kept = [alias for alias in version.aliases if alias not in removed | added]
            self._set_aliases(version, kept + sorted(added - removed))
            return self.find(ModelRef(version.place, version.model, str(version.version)))

    def _set_aliases(self, version: ModelVersion, aliases: list[str]) -> None:
        self._write(version, "aliases = ?", json.dumps(aliases))

    def change(self, version: ModelVersion, changes: dict[str, Any]) -> ModelVersion:
        """Change stored members of a version."""
        body = {k: v for k, v in (version.body | changes).items() if v is not None}
        self._write(version, "body = ?", json.dumps(body))
        return self.find(ModelRef(version.place, version.model, str(version.version)))

    def _write(self, version: ModelVersion, assignment: str, value: str) -> None:
        where = "place = ? AND model = ? AND version = ?"
        with self._store.transaction() as database:
            sql = f"UPDATE vertex_versions SET {assignment}, updated = ?, changes = changes + 1 WHERE {where}"
            database.execute(sql, (value, timestamp(), version.place.name, version.model, version.version))

    def delete(self, versions: list[ModelVersion]) -> None:
        """Delete these versions."""
        with self._store.transaction() as database:
            for one in versions:
                database.execute("DELETE FROM vertex_versions WHERE folder = ?", (one.folder,))

    def next_version(self, place: VertexLocation, model: str) -> int:
        """The number of the next version; numbers of deleted ones are never reused."""
        with self._store.transaction() as database:
            sql = "INSERT INTO vertex_counters VALUES (?, 1) ON CONFLICT(name) DO UPDATE SET last = last + 1"
            name = f"{place.name}/models/{model}"
            database.execute(sql, (name,))
            number: int = database.execute("SELECT last FROM vertex_counters WHERE name = ?", (name,)).fetchone()[0]
            return number

    def folder(self, version: ModelVersion) -> Path:
        """The folder of the version's own copy of its files."""
        return self._store.versions / version.folder


def _version(row: sqlite3.Row) -> ModelVersion:
    _, project, _, location = row["place"].split("/")
    return ModelVersion(
        place=VertexLocation(project, location),
        model=row["model"],
        version=row["version"],
        folder=row["folder"],
        body=json.loads(row["body"]),
        aliases=json.loads(row["aliases"]),
        created=row["created"],
        updated=row["updated"],
        changes=row["changes"],
    )


def model_resource(version: ModelVersion, deployed: list[dict[str, str]]) -> dict[str, Any]:
    """The Model resource of the API; `deployed` are its pointers to endpoints."""
    shown = {"name": version.name, **{k: v for k, v in version.body.items() if k not in _OUT}}
    shown |= {
        "versionId": str(version.version),
        "versionAliases": version.aliases,
        "versionCreateTime": version.created,
        "versionUpdateTime": version.updated,
        "createTime": version.created,
        "updateTime": version.updated,
        "supportedDeploymentResourcesTypes": ["DEDICATED_RESOURCES"],
        "supportedInputStorageFormats": _FORMATS,
        "supportedOutputStorageFormats": ["jsonl"],
        "etag": f"AMEw9{version.changes:08d}",
    }
    return shown | ({"deployedModels": deployed} if deployed else {})
