"""Predicts on images and records in batches with an export; one bad instance costs its own row and no other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from workbench.core.predict.blame import blame
from workbench.core.predict.forms import InstanceForm, served_by
from workbench.core.predict.inputs import Inputs, Record
from workbench.core.predict.instances import Features, Values
from workbench.core.predict.online import PredictionError, predict_decoded
from workbench.core.predict.session import ServingSession
from workbench.core.progress import Report, silent
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Progress, Row

BATCH: Final = 16
"""Instances a batch: past this the throughput measured no longer grows, the memory does."""

Answer = dict[str, object] | ErrorInfo


class Predictor:
    """An export ready to predict. Rows hold what the online API would answer for each instance."""

    def __init__(self, path: str | Path, *, signature: str = "", image_alias: str = "") -> None:
        """Open a SavedModel directory, a project or a bare model (with default settings).

        Without `signature` the kind of input decides: TFRecords go to the signature for Examples, arrays to the
        one they fit, the rest to the serving one. Raises `WorkbenchError` where the export cannot be made or loaded.
        """
        from workbench.core.export.resolve import export_for  # The export proves itself with this package's session.

        directory = export_for(Path(path))
        self.session = ServingSession(directory)
        self.served = served_by(directory, self.session.signatures, signature, image_alias)
        self.form: InstanceForm = self.served.form

    def predict_images(
        self, inputs: Sequence[str | Path], *, values: Values | None = None, features: Features | None = None
    ) -> list[Row]:
        """One row an instance, in order; folders are read through. Raises as `stream`."""
        rows = self.stream(inputs, values=values or {}, features=features or {})
        return [row for batch in rows for row in batch]

    def stream(
        self, inputs: Sequence[str | Path], *, values: Values, features: Features, report: Report = silent
    ) -> Iterator[list[Row]]:
        """The rows batch by batch.

        Raises `WorkbenchError` before the first row for inputs that are not there or not what they are called,
        unknown keys and inputs without any value; later trouble is the row's own.
        """
        asked = Inputs(self.served, inputs, values, features)
        done, total = 0, asked.total
        report(Progress("Predicting", done, total))
        work = batches(asked.records())
        start = time.perf_counter()  # The files of a batch are read as it is asked for: that is part of its time.
        while batch := next(work, None):
            yield self._batch(batch, start)
            done += len(batch)
            report(Progress("Predicting", done, total))
            start = time.perf_counter()

    def _batch(self, records: Sequence[Record], start: float) -> list[Row]:
        answers = iter(self._predict([r for r in records if not isinstance(r.instance, ErrorInfo)]))
        ended = [r.instance if isinstance(r.instance, ErrorInfo) else next(answers) for r in records]
        each = (time.perf_counter() - start) * 1000 / len(records)
        return [_row(record.source, answer, each) for record, answer in zip(records, ended, strict=True)]

    def _predict(self, records: list[Record]) -> list[Answer]:
        """Answers in order; a batch that fails is halved until the bad ones stand alone."""
        if not records:
            return []
        try:
            return list(predict_decoded(self.session, [r.instance for r in records], records[0].signature))
        except PredictionError as err:
            if len(records) == 1:
                return [blame(self.served, records[0], err)]
        half = len(records) // 2
        return self._predict(records[:half]) + self._predict(records[half:])

    def close(self) -> None:
        """Free the session."""
        self.session.close()


def batches(records: Iterator[Record], size: int = BATCH) -> Iterator[list[Record]]:
    """Neighbours for the same signature, at most `size` together."""
    batch: list[Record] = []
    for record in records:
        if batch and (len(batch) == size or batch[0].signature != record.signature):
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch


def _row(source: str, answer: Answer, milliseconds: float) -> Row:
    if isinstance(answer, ErrorInfo):
        return Row(source, error=answer, milliseconds=milliseconds)
    return Row(source, prediction=answer, milliseconds=milliseconds)
