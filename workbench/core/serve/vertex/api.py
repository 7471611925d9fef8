"""Assembles the routes of `aiplatform` v1."""

from __future__ import annotations

from starlette.routing import Route

from workbench.core.serve.batch.jobs import Jobs
from workbench.core.serve.serving.model_cache import ModelCache
from workbench.core.serve.serving.server_limits import AdmissionQueue
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.store import TargetStore
from workbench.core.serve.vertex.background_work import BackgroundWork
from workbench.core.serve.vertex.batch import VertexBatch
from workbench.core.serve.vertex.batch_api import batch_routes
from workbench.core.serve.vertex.endpoints import EndpointRegistry
from workbench.core.serve.vertex.endpoints_api import endpoint_routes
from workbench.core.serve.vertex.models_api import model_routes
from workbench.core.serve.vertex.operations_api import operation_routes
from workbench.core.serve.vertex.predict import predict_routes
from workbench.core.serve.vertex.registry import ModelRegistry


class VertexApi:
    """The local implementation of `aiplatform` v1 over a store."""

    def __init__(
        self, store: TargetStore, objects: Objects, shelf: ModelCache, turns: AdmissionQueue, jobs: Jobs
    ) -> None:
        self.models = ModelRegistry(store)
        self.endpoints = EndpointRegistry(store)
        self.work = BackgroundWork(store, objects, self.models, self.endpoints, shelf)
        VertexBatch(objects, self.models, self.work, shelf, jobs)
        self._jobs = jobs
        self._shelf = shelf
        self._turns = turns

    def routes(self) -> list[Route]:
        """All its routes; those with a verb precede those of names that would otherwise match them."""
        return [
            *predict_routes(self.models, self.endpoints, self.work, self._shelf, self._turns),
            *operation_routes(self.work),
            *model_routes(self.models, self.endpoints, self.work),
            *batch_routes(self.models, self.work, self._jobs),
            *endpoint_routes(self.models, self.endpoints, self.work),
        ]

    def start(self) -> None:
        """Resume what a killed process left unfinished."""
        self.work.start()

    def close(self) -> None:
        """Finish work in progress."""
        self.work.close()
