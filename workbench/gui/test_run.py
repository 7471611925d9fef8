"""The Test tab's work without its widgets: which images, which values, one job at a time, and how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.drops import Finder
from workbench.gui.job import Job
from workbench.gui.rows_model import RowsModel
from workbench.gui.scores import Reading
from workbench.gui.session import Session
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.values import value_keys
from workbench.spec.features import match, read_features
from workbench.spec.messages import AnyEvent, Failed, Predict, Rows, RowsDone
from workbench.spec.project import Project


class TestRun(QObject):
    """Keeps rows, values and the running job; `changed` tells that any of what it says is new."""

    __test__ = False  # pytest takes classes by their name
    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.thumbnails = Thumbnails(self)
        self.model = RowsModel(self.thumbnails, self)
        self.values: dict[str, object] = {}
        self.features: dict[str, dict[str, object]] = {}
        self.seconds = 0.0
        self._job: Job | None = None
        self._sent: tuple[str, ...] = ()
        self._asked: tuple[object, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._halted = False
        # Rows may come a thousand events a second; the window is told some thirty times.
        self._soon = QTimer(self, singleShot=True, interval=30)
        self._soon.timeout.connect(self.changed)
        self._finder = Finder(self)
        self._finder.found.connect(self._on_found)
        session.project_changed.connect(self._on_project_changed)
        session.opened.connect(self._on_opened)
        session.renewed.connect(self._on_renewed)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._job is not None

    @property
    def ready(self) -> bool:
        """Whether a prediction could be asked for."""
        return self._session.project is not None and not self._session.held and not self._session.problems()

    @property
    def stale(self) -> bool:
        """Whether the rows were predicted with other settings or values than those of now."""
        return bool(self._shown) and self._shown != self._settings()

    def add(self, paths: Iterable[str]) -> None:
        """Add images and what is in folders; they are predicted as soon as that is possible."""
        self._halted = False
        self._finder.look(paths)

    def run_again(self) -> None:
        """Predict all rows anew."""
        self._halted = False
        self.model.reset_answers()
        self._start()

    def cancel(self) -> None:
        """Stop the running job; rows that have come stay."""
        self._halted = True
        if self._job is not None:
            self._job.cancel()

    def clear(self) -> None:
        """Take all rows away."""
        self.cancel()
        self.model.clear()
        self.thumbnails.forget()
        self._shown, self.seconds = (), 0.0
        self.changed.emit()

    def set_values(self, values: dict[str, object]) -> None:
        """Values every image gets."""
        if values != self.values:
            self.values = values
            self.changed.emit()

    def load_features(self, path: str) -> None:
        """Read a file with each image's own values. Raises `WorkbenchError`."""
        self.features = read_features(Path(path))
        self.changed.emit()

    def drop_features(self) -> None:
        """Forget the features file."""
        self.features = {}
        self.changed.emit()

    def matched(self, paths: Iterable[str] | None = None) -> dict[str, dict[str, object]]:
        """The features file's values for some images, or for all there are."""
        return match(self.features, (row.path for row in self.model.rows) if paths is None else paths)

    def missing(self) -> list[str]:
        """Request keys that feed the model and have no value yet."""
        passed = self._session.composition.passthrough if self._session.composition else ()
        needed = [key for key in value_keys(self._session.composition) if key not in passed]
        in_file = {key for values in self.features.values() for key in values}
        return [key for key in needed if key not in self.values and key not in in_file]

    def close(self) -> None:
        """Let the threads end."""
        self._finder.close()
        self.thumbnails.close()

    def _settings(self) -> tuple[object, ...]:
        project = self._session.project
        return (self._session.model_path, _what_counts(project), self.values, self.features)

    def _on_found(self, paths: list[str]) -> None:
        if self.model.add(paths):
            self.changed.emit()
        self._start()

    def _start(self) -> None:
        project = self._session.project
        # The list is walked through only when it is needed: batches of found files come while a job runs.
        free = self._job is None and not self._halted and self.ready and not self.missing()
        waiting = tuple(self.model.waiting()) if free else ()
        if project is None or not waiting:
            self.changed.emit()
            return
        request = Predict(
            id=0,
            project=project,
            base=self._session.base,
            inputs=waiting,
            values=self.values,
            features=match(self.features, waiting),
        )
        self._sent, self._asked = waiting, self._settings()
        self._job = self._session.ask(request, self.tr("Predicting {n} images").format(n=len(waiting)))
        self._job.rows_came.connect(self._on_rows)
        self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def _on_rows(self, event: Rows) -> None:
        self.model.fill(event.rows, self._sent[event.first :])
        self._shown = self._asked
        if not self._soon.isActive():
            self._soon.start()

    def _on_ended(self, event: AnyEvent) -> None:
        self._job = None
        if isinstance(event, RowsDone):
            self.seconds = event.seconds
        # After an error the next try is the user's; after a cancel too, unless it was ours for another model.
        self._halted = self._halted or isinstance(event, Failed)
        self._start()

    def _on_project_changed(self) -> None:
        project = self._session.project
        labels = project.signature.labels if project else ()
        self.model.set_reading(Reading.of(self._session.composition, labels))
        self.changed.emit()

    def _on_opened(self) -> None:
        # Another model: what the last one said must not stand beside its name.
        self._shown, self._sent, self._halted = (), (), False
        self.model.reset_answers()
        if self._job is not None:
            self._job.cancel()
        else:
            self._start()

    def _on_renewed(self) -> None:
        # Consent or a Python file has come: what could not be predicted may be tried again.
        self._halted = False
        self._start()


def _what_counts(project: Project | None) -> object:
    """What of a project a prediction depends on; labels and places are not in it."""
    if project is None:
        return None
    signature = msgspec.structs.replace(project.signature, labels=())
    return project.preprocess, signature, project.export, project.custom, project.architecture
