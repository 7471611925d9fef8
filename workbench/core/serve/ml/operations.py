"""Long-running operations: their rows and their form in `ml` v1."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final

from workbench.core.serve.faults import points
from workbench.core.serve.faults.spec import FailOperation, HangOperation
from workbench.core.serve.ml.registry import VersionRow
from workbench.core.serve.replies import ApiError
from workbench.core.serve.store import TargetStore, timestamp

_METADATA: Final = "type.googleapis.com/google.cloud.ml.v1.OperationMetadata"
_VERSION: Final = "type.googleapis.com/google.cloud.ml.v1.Version"
_EMPTY: Final = "type.googleapis.com/google.protobuf.Empty"

INTERNAL_CODE: Final = 13
CANCELLED_CODE: Final = 1
FAILED_PRECONDITION_CODE: Final = 9
"""google.rpc.Code numbers."""


class MlOperations:
    """Operations of the store. One that creates a version has that version's folder."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store
        self._hanging: set[str] = set()

    def begin(self, row: VersionRow) -> dict[str, Any]:
        """A new operation, not done, that creates a version."""
        key = row.key
        shown = {k: v for k, v in row.resource().items() if k not in ("state", "isDefault")}
        metadata = _metadata("CREATE_VERSION", f"projects/{key.project}/models/{key.model}") | {"version": shown}
        return self._add(key.project, f"create_{key.model}_{key.name}", row.folder, {"metadata": metadata})

    def at_once(
        self, project: str, kind: str, model: str, apply: Callable[[], dict[str, Any] | None]
    ) -> dict[str, Any]:
        """Run something small, such as DELETE_VERSION, and return its operation, done. Raises what `apply` raises."""
        metadata = _metadata(kind, f"projects/{project}/models/{model}")
        stem = f"{kind.partition('_')[0].lower()}_{model}"
        fault = points.operation.get()
        if isinstance(fault, HangOperation):
            operation = self._add(project, stem, None, {"metadata": metadata})
            if fault.cancellable:
                self._hanging.add(operation["name"])
            return operation
        metadata["endTime"] = metadata["createTime"]
        body: dict[str, Any] = {"metadata": metadata, "done": True}
        if isinstance(fault, FailOperation):
            body["error"] = {"code": fault.code, "message": fault.message}
        else:
            body["response"] = apply() or {"@type": _EMPTY}
        return self._add(project, stem, None, body)

    def _add(self, project: str, stem: str, folder: str | None, body: dict[str, Any]) -> dict[str, Any]:
        number = time.time_ns() // 1_000_000
        with self._store.transaction() as database:
            taken = "SELECT 1 FROM operations WHERE project = ? AND name = ?"
            while database.execute(taken, (project, f"{stem}-{number}")).fetchone():
                number += 1
            name = f"{stem}-{number}"
            sql = "INSERT INTO operations VALUES (?, ?, ?, ?, ?, 0)"
            database.execute(sql, (project, name, folder, json.dumps(body), bool(body.get("done"))))
        return {"name": f"projects/{project}/operations/{name}"} | body

    def end(self, row: VersionRow, code: int = 0, message: str = "") -> None:
        """End the creation of a version, with the version as the response or with an error."""
        found = self._store.row("SELECT * FROM operations WHERE folder = ?", row.folder)
        if found is None:
            return
        body = json.loads(found["body"])
        body["metadata"]["endTime"] = timestamp()
        body["done"] = True
        if code:
            body["error"] = {"code": code, "message": message}
        else:
            body["response"] = {"@type": _VERSION} | row.resource()
        with self._store.transaction() as database:
            database.execute(
                "UPDATE operations SET body = ?, done = 1 WHERE folder = ?", (json.dumps(body), row.folder)
            )

    def cancelled(self, row: VersionRow) -> bool:
        """Whether the client requested to cancel the creation of this version."""
        found = self._store.row("SELECT cancelled FROM operations WHERE folder = ?", row.folder)
        return found is not None and bool(found["cancelled"])

    def get(self, project: str, name: str) -> dict[str, Any]:
        """The operation. Raises `ApiError` 404."""
        row = self._store.row("SELECT * FROM operations WHERE project = ? AND name = ?", project, name)
        if row is None:
            raise ApiError(404, f'The operation resource: "{name}" was not found')
        return _operation(row)

    def page(self, project: str, after: str, limit: int) -> list[dict[str, Any]]:
        """Operations in name order."""
        sql = "SELECT * FROM operations WHERE project = ? AND name > ? ORDER BY name LIMIT ?"
        return [_operation(row) for row in self._store.rows(sql, project, after, limit)]

    def cancel(self, project: str, name: str) -> None:
        """Request an operation to stop; one that is done stays as it is. Raises `ApiError` 404."""
        self.get(project, name)
        with self._store.transaction() as database:
            sql = "UPDATE operations SET cancelled = 1 WHERE project = ? AND name = ? AND NOT done"
            database.execute(sql, (project, name))
        if f"projects/{project}/operations/{name}" in self._hanging:
            self._end_hanging(project, name)

    def _end_hanging(self, project: str, name: str) -> None:
        error = {"code": CANCELLED_CODE, "message": "The operation was cancelled."}
        body = {"metadata": self.get(project, name)["metadata"], "done": True, "error": error}
        with self._store.transaction() as database:
            sql = "UPDATE operations SET body = ?, done = 1 WHERE project = ? AND name = ?"
            database.execute(sql, (json.dumps(body), project, name))


def _metadata(kind: str, model: str) -> dict[str, Any]:
    return {"@type": _METADATA, "createTime": timestamp(), "operationType": kind, "modelName": model}


def _operation(row: sqlite3.Row) -> dict[str, Any]:
    return {"name": f"projects/{row['project']}/operations/{row['name']}", **json.loads(row["body"])}
