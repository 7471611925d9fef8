"""Long-running operations of `aiplatform` v1: each belongs to the resource that it works on."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import TargetStore, timestamp
from workbench.core.serve.vertex.names import VertexLocation, new_number

_TYPE: Final = "type.googleapis.com/google.cloud.aiplatform.v1."
EMPTY: Final = {"@type": "type.googleapis.com/google.protobuf.Empty"}


def typed(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    """A response in an operation: `name` is its message, such as `Endpoint`."""
    return {"@type": _TYPE + name} | resource


class VertexOperations:
    """Operations of the store. `task` is what a killed server has to resume, as JSON."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store

    def begin(self, place: VertexLocation, parent: str, kind: str, task: str = "") -> dict[str, Any]:
        """A new operation below `parent` (such as `models/7`), not done; `kind` names its metadata message."""
        now = timestamp()
        metadata = typed(kind, {"genericMetadata": {"createTime": now, "updateTime": now}})
        number = new_number()
        values = (place.name, parent, number, json.dumps({"metadata": metadata}), task)
        with self._store.transaction() as database:
            sql = "INSERT INTO vertex_operations VALUES (?, ?, ?, ?, 0, 0, ?)"
            database.execute(sql, values)
        return self.get(place, number)

    def stage(self, place: VertexLocation, number: str, stage: str) -> None:
        """Record the stage of a deployment."""
        self._update(place, number, lambda body: body["metadata"].update(deploymentStage=stage))

    def end(
        self, place: VertexLocation, number: str, response: dict[str, Any] | None, code: int = 0, text: str = ""
    ) -> None:
        """End an operation with a response, or with an error if there is none."""

        def change(body: dict[str, Any]) -> None:
            body["done"] = True
            if response is None:
                body["error"] = {"code": code, "message": text}
            else:
                body["response"] = response

        self._update(place, number, change)

    def _update(self, place: VertexLocation, number: str, change: Any) -> None:
        with self._store.transaction() as database:
            row = self._row(place, number)
            body = json.loads(row["body"])
            if row["done"]:
                return
            change(body)
            body["metadata"]["genericMetadata"]["updateTime"] = timestamp()
            sql = "UPDATE vertex_operations SET body = ?, done = ? WHERE place = ? AND id = ?"
            database.execute(sql, (json.dumps(body), bool(body.get("done")), place.name, number))

    def _row(self, place: VertexLocation, number: str) -> sqlite3.Row:
        row = self._store.row("SELECT * FROM vertex_operations WHERE place = ? AND id = ?", place.name, number)
        if row is None:
            raise ApiError(404, f"The operation {number} does not exist in {place.name}.")
        return row

    def get(self, place: VertexLocation, number: str, parent: str = "") -> dict[str, Any]:
        """The operation. Raises `ApiError` 404, also for one that is below another resource."""
        row = self._row(place, number)
        if parent and row["parent"] != parent:
            raise ApiError(404, f"The operation {number} does not exist below {parent}.")
        return _operation(row)

    def all(self, place: VertexLocation, parent: str = "") -> list[dict[str, Any]]:
        """Operations of one resource, or all; newest first."""
        sql = "SELECT * FROM vertex_operations WHERE place = ? AND (? = '' OR parent = ?) ORDER BY id DESC"
        return [_operation(row) for row in self._store.rows(sql, place.name, parent, parent)]

    def unfinished(self) -> list[tuple[VertexLocation, str, str]]:
        """Location, number and task of the operations that a previous process left unfinished."""
        rows = self._store.rows("SELECT * FROM vertex_operations WHERE NOT done ORDER BY id")
        return [(VertexLocation(*row["place"].split("/")[1::2]), row["id"], row["task"]) for row in rows]

    def cancel(self, place: VertexLocation, number: str) -> None:
        """Request an operation to stop; one that is done stays as it is."""
        with self._store.transaction() as database:
            sql = "UPDATE vertex_operations SET cancelled = 1 WHERE place = ? AND id = ? AND NOT done"
            database.execute(sql, (place.name, number))

    def cancelled(self, place: VertexLocation, number: str) -> bool:
        """Whether a client requested the operation to stop."""
        return bool(self._row(place, number)["cancelled"])

    def delete(self, place: VertexLocation, number: str) -> None:
        """Delete an operation. Raises `ApiError` 400 for one that is not done."""
        with self._store.transaction() as database:
            if not self._row(place, number)["done"]:
                raise precondition("name", "The operation is not done; cancel it first.")
            database.execute("DELETE FROM vertex_operations WHERE place = ? AND id = ?", (place.name, number))


def _operation(row: sqlite3.Row) -> dict[str, Any]:
    parent = f"{row['parent']}/" if row["parent"] else ""
    return {"name": f"{row['place']}/{parent}operations/{row['id']}", **json.loads(row["body"])}
