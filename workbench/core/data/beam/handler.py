"""Model handler of a worker: Beam loads the model once and forms batches, which the local runner's code predicts."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Sequence
from typing import Any

from apache_beam.metrics import Metrics
from apache_beam.ml.inference import base
from apache_beam.ml.inference.base import ModelHandler

from workbench.core.data.beam.runner import NAMESPACE
from workbench.core.data.beam.staging import fetched
from workbench.core.instances.inputs import InstanceRecord
from workbench.core.predict.runner import Predictor
from workbench.spec.model import Row

# Beam 2.77 imports it beside a module that needs torch, and without torch warns about the platform.
base.resource = base.resource or resource


class SavedModelHandler(ModelHandler):  # type: ignore[misc]
    """Records in, rows out, as by `Predictor.rows`: a bad image fails only its own row.

    Beam's own TFModelHandlers do not load a SavedModel under Keras 3. `location` is a local folder or one in a bucket.
    """

    def __init__(self, location: str, signature: str = "", batch: int = 64) -> None:
        super().__init__(min_batch_size=1, max_batch_size=batch)
        self._location, self._signature = location, signature

    def load_model(self) -> Predictor:
        """Called once per worker process: its threads share the session, which supports concurrent calls."""
        return Predictor(fetched(self._location), signature=self._signature)

    def run_inference(
        self, batch: Sequence[InstanceRecord], model: Predictor, inference_args: dict[str, Any] | None = None
    ) -> Iterable[Row]:
        """One row per record, in order."""
        start = time.perf_counter()
        rows = model.rows(batch)
        Metrics.counter(NAMESPACE, "images").inc(len(rows))
        Metrics.counter(NAMESPACE, "microseconds").inc(int((time.perf_counter() - start) * 1e6))
        return rows

    def get_num_bytes(self, batch: Sequence[InstanceRecord]) -> int:
        """Bytes of the images in a batch."""
        return sum(size_of(record) for record in batch)

    def get_metrics_namespace(self) -> str:
        """Namespace of Beam's own inference metrics: load time, latency and bytes of each batch."""
        return f"{NAMESPACE}_inference"


def size_of(record: InstanceRecord) -> int:
    """Bytes of a record's values that are byte strings."""
    values = record.instance.values() if isinstance(record.instance, dict) else (record.instance,)
    return sum(len(value) for value in values if isinstance(value, bytes))
