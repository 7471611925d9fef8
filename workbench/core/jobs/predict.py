"""The verb of local prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.model import Progress, Row

if TYPE_CHECKING:
    from workbench.core.predict.instances import Features, Values


def predict(
    directory: Path,
    inputs: Sequence[str],
    *,
    values: Values,
    features: Features,
    signature: str = "",
    report: Report = silent,
) -> Iterator[list[Row]]:
    """Rows batch by batch with the export in `directory`."""
    from workbench.core.predict.runner import Predictor

    report(Progress("Loading the export"))
    predictor = Predictor(directory, signature=signature)
    try:
        yield from predictor.stream(inputs, values=values, features=features, report=report)
    finally:
        predictor.close()
