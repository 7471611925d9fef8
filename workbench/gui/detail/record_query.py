"""The selected record as stored in its file, with its images and its request."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.gui.detail.row_queries import EngineQuery
from workbench.gui.rows.image_row import ImageRow
from workbench.spec.messages import AnyEvent, ReadRecord, RecordRead, Request
from workbench.spec.project import Project


class RecordQuery(EngineQuery[RecordRead]):
    """Answers are `RecordRead` events; the files they name lie in a folder of their own each, which goes with them."""

    _count = 0

    def _request(self, row: ImageRow, project: Project) -> Request:
        self._count += 1
        folder = self._run.results.folder / "records" / str(self._count)
        return ReadRecord(
            id=0,
            path=row.path,
            number=row.number,
            folder=str(folder),
            project=project,
            base=self._session.base,
            values=self._run.given.values,
        )

    def _answer(self, event: AnyEvent) -> RecordRead | None:
        return event if isinstance(event, RecordRead) else None

    def _let_go(self, answer: RecordRead) -> None:
        pictures = [value.picture for value in answer.record.values]
        for path in filter(None, (answer.request, *pictures)):
            shutil.rmtree(Path(path).parent, ignore_errors=True)
