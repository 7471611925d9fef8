"""Endpoints: the deployed models of each, and the choice of one for a request."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import Any, Final

import msgspec

from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import TargetStore, timestamp
from workbench.core.serve.vertex.names import ModelRef, VertexLocation, model_ref
from workbench.core.serve.vertex.registry import ModelVersion

_OUT: Final = ("name", "createTime", "updateTime", "etag")


class StoredEndpoint(msgspec.Struct, frozen=True):
    """One endpoint as it is stored; `body` also holds its deployedModels and its trafficSplit."""

    place: VertexLocation
    id: str
    body: dict[str, Any]
    created: str
    updated: str
    changes: int

    @property
    def name(self) -> str:
        """The full resource name."""
        return f"{self.place.name}/endpoints/{self.id}"

    @property
    def deployed(self) -> list[dict[str, Any]]:
        """Its DeployedModels."""
        found: list[dict[str, Any]] = self.body.get("deployedModels", [])
        return found

    @property
    def split(self) -> dict[str, int]:
        """Traffic split: DeployedModel id -> percent."""
        found: dict[str, int] = self.body.get("trafficSplit", {})
        return found

    def deployed_model(self, name: str) -> dict[str, Any]:
        """The DeployedModel of that id. Raises `ApiError` 404."""
        for one in self.deployed:
            if one["id"] == name:
                return one
        raise ApiError(404, f"The DeployedModel {name} does not exist in {self.name}.")

    def resource(self) -> dict[str, Any]:
        """The Endpoint resource of the API."""
        shown = {"name": self.name, **{k: v for k, v in self.body.items() if k not in _OUT and v not in ([], {})}}
        return shown | {"createTime": self.created, "updateTime": self.updated, "etag": f"AMEw9{self.changes:08d}"}


class EndpointRegistry:
    """The endpoints of a store."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store

    def create(self, place: VertexLocation, name: str, body: dict[str, Any]) -> StoredEndpoint:
        """A new endpoint. Raises `ApiError` 409."""
        with self._store.transaction() as database:
            if self._row(place, name) is not None:
                raise ApiError(409, f"The Endpoint {place.name}/endpoints/{name} already exists.")
            values = (place.name, name, json.dumps(body), timestamp(), timestamp(), 0)
            database.execute("INSERT INTO vertex_endpoints VALUES (?,?,?,?,?,?)", values)
            return self.get(place, name)

    def get(self, place: VertexLocation, name: str) -> StoredEndpoint:
        """The endpoint. Raises `ApiError` 404."""
        row = self._row(place, name)
        if row is None:
            raise ApiError(404, f"The Endpoint does not exist: {place.name}/endpoints/{name}.")
        return _endpoint(row)

    def _row(self, place: VertexLocation, name: str) -> sqlite3.Row | None:
        return self._store.row("SELECT * FROM vertex_endpoints WHERE place = ? AND id = ?", place.name, name)

    def all(self, place: VertexLocation) -> list[StoredEndpoint]:
        """All endpoints of a location, newest first."""
        sql = "SELECT * FROM vertex_endpoints WHERE place = ? ORDER BY created DESC"
        return [_endpoint(row) for row in self._store.rows(sql, place.name)]

    def write(self, endpoint: StoredEndpoint, changes: dict[str, Any]) -> StoredEndpoint:
        """Change members of an endpoint; `None` removes a member."""
        body = {k: v for k, v in (endpoint.body | changes).items() if v is not None}
        with self._store.transaction() as database:
            sql = "UPDATE vertex_endpoints SET body = ?, updated = ?, changes = changes + 1 WHERE place = ? AND id = ?"
            database.execute(sql, (json.dumps(body), timestamp(), endpoint.place.name, endpoint.id))
            return self.get(endpoint.place, endpoint.id)

    def delete(self, endpoint: StoredEndpoint) -> None:
        """Delete an endpoint. Raises `ApiError` 400 while models are deployed."""
        if endpoint.deployed:
            ids = ", ".join(one["id"] for one in endpoint.deployed)
            raise precondition("name", f"The Endpoint has deployed or being-deployed DeployedModel(s): {ids}.")
        with self._store.transaction() as database:
            where = (endpoint.place.name, endpoint.id)
            database.execute("DELETE FROM vertex_endpoints WHERE place = ? AND id = ?", where)

    def pointers(self, version: ModelVersion) -> list[dict[str, str]]:
        """Where a version is deployed, as the Model resource shows it."""
        return [
            {"endpoint": endpoint.name, "deployedModelId": one["id"]}
            for endpoint in self.all(version.place)
            for one in endpoint.deployed
            if deployed_ref(one, endpoint.place) == ModelRef(version.place, version.model, str(version.version))
        ]


def deployed_ref(deployed: dict[str, Any], place: VertexLocation) -> ModelRef:
    """The exact version that a DeployedModel runs."""
    ref = model_ref(deployed["model"], place, "model")
    return ModelRef(ref.place, ref.model, deployed["modelVersionId"])


def check_split(split: dict[str, int], known: set[str], field: str = "traffic_split") -> None:
    """Raise `ApiError` 400 unless the percentages are of known DeployedModels and add up to 100."""
    unknown = sorted(set(split) - known)
    if unknown:
        raise ApiError(400, f"The following DeployedModel ID(s) [{', '.join(unknown)}] do not exist.", field=field)
    if split and (sum(split.values()) != 100 or min(split.values()) < 0):
        total = sum(split.values())
        raise ApiError(400, f"The traffic percentage values must add up to 100, but add up to {total}.", field=field)


class Router:
    """Chooses the DeployedModel for each request: every 100 requests are distributed by the split, as evenly as
    possible.

    Smooth weighted round robin, as in nginx: it is deterministic, so that tests can rely on it.
    """

    def __init__(self) -> None:
        self._credits: dict[str, dict[str, int]] = {}
        self._lock = threading.Lock()

    def choose(self, endpoint: StoredEndpoint) -> str:
        """The id of the DeployedModel. Raises `ApiError` 400 if no traffic is assigned."""
        split = {name: share for name, share in endpoint.split.items() if share > 0}
        if not split:
            raise ApiError(400, f"Endpoint {endpoint.name} doesn't have traffic_split.", status="FAILED_PRECONDITION")
        with self._lock:
            credit = self._credits.get(endpoint.name, {})
            if set(credit) != set(split):
                credit = dict.fromkeys(split, 0)
            credit = {name: credit[name] + share for name, share in split.items()}
            chosen = max(sorted(credit), key=lambda name: credit[name])
            credit[chosen] -= sum(split.values())
            self._credits[endpoint.name] = credit
            return chosen


def _endpoint(row: sqlite3.Row) -> StoredEndpoint:
    _, project, _, location = row["place"].split("/")
    place = VertexLocation(project, location)
    return StoredEndpoint(place, row["id"], json.loads(row["body"]), row["created"], row["updated"], row["changes"])
