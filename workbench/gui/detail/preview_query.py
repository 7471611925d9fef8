"""Input preview of the selected image, computed by the engine in the background."""

from __future__ import annotations

from pathlib import Path

from workbench.gui.detail.row_queries import Asking
from workbench.gui.rows.image_row import ImageRow
from workbench.spec.input_preview import Seen
from workbench.spec.messages import AnyEvent, Look, Looked, Request
from workbench.spec.project import Project


class Looking(Asking[tuple[Seen, ...]]):
    """Answers are the pictures the engine has made, one a picture input."""

    def _request(self, row: ImageRow, project: Project) -> Request:
        folder = self._run.results.folder / "seen"
        folder.mkdir(exist_ok=True)
        return Look(
            id=0,
            project=project,
            base=self._session.base,
            source=row.path,
            folder=str(folder),
            record=row.number,
            values=self._run.given.values,
            features=self._run.given.matched([row.path]),
        )

    def _answer(self, event: AnyEvent) -> tuple[Seen, ...] | None:
        return event.seen if isinstance(event, Looked) else None

    def _let_go(self, answer: tuple[Seen, ...]) -> None:
        for seen in answer:
            Path(seen.path).unlink(missing_ok=True)
