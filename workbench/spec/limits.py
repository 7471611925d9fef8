"""Limits of the targets: bytes of requests, replies and models, and numbers of files."""

from __future__ import annotations

from typing import Final

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What a target takes at most, in bytes and counts; 0 where it names no limit."""

    request_bytes: int
    reply_bytes: int
    model_bytes: int
    files: int


ML_ENGINE_LIMITS: Final = Limits(1_572_864, 2_000_000, 10_000_000_000, 1000)
"""ML Engine's: "Request payload size exceeds the limit: 1572864 bytes", replies of about 2 MB, 10 GB of model on N1
machines (AI Platform Prediction, quotas), 1000 files in a deployment directory (`ml.v1` discovery, `deploymentUri`)."""

ML_ENGINE_SMALL_LIMITS: Final = Limits(1_572_864, 2_000_000, 500_000_000, 1000)
"""The same on the service's own `mls1` machines: 500 MB of model."""

VERTEX_SHARED_LIMITS: Final = Limits(1_500_000, 0, 0, 0)
"""Vertex AI's shared endpoint: 1.5 MB a request (apache_beam's `vertex_ai_inference`)."""

VERTEX_DEDICATED_LIMITS: Final = Limits(10_000_000, 0, 0, 0)
"""A dedicated endpoint: 10 MB a request (Vertex AI, "Use dedicated public endpoints")."""

NO_LIMITS: Final = Limits(0, 0, 0, 0)
"""A folder has no limits; TensorFlow Serving's REST API documents none either."""
