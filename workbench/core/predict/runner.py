"""Predicts on files in batches with an export; one bad image costs its own row and no other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from workbench.core.predict.badimage import explain
from workbench.core.predict.instances import (
    Features,
    InstanceForm,
    Values,
    check_values,
    form_of,
    make_instance,
)
from workbench.core.predict.online import PredictionError, predict_decoded
from workbench.core.predict.session import ServingSession
from workbench.core.predict.sources import expand
from workbench.core.progress import Report, silent
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import Progress, Row

BATCH: Final = 16
"""Images a batch: past this the throughput measured no longer grows, the memory does."""

Instance = dict[str, object]


class Predictor:
    """An export ready to predict. Rows hold what the online API would answer for each instance."""

    def __init__(self, path: str | Path, *, signature: str = "", image_alias: str = "") -> None:
        """Open a SavedModel directory, a project or a bare model (with default settings).

        Raises `WorkbenchError` where the export cannot be made or loaded.
        """
        from workbench.core.export.resolve import export_for  # The export proves itself with this package's session.

        self.session = ServingSession(export_for(Path(path)))
        self.form: InstanceForm = form_of(self.session.signatures, signature, image_alias)

    def predict_images(
        self, inputs: Sequence[str | Path], *, values: Values | None = None, features: Features | None = None
    ) -> list[Row]:
        """One row an image, in order; folders are read through. Raises as `stream`."""
        rows = self.stream(inputs, values=values or {}, features=features or {})
        return [row for batch in rows for row in batch]

    def stream(
        self, inputs: Sequence[str | Path], *, values: Values, features: Features, report: Report = silent
    ) -> Iterator[list[Row]]:
        """The rows batch by batch.

        Raises `WorkbenchError` before the first row for inputs that are not there, unknown keys and
        inputs without any value; later trouble is the row's own.
        """
        sources = expand(inputs)
        check_values(self.form, values, features)
        for start in range(0, len(sources), BATCH):
            report(Progress("Predicting", start, len(sources)))
            yield self._batch(sources[start : start + BATCH], values, features)
        report(Progress("Predicting", len(sources), len(sources)))

    def _batch(self, sources: Sequence[str], values: Values, features: Features) -> list[Row]:
        start = time.perf_counter()
        made = [self._make(source, values, features) for source in sources]
        answers = iter(self._predict([m for m in made if isinstance(m, dict)]))
        ended = [m if isinstance(m, ErrorInfo) else next(answers) for m in made]
        each = (time.perf_counter() - start) * 1000 / len(sources)
        return [_row(source, answer, each) for source, answer in zip(sources, ended, strict=True)]

    def _make(self, source: str, values: Values, features: Features) -> Instance | ErrorInfo:
        try:
            return make_instance(self.form, source, values, features)
        except WorkbenchError as err:
            return err.info()

    def _predict(self, instances: list[Instance]) -> list[Instance | ErrorInfo]:
        """Answers in order; a batch that fails is halved until the bad ones stand alone."""
        if not instances:
            return []
        try:
            return list(predict_decoded(self.session, instances, self.form.signature))
        except PredictionError as err:
            if len(instances) == 1:
                return [self._explained(instances[0], err)]
        half = len(instances) // 2
        return self._predict(instances[:half]) + self._predict(instances[half:])

    def _explained(self, instance: Instance, err: PredictionError) -> ErrorInfo:
        data = instance[self.form.image_alias]
        return explain(data if isinstance(data, bytes) else b"", "", err.detail)

    def close(self) -> None:
        """Free the session."""
        self.session.close()


def _row(source: str, answer: Instance | ErrorInfo, milliseconds: float) -> Row:
    if isinstance(answer, ErrorInfo):
        return Row(source, error=answer, milliseconds=milliseconds)
    return Row(source, prediction=answer, milliseconds=milliseconds)
