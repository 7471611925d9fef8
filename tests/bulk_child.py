"""A bulk prediction as a process of its own, to be killed: EXPORT IMAGES OUTPUT FORMAT SHARDS."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.core.predict.bulk import BulkOrder, predict_to_files
from workbench.core.predict.runner import Predictor
from workbench.core.predict.sources import Sources
from workbench.core.progress import silent


def order(images: Path, output: Path, form: str, shards: int) -> BulkOrder:
    """Small batches with a mark behind each, so that a kill may come anywhere between them."""
    return BulkOrder(
        sources=Sources([images]),
        output=output,
        format=form,  # type: ignore[arg-type]
        shards=shards,
        batch=4,
        mark_every=0.0,
        resume=True,
    )


if __name__ == "__main__":
    export, images, output, form, shards = sys.argv[1:]
    predict_to_files(Predictor(export), order(Path(images), Path(output), form, int(shards)), silent)
