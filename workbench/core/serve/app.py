"""Assembles the local target: one ASGI application over one root folder."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from workbench.core.serve.api_route import ApiRoute
from workbench.core.serve.batch.jobs import Jobs
from workbench.core.serve.compressed import CompressedRequests
from workbench.core.serve.faults.injector import FaultInjector
from workbench.core.serve.faults.middleware import ConnectionTable, FaultsMiddleware
from workbench.core.serve.guard import HostGuard, host_rule
from workbench.core.serve.ml.api import ml_routes
from workbench.core.serve.ml.jobs import MlBatch
from workbench.core.serve.ml.jobs_api import job_routes
from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.operations import MlOperations
from workbench.core.serve.ml.predict import MlPredictApi
from workbench.core.serve.ml.registry import Registry
from workbench.core.serve.openinference.api import inference_routes
from workbench.core.serve.permissions import permission_routes
from workbench.core.serve.replies import ApiError, error_response
from workbench.core.serve.serving.model_cache import ModelCache
from workbench.core.serve.serving.server_limits import QUALITY, AdmissionQueue, ServerLimits
from workbench.core.serve.storage.api import storage_routes
from workbench.core.serve.storage.batch_api import batch_routes
from workbench.core.serve.storage.buckets_api import bucket_routes
from workbench.core.serve.storage.change_api import change_routes
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.storage.upload_api import MAX_OBJECT, upload_routes
from workbench.core.serve.storage.uploads import Uploads
from workbench.core.serve.store import TargetStore
from workbench.core.serve.tfserving.api import tfserving_routes
from workbench.core.serve.tfserving.servables import Servables
from workbench.core.serve.vertex.api import VertexApi

_log = logging.getLogger(__name__)

_XML: Final = frozenset({"uploads", "uploadId", "partNumber"})
"""Query parameters of multipart uploads through Cloud Storage's XML API."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class LocalTargetApp:
    """The application and the resources that it holds open. Call `close` when no more requests can arrive.

    `injector` makes it fail on purpose, by its rules; `quality` sets its limits. Raises what `TargetStore` raises if
    the root cannot be used.
    """

    def __init__(
        self,
        root: Path,
        *,
        host: str = "127.0.0.1",
        max_object: int = MAX_OBJECT,
        injector: FaultInjector | None = None,
        quality: ServerLimits = QUALITY,
    ) -> None:
        self.lines = ConnectionTable()
        self.also_open = ExitStack()
        self._store = TargetStore(root)
        objects = Objects(self._store)
        uploads = Uploads(self._store)
        registry = Registry(self._store)
        operations = MlOperations(self._store)
        self._shelf = ModelCache(quality)
        self.models = VersionLoader(self._store, objects, registry, operations, self._shelf)
        self.turns = turns = AdmissionQueue(quality.queue)
        self.servables = servables = Servables(registry)
        self._jobs = Jobs(self._store)
        MlBatch(self._store, objects, registry, self.models, self._shelf, self._jobs)
        self.vertex = VertexApi(self._store, objects, self._shelf, turns, self._jobs)
        predicting = MlPredictApi(registry, self.models, quality, turns)
        routes = [
            ApiRoute("/", _hello, methods=["GET"]),
            *permission_routes(),
            *batch_routes(),
            *change_routes(objects),
            *bucket_routes(objects),
            *storage_routes(objects),
            *upload_routes(objects, uploads, max_object),
            *job_routes(registry, self._jobs),
            *ml_routes(registry, operations, self.models, predicting),
            *self.vertex.routes(),
            *tfserving_routes(servables, self.models, turns),
            *inference_routes(servables, self.models, turns),
        ]
        middleware = [Middleware(HostGuard, allowed=host_rule(host)), Middleware(CompressedRequests)]
        if injector is not None:
            middleware.append(Middleware(FaultsMiddleware, injector=injector, lines=self.lines))
        self.app = Starlette(
            routes=routes,
            middleware=middleware,
            exception_handlers={
                ApiError: _refused,
                HTTPException: _not_routed,
                ClientDisconnect: _gone,
                OSError: _disk_failed,
                sqlite3.Error: _disk_failed,
                Exception: _broken,
            },
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.models.start()
        self.vertex.start()
        self._jobs.start()
        yield
        self.close()

    def close(self) -> None:
        """Finish loads in progress and release the root; may be called twice."""
        self.also_open.close()
        self._jobs.close()
        self.models.close()
        self.vertex.close()
        self._shelf.close()
        self._store.close()


def create_app(root: Path, *, host: str = "127.0.0.1", max_object: int = MAX_OBJECT) -> Starlette:
    """The local target as an ASGI application. `host` is the address it will listen on, for the check of the Host
    header.

    It opens `root` now and releases it when the server ends its lifespan. Raises what `TargetStore` raises.
    """
    return LocalTargetApp(root, host=host, max_object=max_object).app


def _hello(request: Request) -> Response:
    return JSONResponse(
        {
            "server": "keras-export-workbench",
            "apis": ["ml/v1", "aiplatform/v1", "storage/v1", "tensorflow-serving/v1", "open-inference/v2"],
        }
    )


def _say(request: Request, error: ApiError) -> Response:
    # Not `request.url`: that has no answer for a query of bytes that are no UTF-8.
    return error_response(request.scope["path"], error)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _say(request, error)


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.query_params.keys() & _XML:
        return _say(request, ApiError(501, "The XML API of Cloud Storage is not supported by the local target."))
    code = error.status_code if error.status_code in (404, 405) else 400
    return _say(request, ApiError(code, f"The local target has no {request.method} {request.scope['path']}"))


async def _gone(request: Request, error: Exception) -> Response:
    # Never received: the client closed the connection while it was still sending.
    return Response(status_code=499)


async def _disk_failed(request: Request, error: Exception) -> Response:
    full = getattr(error, "errno", None) in _FULL or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
    if not full:
        return await _broken(request, error)
    return _say(request, ApiError(507, "The disk of the local target is full."))


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return _say(request, ApiError(500, "Internal error encountered."))
