"""Loads versions in the background and lends them to predictions."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from workbench.core.serve.faults import points
from workbench.core.serve.faults.spec import FailOperation, HangOperation
from workbench.core.serve.ml.operations import (
    CANCELLED_CODE,
    FAILED_PRECONDITION_CODE,
    INTERNAL_CODE,
    MlOperations,
)
from workbench.core.serve.ml.registry import READY, Registry, VersionKey, VersionRow
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.serving.model_cache import ModelCache, ModelLease
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.store import TargetStore
from workbench.core.serve.version_files import copy_parts, deployment
from workbench.spec.errors import WorkbenchError

_log = logging.getLogger(__name__)


class VersionLoader:
    """The versions of a store that can serve predictions. Its methods may be called from any thread."""

    def __init__(
        self, store: TargetStore, objects: Objects, registry: Registry, operations: MlOperations, shelf: ModelCache
    ) -> None:
        self._store = store
        self._objects = objects
        self._registry = registry
        self._operations = operations
        self._shelf = shelf
        self._hanging: dict[str, VersionRow] = {}
        # One at a time: loading is heavy, and this may be a workstation.
        self._creator = ThreadPoolExecutor(1, "create-version")

    def start(self) -> None:
        """Recreate, from their objects, the versions that a killed process left unfinished."""
        for row in self._registry.unfinished():
            self._submit(row)

    def warm_up(self) -> None:
        """Load the runtime in the background, so that the first version does not wait for it."""
        self._creator.submit(_load_runtime)

    def create(self, key: VersionKey, body: dict[str, Any]) -> dict[str, Any]:
        """Start to create a version and return its operation. Raises `ApiError` for errors that show at once."""
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
        """Request an operation to stop; one that is done stays as it is. Raises `ApiError` 404."""
        self._operations.cancel(project, name)
        hanging = self._hanging.pop(f"projects/{project}/operations/{name}", None)
        if hanging is not None:
            self._submit(hanging)

    def _submit(self, row: VersionRow) -> None:
        # The context carries the injected faults of the request that created the version.
        future = self._creator.submit(copy_context().run, self._create, row)
        future.add_done_callback(lambda done: self._see_off(row, done))

    def _create(self, row: VersionRow) -> None:
        try:
            self._refuse_cancelled(row)
            copy_parts(self._objects, deployment(self._objects, row.body["deploymentUri"]), self._registry.folder(row))
            self._refuse_cancelled(row)
            self._shelf.load(self._registry.folder(row))
            self._refuse_cancelled(row)
            self._refuse_on_purpose()
        except _OperationCancelled:
            self._end(row, CANCELLED_CODE, "Create Version was cancelled.")
        except ApiError as err:
            self._end(row, FAILED_PRECONDITION_CODE, f"Create Version failed. {err.message}")
        except _InjectedFailure as err:
            self._end(row, err.fault.code, err.fault.message)
        except WorkbenchError as err:
            text = f'Bad model detected with error:  "Failed to load model: {err.message} (Error code: 0)"'
            self._end(row, FAILED_PRECONDITION_CODE, f"Create Version failed. {text}")
        else:
            self._end(row)

    def _refuse_cancelled(self, row: VersionRow) -> None:
        if self._operations.cancelled(row):
            raise _OperationCancelled

    def _refuse_on_purpose(self) -> None:
        fault = points.operation.get()
        if isinstance(fault, FailOperation):
            raise _InjectedFailure(fault)

    def _end(self, row: VersionRow, code: int = 0, message: str = "") -> None:
        if code:
            self.forget(row)
            shutil.rmtree(self._registry.folder(row), ignore_errors=True)
        with self._store.transaction():
            self._registry.end_creation(row, message)
            self._operations.end(self._registry.version(row.key), code, message)

    def _see_off(self, row: VersionRow, done: Future[None]) -> None:
        """Record an unexpected exception as a failed creation, so that no version stays in creation for ever."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.error("creating %s failed", row.key.resource, exc_info=error)
            self._end(row, INTERNAL_CODE, f"Internal error encountered: {type(error).__name__}: {error}")

    def set_default(self, key: VersionKey) -> VersionRow:
        """Make a version the default once it is loaded and warm, so that no request waits for loading.

        Raises `ApiError` 404, or 400 for a version that cannot serve.
        """
        row = self._registry.version(key)
        if row.state == READY:
            try:
                self._shelf.load(self._registry.folder(row))
            except WorkbenchError as err:
                raise precondition("version.name", f"The version does not load any more: {err.message}") from err
        return self._registry.set_default(key)

    @contextmanager
    def lease(self, key: VersionKey) -> Iterator[ModelLease]:
        """A version ready to run. Raises `ApiError`, and `WorkbenchError` if it does not load."""
        row = self._registry.version(key)
        if row.state != READY:
            text = "Online prediction is unavailable for this version. Please verify that CreateVersion has completed"
            raise precondition("name", f"{text} successfully.")
        with self._shelf.lease(self._registry.folder(row)) as lease:
            yield lease

    def forget(self, row: VersionRow) -> None:
        """Drop a version from memory; predictions in progress end first."""
        self._shelf.forget(self._registry.folder(row))

    def close(self) -> None:
        """Finish the version in creation; queued ones are left for the next start."""
        self._creator.shutdown(wait=True, cancel_futures=True)


class _OperationCancelled(Exception):
    """The client cancelled the operation."""


class _InjectedFailure(Exception):
    """A fault rule makes the operation fail."""

    def __init__(self, fault: FailOperation) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _load_runtime() -> None:
    from workbench.core.savedmodel.opening import warm_up

    warm_up()
