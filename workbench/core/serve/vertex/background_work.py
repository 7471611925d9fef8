"""Background work of `aiplatform` v1's operations: copies, loads and deploys models."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.serve.faults import points
from workbench.core.serve.faults.spec import FailOperation, HangOperation
from workbench.core.serve.replies import ApiError
from workbench.core.serve.serving.model_cache import ModelCache
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.store import TargetStore, timestamp
from workbench.core.serve.version_files import copy_parts, deployment
from workbench.core.serve.vertex.endpoints import EndpointRegistry, check_split
from workbench.core.serve.vertex.names import ModelRef, VertexLocation
from workbench.core.serve.vertex.operations import VertexOperations, typed
from workbench.core.serve.vertex.registry import ModelRegistry, ModelVersion
from workbench.spec.errors import WorkbenchError

_log = logging.getLogger(__name__)

_CANCELLED, _NOT_FOUND, _FAILED_PRECONDITION, _INTERNAL = 1, 5, 9, 13
_CODES: Final = {400: 3, 403: 7, 404: _NOT_FOUND, 409: 6}
_GRAPHS: Final = ("saved_model.pb", "saved_model.pbtxt")


class Upload(msgspec.Struct, frozen=True, tag=True):
    """A version being uploaded; its number and folder are fixed when it begins."""

    model: str
    version: int
    folder: str
    body: dict[str, Any]


class Deploy(msgspec.Struct, frozen=True, tag=True):
    """A model being deployed. In `split`, "0" stands for it."""

    endpoint: str
    ref: ModelRef
    deployed: dict[str, Any]
    split: dict[str, int]


Task = Upload | Deploy


class BackgroundWork:
    """Runs the operations of a store, one slow one at a time. Its methods may be called from any thread."""

    def __init__(
        self,
        store: TargetStore,
        objects: Objects,
        models: ModelRegistry,
        endpoints: EndpointRegistry,
        shelf: ModelCache,
    ) -> None:
        self._store = store
        self._objects = objects
        self._models = models
        self._endpoints = endpoints
        self._shelf = shelf
        self.operations = VertexOperations(store)
        self._hanging: dict[tuple[VertexLocation, str], Callable[[], None]] = {}
        self._pool = ThreadPoolExecutor(1, "vertex-operation")

    def start(self) -> None:
        """Resume what a killed process left unfinished."""
        for place, number, task in self.operations.unfinished():
            if task:
                self._submit(place, number, msgspec.json.decode(task, type=Task))
            else:
                self.operations.end(place, number, None, _INTERNAL, "The server was stopped in between.")

    def quick(
        self, place: VertexLocation, parent: str, kind: str, apply: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Run something small now and return its operation, done. Raises the `ApiError` of `apply`."""
        fault = points.operation.get()
        if isinstance(fault, FailOperation | HangOperation):
            operation = self.operations.begin(place, parent, kind)
            number = _number(operation)
            if isinstance(fault, FailOperation):
                self.operations.end(place, number, None, fault.code, fault.message)
            else:
                self._hang(place, number, fault)
            return self.operations.get(place, number)
        with self._store.transaction():
            response = apply()
            number = _number(self.operations.begin(place, parent, kind))
            self.operations.end(place, number, response)
            return self.operations.get(place, number)

    def slow(self, place: VertexLocation, parent: str, kind: str, task: Task) -> dict[str, Any]:
        """Start a task in the background and return its operation."""
        operation = self.operations.begin(place, parent, kind, msgspec.json.encode(task).decode())
        fault = points.operation.get()
        if isinstance(fault, HangOperation):
            self._hang(place, _number(operation), fault)
        else:
            self._submit(place, _number(operation), task)
        return operation

    def _hang(self, place: VertexLocation, number: str, fault: HangOperation) -> None:
        if fault.cancellable:
            self._hanging[place, number] = lambda: self._end_cancelled(place, number)

    def cancel(self, place: VertexLocation, number: str) -> None:
        """Request an operation to stop; one that is done stays as it is. Raises `ApiError` 404."""
        self.operations.get(place, number)
        self.operations.cancel(place, number)
        hanging = self._hanging.pop((place, number), None)
        if hanging is not None:
            hanging()

    def _end_cancelled(self, place: VertexLocation, number: str) -> None:
        self.operations.end(place, number, None, _CANCELLED, "The operation was cancelled.")

    def _submit(self, place: VertexLocation, number: str, task: Task) -> None:
        # The context carries the injected faults of the request that started the operation.
        future = self._pool.submit(copy_context().run, self._run, place, number, task)
        future.add_done_callback(lambda done: self._see_off(place, number, done))

    def _see_off(self, place: VertexLocation, number: str, done: Future[None]) -> None:
        """Record an unexpected exception as the operation's error, so that no operation stays unfinished for ever."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.error("%s: operation %s failed", place.name, number, exc_info=error)
            text = f"Internal error encountered: {type(error).__name__}: {error}"
            self.operations.end(place, number, None, _INTERNAL, text)

    def _run(self, place: VertexLocation, number: str, task: Task) -> None:
        try:
            self._refuse(place, number)
            if isinstance(task, Upload):
                self._upload(place, number, task)
            else:
                self._deploy(place, number, task)
        except _OperationFailed as ended:
            self.operations.end(place, number, None, ended.code, ended.text)
        except ApiError as err:
            code = _FAILED_PRECONDITION if err.status == "FAILED_PRECONDITION" else _CODES.get(err.code, _INTERNAL)
            self.operations.end(place, number, None, code, err.message)

    def _refuse(self, place: VertexLocation, number: str) -> None:
        if self.operations.cancelled(place, number):
            raise _OperationFailed(_CANCELLED, "The operation was cancelled.")
        fault = points.operation.get()
        if isinstance(fault, FailOperation):
            raise _OperationFailed(fault.code, fault.message)

    def _upload(self, place: VertexLocation, number: str, task: Upload) -> None:
        folder = self._store.versions / task.folder
        try:
            if uri := task.body.get("artifactUri"):
                copy_parts(self._objects, deployment(self._objects, uri, "model.artifact_uri", graph=False), folder)
            self._refuse(place, number)
            with self._store.transaction():
                made = self._models.add(place, task.model, task.version, task.folder, task.body)
                response = {"model": made.name, "modelVersionId": str(made.version)}
                # In the transaction that adds the version: a killed server must not upload it twice.
                self.operations.end(place, number, typed("UploadModelResponse", response))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _deploy(self, place: VertexLocation, number: str, task: Deploy) -> None:
        self.operations.stage(place, number, "STARTING_MODEL_SERVER")
        version = self._models.find(task.ref)
        try:
            self._shelf.load(self.servable(version))
        except WorkbenchError as err:
            text = f"Model server exited unexpectedly. Model server logs: {err.message}"
            raise _OperationFailed(_FAILED_PRECONDITION, text) from err
        self._refuse(place, number)
        with self._store.transaction():
            self._models.find(task.ref)  # The model may have been deleted meanwhile.
            endpoint = self._endpoints.get(place, task.endpoint)
            deployed = task.deployed | {"createTime": timestamp(), "status": {"availableReplicaCount": 1}}
            split = {deployed["id"] if k == "0" else k: v for k, v in task.split.items()}
            check_split(split, {one["id"] for one in endpoint.deployed} | {deployed["id"]})
            changes: dict[str, Any] = {"deployedModels": [*endpoint.deployed, deployed]}
            self._endpoints.write(endpoint, changes | ({"trafficSplit": split} if split else {}))
            self.operations.end(place, number, typed("DeployModelResponse", {"deployedModel": deployed}))

    def servable(self, version: ModelVersion) -> Path:
        """The folder that the version's container would serve: the files, or its highest numbered folder.

        TensorFlow Serving's image looks only for numbered folders, the prebuilt images only for the files. Raises
        `WorkbenchError` NOT_A_SAVEDMODEL if the image would find nothing.
        """
        folder = self._models.folder(version)
        image = str(version.body.get("containerSpec", {}).get("imageUri", ""))
        numbered = sorted(
            (p for p in folder.glob("[0-9]*") if p.name.isdigit() and _is_model(p)), key=lambda p: int(p.name)
        )
        plain = [folder] if _is_model(folder) else []
        if "tensorflow/serving" in image or "tensorflow-serving" in image:
            plain = []
        elif "/prediction/tf" in image:
            numbered = []
        found = plain or numbered
        if not found:
            text = (
                "No versions of servable model found under base path: the image finds no SavedModel in the artifacts."
            )
            raise WorkbenchError("NOT_A_SAVEDMODEL", text, where=image)
        return found[-1]

    def forget(self, version: ModelVersion) -> None:
        """Delete the files of a deleted version; predictions in progress end first."""
        folder = self._models.folder(version)
        for place in (folder, *folder.glob("[0-9]*")):
            self._shelf.forget(place)
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Finish work in progress; queued work is left for the next start."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class _OperationFailed(Exception):
    """An operation's error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def _number(operation: dict[str, Any]) -> str:
    return str(operation["name"]).rpartition("/")[2]


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _GRAPHS)
