"""Models and versions: rows in the store, resources in the form of `ml` v1. No HTTP here except for `ApiError`."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import TargetStore, new_id, sweep, timestamp

CREATING: Final = "CREATING"
READY: Final = "READY"
FAILED: Final = "FAILED"


class VersionKey(msgspec.Struct, frozen=True):
    """Identifies a version: project, model and short name."""

    project: str
    model: str
    name: str

    @property
    def resource(self) -> str:
        """The full resource name."""
        return f"projects/{self.project}/models/{self.model}/versions/{self.name}"


class VersionRow(msgspec.Struct, frozen=True):
    """A version as it is stored. `folder` is never reused: a version with a reused name gets another folder."""

    key: VersionKey
    folder: str
    state: str
    error: str
    body: dict[str, Any]
    created: str
    changes: int
    default: bool

    def resource(self) -> dict[str, Any]:
        """The Version resource of the API."""
        shown = {"name": self.key.resource, **{k: v for k, v in self.body.items() if k != "name"}}
        shown |= {"createTime": self.created, "state": self.state, "etag": _etag(self.changes)}
        shown |= {"isDefault": True} if self.default else {}
        return shown | ({"errorMessage": self.error} if self.error else {})


class Registry:
    """The state of `ml` v1 in the local target."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store
        kept = store.rows("SELECT folder FROM versions UNION SELECT folder FROM vertex_versions")
        sweep(store.versions, (row["folder"] for row in kept))

    def create_model(self, project: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new Model of the API. Raises `ApiError` 409 if the name exists."""
        with self._store.transaction() as database:
            if database.execute("SELECT 1 FROM models WHERE project = ? AND name = ?", (project, name)).fetchone():
                raise ApiError(409, "A model with the same name already exists.", field="model.name")
            database.execute("INSERT INTO models VALUES (?, ?, ?, NULL, 0)", (project, name, json.dumps(body)))
            return self.model(project, name)

    def model(self, project: str, name: str) -> dict[str, Any]:
        """The Model of the API. Raises `ApiError` 404."""
        with self._store.transaction():
            return self._model_resource(self._model_row(project, name))

    def models(self, project: str, after: str, limit: int) -> list[dict[str, Any]]:
        """Models in name order."""
        sql = "SELECT * FROM models WHERE project = ? AND name > ? ORDER BY name LIMIT ?"
        with self._store.transaction():
            return [self._model_resource(row) for row in self._store.rows(sql, project, after, limit)]

    def projects_with(self, name: str) -> list[str]:
        """The projects that have a model of this name, in order."""
        return [
            row["project"] for row in self._store.rows("SELECT project FROM models WHERE name = ? ORDER BY 1", name)
        ]

    def describe_model(self, project: str, name: str, description: str) -> None:
        """Change a model's description. Raises `ApiError` 404."""
        with self._store.transaction() as database:
            body = json.loads(self._model_row(project, name)["body"]) | {"description": description}
            sql = "UPDATE models SET body = ?, changes = changes + 1 WHERE project = ? AND name = ?"
            database.execute(sql, (json.dumps(body), project, name))

    def delete_model(self, project: str, name: str) -> None:
        """Delete a model. Raises `ApiError` 404, or 400 while the model has versions."""
        with self._store.transaction() as database:
            self._model_row(project, name)
            sql = "SELECT 1 FROM versions WHERE project = ? AND model = ?"
            if database.execute(sql, (project, name)).fetchone():
                raise precondition("model.name", "A model that has versions cannot be deleted.")
            database.execute("DELETE FROM models WHERE project = ? AND name = ?", (project, name))

    def _model_row(self, project: str, name: str) -> sqlite3.Row:
        row = self._store.row("SELECT * FROM models WHERE project = ? AND name = ?", project, name)
        if row is None:
            raise ApiError(404, f'The model resource: "{name}" was not found')
        return row

    def _model_resource(self, row: sqlite3.Row) -> dict[str, Any]:
        project, name = row["project"], row["name"]
        body = {k: v for k, v in json.loads(row["body"]).items() if k != "name"}
        shown = {"name": f"projects/{project}/models/{name}", "regions": ["us-central1"], **body}
        shown["etag"] = _etag(row["changes"])
        if row["default_version"] is not None:
            key = VersionKey(project, name, row["default_version"])
            shown["defaultVersion"] = self.version(key).resource()
        return shown

    def add_version(self, key: VersionKey, body: dict[str, Any]) -> VersionRow:
        """Add a version that is being created. Raises `ApiError` 404 for the model, 409 for the name."""
        with self._store.transaction() as database:
            self._model_row(key.project, key.model)
            if self._find(key) is not None:
                raise ApiError(409, "A version with the same name already exists.", field="version.name")
            values = (key.project, key.model, key.name, json.dumps(body), new_id(), CREATING, "", timestamp())
            database.execute("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", values)
            return self.version(key)

    def version(self, key: VersionKey) -> VersionRow:
        """The version. Raises `ApiError` 404, for a missing model first."""
        self._model_row(key.project, key.model)
        found = self._find(key)
        if found is None:
            raise ApiError(404, f'The version resource: "{key.name}" was not found')
        return found

    def _find(self, key: VersionKey) -> VersionRow | None:
        rows = self._select("v.project = ? AND v.model = ? AND v.name = ?", key.project, key.model, key.name)
        return rows[0] if rows else None

    def versions(self, project: str, model: str, after: str, limit: int) -> list[VersionRow]:
        """Versions in name order. Raises `ApiError` 404 for the model."""
        self._model_row(project, model)
        where = "v.project = ? AND v.model = ? AND v.name > ? ORDER BY v.name LIMIT ?"
        return self._select(where, project, model, after, limit)

    def unfinished(self) -> list[VersionRow]:
        """Versions that a previous process left in creation."""
        return self._select("v.state = ?", CREATING)

    def _select(self, where: str, *values: object) -> list[VersionRow]:
        sql = (
            "SELECT v.*, v.name IS m.default_version AS is_default FROM versions v "
            f"JOIN models m ON m.project = v.project AND m.name = v.model WHERE {where}"
        )
        return [_version(row) for row in self._store.rows(sql, *values)]

    def default_version(self, project: str, model: str) -> VersionKey | None:
        """The default version of the model, if it has one. Raises `ApiError` 404 for the model."""
        name = self._model_row(project, model)["default_version"]
        return None if name is None else VersionKey(project, model, name)

    def end_creation(self, row: VersionRow, error: str) -> None:
        """READY, and the default if the model has none yet; with an error FAILED, and never the default."""
        key = row.key
        with self._store.transaction() as database:
            sql = "UPDATE versions SET state = ?, error = ?, changes = changes + 1 WHERE folder = ?"
            database.execute(sql, (FAILED if error else READY, error, row.folder))
            if not error:
                sql = "UPDATE models SET default_version = coalesce(default_version, ?) WHERE project = ? AND name = ?"
                database.execute(sql, (key.name, key.project, key.model))

    def set_default(self, key: VersionKey) -> VersionRow:
        """Make a version the default. Raises `ApiError` 404, or 400 for a version that cannot serve."""
        with self._store.transaction() as database:
            row = self.version(key)
            if row.state != READY:
                text = f"The version is {row.state}; only a READY version can be the default."
                raise precondition("version.name", text)
            sql = "UPDATE models SET default_version = ?, changes = changes + 1 WHERE project = ? AND name = ?"
            database.execute(sql, (key.name, key.project, key.model))
            return self.version(key)

    def update_version(self, key: VersionKey, changes: dict[str, Any]) -> VersionRow:
        """Change what a patch may change. Raises `ApiError` 404."""
        with self._store.transaction() as database:
            body = self.version(key).body | changes
            sql = "UPDATE versions SET body = ?, changes = changes + 1 WHERE project = ? AND model = ? AND name = ?"
            database.execute(sql, (json.dumps(body), key.project, key.model, key.name))
            return self.version(key)

    def delete_version(self, key: VersionKey) -> VersionRow:
        """Delete a version. Raises `ApiError` 404, or 400 for the default among several and for one being created."""
        with self._store.transaction() as database:
            row = self.version(key)
            if row.state == CREATING:
                raise precondition("version.name", "The version is being created; cancel that operation first.")
            if row.default and len(self.versions(key.project, key.model, "", 2)) > 1:
                text = "The default version cannot be deleted while the model has other versions."
                raise precondition("version.name", text)
            database.execute("DELETE FROM versions WHERE folder = ?", (row.folder,))
            if row.default:
                sql = "UPDATE models SET default_version = NULL WHERE project = ? AND name = ?"
                database.execute(sql, (key.project, key.model))
            return row

    def folder(self, row: VersionRow) -> Path:
        """The folder of the version's own copy of its files."""
        return self._store.versions / row.folder


def _version(row: sqlite3.Row) -> VersionRow:
    return VersionRow(
        key=VersionKey(row["project"], row["model"], row["name"]),
        folder=row["folder"],
        state=row["state"],
        error=row["error"],
        body=json.loads(row["body"]),
        created=row["created"],
        changes=row["changes"],
        default=bool(row["is_default"]),
    )


def _etag(changes: int) -> str:
    return base64.b64encode(changes.to_bytes(8, "big")).decode()
