"""Input preview of the selected image, computed by the engine in the background."""

from __future__ import annotations

from pathlib import Path

from workbench.gui.detail.row_queries import EngineQuery
from workbench.gui.rows.image_row import ImageRow
from workbench.spec.messages import AnyEvent, InputPreviewed, PreviewInput, Request
from workbench.spec.project import Project
from workbench.spec.row_summary import InputPreview


class PreviewQuery(EngineQuery[tuple[InputPreview, ...]]):
    """Answers are the pictures the engine has made, one a picture input."""

    def _request(self, row: ImageRow, project: Project) -> Request:
        folder = self._run.results.folder / "seen"
        folder.mkdir(exist_ok=True)
        return PreviewInput(
            id=0,
            project=project,
            base=self._session.base,
            source=row.path,
            folder=str(folder),
            record=row.number,
            values=self._run.given.values,
            features=self._run.given.matched([row.path]),
        )

    def _answer(self, event: AnyEvent) -> tuple[InputPreview, ...] | None:
        return event.seen if isinstance(event, InputPreviewed) else None

    def _let_go(self, answer: tuple[InputPreview, ...]) -> None:
        for seen in answer:
            Path(seen.path).unlink(missing_ok=True)
