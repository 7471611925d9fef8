"""A bulk prediction as a process of its own, to be killed: EXPORT IMAGES OUTPUT FORMAT SHARDS."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from workbench.core.data.instance_schema import default_schema
from workbench.core.instances.inputs import InstanceRecord
from workbench.core.instances.instance_form import ServedSignatures
from workbench.core.instances.sources import Sources
from workbench.core.predict.bulk import BulkOrder, predict_to_files
from workbench.core.predict.runner import Predictor
from workbench.core.progress import silent
from workbench.spec.data import RowFormat
from workbench.spec.model import Row
from workbench.spec.tensors import SignatureSpec, TensorSpec

STAND_IN: Final = "-"
"""The EXPORT of those who test files and not answers: no TensorFlow has to start."""


class StandIn:
    """Answers with what the picture's bytes are, and its name."""

    def __init__(self) -> None:
        form = default_schema().form
        outputs = {"classes": TensorSpec("DT_DOUBLE", (-1, 4), ""), "metadata": form.inputs["metadata"]}
        self.served = ServedSignatures(form, {form.signature: SignatureSpec("", form.inputs, outputs)})

    def rows(self, records: Sequence[InstanceRecord], start: float | None = None) -> list[Row]:
        """One row a record."""
        return [Row(r.source, prediction=self._answer(r.instance), milliseconds=start or 0.0) for r in records]

    def close(self) -> None:
        """There is nothing to free."""

    def _answer(self, instance: Any) -> dict[str, object]:
        digest = hashlib.sha256(instance["input"]).digest()
        return {"classes": [n / 256 for n in digest[:4]], "metadata": instance["metadata"]}


def predictor_for(export: str) -> Predictor:
    """A predictor of an export, or the stand-in."""
    return cast(Predictor, StandIn()) if export == STAND_IN else Predictor(export)


def order(images: Path, output: Path, form: str, shards: int) -> BulkOrder:
    """Small batches with a mark behind each, so that a kill may come anywhere between them."""
    return BulkOrder(
        sources=Sources([images]),
        output=output,
        format=cast(RowFormat, form),
        shards=shards,
        batch=4,
        mark_every=0.0,
        resume=True,
    )


if __name__ == "__main__":
    export, images, output, form, shards = sys.argv[1:]
    predict_to_files(predictor_for(export), order(Path(images), Path(output), form, int(shards)), silent)
