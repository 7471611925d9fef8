"""Online prediction of `ml` v1: `projects.predict` on a model or a version; `projects.explain` is rejected."""

from __future__ import annotations

import json
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.registry import Registry, VersionKey
from workbench.core.serve.replies import ApiError, decode_object, precondition, read_body
from workbench.core.serve.serving.gcloud import predictions
from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.serving.server_limits import AdmissionQueue, ServerLimits
from workbench.core.serve.tfserving.predict import predict as tensorflow_serving
from workbench.spec.errors import WorkbenchError

MAX_PREDICT: Final = 1_572_864
"""Largest prediction request in bytes (the service's own limit and error text)."""

STYLE_LABEL: Final = "reply_style"
"""The label by which a version chooses its style of replies, regardless of the server's."""


class MlPredictApi:
    """Handlers of the prediction methods. Each request has a thread in which it waits for its batch."""

    def __init__(self, registry: Registry, models: VersionLoader, quality: ServerLimits, turns: AdmissionQueue) -> None:
        self._registry = registry
        self._models = models
        self._style = quality.style
        self._turns = turns
        self._threads = anyio.CapacityLimiter(turns.limit)

    async def predict(self, request: Request) -> Response:
        """Predictions, or `{"error": text}` with status 200: the service's clients examine the body."""
        # A place in the queue is taken only when the whole request has arrived: a slow sender blocks nobody.
        body = await read_body(request, MAX_PREDICT)
        with self._turns.turn():
            return await anyio.to_thread.run_sync(self._answer, request, body, limiter=self._threads)

    def explain(self, request: Request) -> Response:
        """The service's error for versions without an explanation configuration; no version has one here."""
        self._registry.version(self._asked(request))
        text = "Explainability failed with exception: The version has no explanationConfig."
        raise precondition("name", text)

    def _answer(self, request: Request, body: bytes) -> Response:
        key = self._asked(request)
        style = self._registry.version(key).body.get("labels", {}).get(STYLE_LABEL, self._style)
        document = {} if style == "tfserving" else decode_object(body)
        try:
            with self._models.lease(key) as lease:
                if style == "tfserving":
                    return _tensorflow_serving(lease, body)
                return compact({"predictions": predictions(lease, document)})
        except WorkbenchError as err:
            return compact({"error": f"Prediction failed: {err.message}"})

    def _asked(self, request: Request) -> VersionKey:
        params = request.path_params
        if "version" in params:
            return VersionKey(params["project"], params["model"], params["version"])
        key = self._registry.default_version(params["project"], params["model"])
        if key is None:
            raise precondition("name", f'The model "{params["model"]}" has no default version.')
        return key


def _tensorflow_serving(lease: ModelLease, body: bytes) -> Response:
    try:
        return compact(tensorflow_serving(lease, body))
    except ApiError as err:
        return JSONResponse({"error": err.message}, err.code)


def compact(document: dict[str, Any]) -> Response:
    """JSON in which NaN and Infinity stay as Python and TensorFlow Serving write them: a null would hide them."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), media_type="application/json")
