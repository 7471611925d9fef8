"""Versions brought to life: copied, loaded in the background, kept, and asked for predictions.

TensorFlow is imported by the first thread that needs it, never by the one that answers requests.
"""

from __future__ import annotations

import logging
import shutil
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from workbench.core.serve.deployment import copy_parts, deployment
from workbench.core.serve.faults import points
from workbench.core.serve.faults.spec import FailOperation, HangOperation
from workbench.core.serve.objects import Objects
from workbench.core.serve.operations import (
    CANCELLED_CODE,
    FAILED_PRECONDITION_CODE,
    INTERNAL_CODE,
    Operations,
)
from workbench.core.serve.registry import READY, Registry, VersionKey, VersionRow
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import Store
from workbench.spec.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.predict.session import ServingSession

_log = logging.getLogger(__name__)


class Models:
    """The versions of a store that can answer. Its methods may be called from any thread."""

    def __init__(self, store: Store, objects: Objects, registry: Registry, operations: Operations) -> None:
        self._store = store
        self._objects = objects
        self._registry = registry
        self._operations = operations
        self._sessions: dict[str, ServingSession] = {}
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._hanging: dict[str, VersionRow] = {}
        # One at a time: loading is heavy and the machine is somebody's desktop.
        self._creator = ThreadPoolExecutor(1, "create-version")

    def start(self) -> None:
        """Take up what a killed process left: its unfinished versions are created again from their objects."""
        for row in self._registry.unfinished():
            self._submit(row)

    def warm_up(self) -> None:
        """Import TensorFlow in the background, so that the first version does not wait for it."""
        self._creator.submit(_import_tensorflow)

    def create(self, key: VersionKey, body: dict[str, Any]) -> dict[str, Any]:
        """Begin a version and answer its operation. Raises `ApiError` for what is wrong at once."""
        self._registry.model(key.project, key.model)
        deployment(self._objects, str(body.get("deploymentUri", "")))
        with self._store.transaction():
            row = self._registry.add_version(key, body)
            operation = self._operations.begin(row)
        fault = points.operation.get()
        if not isinstance(fault, HangOperation):
            self._submit(row)
        elif fault.cancellable:
            self._hanging[operation["name"]] = row
        return operation

    def cancel(self, project: str, name: str) -> None:
        """Ask an operation to stop; one that is done stays as it is. Raises `ApiError` 404."""
        self._operations.cancel(project, name)
        hanging = self._hanging.pop(f"projects/{project}/operations/{name}", None)
        if hanging is not None:
            self._submit(hanging)

    def _submit(self, row: VersionRow) -> None:
        # The faults of the request that began it go along.
        future = self._creator.submit(copy_context().run, self._create, row)
        future.add_done_callback(lambda done: self._see_off(row, done))

    def _create(self, row: VersionRow) -> None:
        try:
            self._refuse_cancelled(row)
            copy_parts(self._objects, deployment(self._objects, row.body["deploymentUri"]), self._registry.folder(row))
            self._refuse_cancelled(row)
            self._load(row)
            self._refuse_cancelled(row)
            self._refuse_on_purpose()
        except _Cancelled:
            self._end(row, CANCELLED_CODE, "Create Version was cancelled.")
        except ApiError as err:
            self._end(row, FAILED_PRECONDITION_CODE, f"Create Version failed. {err.message}")
        except _OnPurpose as err:
            self._end(row, err.fault.code, err.fault.message)
        except WorkbenchError as err:
            text = f'Bad model detected with error:  "Failed to load model: {err.message} (Error code: 0)"'
            self._end(row, FAILED_PRECONDITION_CODE, f"Create Version failed. {text}")
        else:
            self._end(row)

    def _refuse_cancelled(self, row: VersionRow) -> None:
        if self._operations.cancelled(row):
            raise _Cancelled

    def _refuse_on_purpose(self) -> None:
        fault = points.operation.get()
        if isinstance(fault, FailOperation):
            raise _OnPurpose(fault)

    def _end(self, row: VersionRow, code: int = 0, message: str = "") -> None:
        if code:
            self.forget(row)
            shutil.rmtree(self._registry.folder(row), ignore_errors=True)
        with self._store.transaction():
            self._registry.end_creation(row, message)
            self._operations.end(self._registry.version(row.key), code, message)

    def _see_off(self, row: VersionRow, done: Future[None]) -> None:
        """Nothing that goes wrong may leave a version being created for ever."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.error("creating %s failed", row.key.resource, exc_info=error)
            self._end(row, INTERNAL_CODE, f"Internal error encountered: {type(error).__name__}: {error}")

    def _load(self, row: VersionRow) -> ServingSession:
        """The version's session, loaded at most once however many ask at the same time."""
        with self._lock:
            gate = self._loading.setdefault(row.folder, threading.Lock())
        with gate:
            session = self._sessions.get(row.folder)
            if session is None:
                from workbench.core.predict.session import ServingSession

                session = ServingSession(self._registry.folder(row))
                self._sessions[row.folder] = session
            return session

    def predict(self, key: VersionKey, body: dict[str, Any]) -> list[dict[str, object]]:
        """The predictions for a request body. Raises `ApiError`, and `WorkbenchError` in the service's words."""
        row = self._registry.version(key)
        if row.state != READY:
            text = "Online prediction is unavailable for this version. Please verify that CreateVersion has completed"
            raise precondition("name", f"{text} successfully.")
        session = self._load(row)
        from workbench.core.predict.online import INVALID_INPUTS, PredictionError, predict

        if "instances" not in body:
            raise PredictionError(INVALID_INPUTS, "The request body has no 'instances'.")
        name = body.get("signature_name")
        if name is not None and not isinstance(name, str):
            raise PredictionError(INVALID_INPUTS, "'signature_name' is not a string.")
        try:
            return predict(session, body["instances"], name)
        except RecursionError as err:
            raise PredictionError(INVALID_INPUTS, "The instances are nested too deep.") from err

    def forget(self, row: VersionRow) -> None:
        """Drop a version's session. Not closed: a prediction under way ends, and the last user frees it."""
        with self._lock:
            self._sessions.pop(row.folder, None)
            self._loading.pop(row.folder, None)

    def close(self) -> None:
        """Finish the version being created, leave those that wait for the next start, free the sessions."""
        self._creator.shutdown(wait=True, cancel_futures=True)
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


class _Cancelled(Exception):
    """The client cancelled the operation."""


class _OnPurpose(Exception):
    """A rule says that the operation fails."""

    def __init__(self, fault: FailOperation) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _import_tensorflow() -> None:
    from workbench.core.lazy import tensorflow

    tensorflow()
