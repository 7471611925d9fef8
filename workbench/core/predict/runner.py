"""Predicts images and records in batches with an export; a bad instance fails only its own row."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from workbench.core.instances.error_diagnosis import blame
from workbench.core.instances.image_header import look, looks_whole
from workbench.core.instances.image_instances import Features, Values
from workbench.core.instances.inputs import Inputs, InstanceRecord
from workbench.core.instances.instance_form import InstanceForm, served_by
from workbench.core.instances.online import PredictionError, predict_decoded
from workbench.core.instances.sources import Sources
from workbench.core.progress import Report, silent
from workbench.core.savedmodel.opening import Session, open_session
from workbench.core.savedmodel.read import is_saved_model
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Progress, Row

BATCH: Final = 16
"""Instances per batch: beyond this, throughput no longer grew, only memory."""

Answer = dict[str, object] | ErrorInfo


class Predictor:
    """An export ready to predict. Rows contain what the online API would return for each instance."""

    def __init__(self, path: str | Path, *, signature: str = "", image_alias: str = "") -> None:
        """Open a SavedModel directory, a project or a bare model (with default settings).

        Without `signature` the kind of input decides: TFRecords go to the signature for Examples, arrays to the one
        they match, all else to the serving one. Raises `WorkbenchError` if the export cannot be built or loaded.
        """
        directory = Path(path) if is_saved_model(Path(path)) else _exported(Path(path))
        self.session: Session = open_session(directory)
        self.served = served_by(directory, self.session.signatures, signature, image_alias)
        self.form: InstanceForm = self.served.form

    def predict_images(
        self, inputs: Sequence[str | Path], *, values: Values | None = None, features: Features | None = None
    ) -> list[Row]:
        """One row per instance, in order; folders are searched. Raises as documented at `stream`."""
        rows = self.stream(inputs, values=values or {}, features=features or {})
        return [row for batch in rows for row in batch]

    def stream(
        self, inputs: Sequence[str | Path] | Sources, *, values: Values, features: Features, report: Report = silent
    ) -> Iterator[list[Row]]:
        """The rows, batch by batch.

        Raises `WorkbenchError` before the first row for missing files, files of another type than named, unknown keys
        and inputs without a value; later errors are those of single rows.
        """
        asked = Inputs(self.served, inputs, values, features)
        done, total = 0, asked.total
        report(Progress("Predicting", done, total))
        work = batches(asked.records())
        start = time.perf_counter()  # The files of a batch are read when it is requested: that is part of its time.
        while batch := next(work, None):
            yield self.rows(batch, start)
            done += len(batch)
            report(Progress("Predicting", done, total))
            start = time.perf_counter()

    def rows(self, records: Sequence[InstanceRecord], start: float | None = None) -> list[Row]:
        """One row per record, in order; may be called from any thread. `start` is when reading them began
        (`perf_counter`)."""
        start = time.perf_counter() if start is None else start
        answers: dict[int, Answer] = {}
        for places in self._together(records):
            found = self._predict([records[place] for place in places])
            answers.update(zip(places, found, strict=True))
        each = (time.perf_counter() - start) * 1000 / max(1, len(records))
        ended = [r.instance if isinstance(r.instance, ErrorInfo) else answers[n] for n, r in enumerate(records)]
        return [_row(record.source, answer, each) for record, answer in zip(records, ended, strict=True)]

    def _together(self, records: Sequence[InstanceRecord]) -> list[list[int]]:
        """The indices of records that are predicted together: those for the same signature, with images of one size if
        they are not resized.

        An image whose structure no decoder will accept is predicted alone. In a batch it would make all fail, and they
        would be predicted again and again while the batch is halved.
        """
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, record in enumerate(records):
            if not isinstance(record.instance, ErrorInfo):
                images = self._images(record)
                alone = -1 if all(map(looks_whole, images)) else place
                sizes = [(found.height, found.width) for found in map(look, images)] if self.served.as_sent else ()
                groups.setdefault((record.signature, alone, *sizes), []).append(place)
        return list(groups.values())

    def _images(self, record: InstanceRecord) -> list[bytes]:
        """The encoded images of a record; empty for a signature without images."""
        if record.signature != self.form.signature:
            return []
        given = record.instance
        values = [given.get(a) for a in self.form.images] if isinstance(given, Mapping) else [given]
        return [value for value in values if isinstance(value, bytes)]

    def _predict(self, records: list[InstanceRecord]) -> list[Answer]:
        """Predictions in order; a batch that fails is halved until the bad instances are isolated."""
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


def _exported(path: Path) -> Path:
    from workbench.core.export.resolve import export_for  # Building exports takes 0.25 s to import.

    return export_for(path)


def batches(records: Iterator[InstanceRecord], size: int = BATCH) -> Iterator[list[InstanceRecord]]:
    """Consecutive records for the same signature, at most `size` together."""
    batch: list[InstanceRecord] = []
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
