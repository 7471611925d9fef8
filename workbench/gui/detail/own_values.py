"""The values of one row: what it gets now, and a form to give it its own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.tab import scrolling
from workbench.gui.values import value_feeds, value_text
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.gui.widgets.values_form import ValuesForm


class OwnValues(QWidget):
    """Typed values are kept with the row at once; predicting it again is the user's word."""

    predict_wanted = Signal(object)  # ImageRow
    brought_back = Signal(str)  # path: undo or redo has changed that image's values

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._run = session, run
        self._row: ImageRow | None = None
        self.form = ValuesForm()
        self.form.typed.connect(self._on_typed)
        self.form.edit_ended.connect(session.history.seal)
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.predict_button = QPushButton(self.tr("Predict &this row again"))
        self.predict_button.clicked.connect(self._on_predict)
        icons.put(self.predict_button, "run")
        line = QHBoxLayout()
        line.addWidget(self.word, 1)
        line.addWidget(self.predict_button)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 4)
        layout.addWidget(scrolling(inner), 1)
        layout.addLayout(line)
        session.project_changed.connect(self._show)
        run.changed.connect(self._enable)
        self._show()

    def show_row(self, row: ImageRow | None) -> None:
        """Show the values of another row."""
        if row is not self._row:
            self._row = row
            self._show()
        self._enable()

    def _show(self) -> None:
        row = self._row
        feeds = value_feeds(self._session.composition) if row is not None and not row.records else ()
        self.form.set_feeds(feeds, pictured=self._run.takes_pictures)
        own = self._run.given.own.get(row.path, {}) if row is not None else {}
        others = self._run.given.of(row.path) if row is not None else {}
        self.form.show_values(own)
        for feed in feeds:
            known = feed.alias in others and feed.alias not in own
            self.form.set_inherited(feed.alias, value_text(others[feed.alias]) if known else "")
        self.word.setText(self._word(row, bool(feeds)))
        self._enable()

    def _word(self, row: ImageRow | None, has_keys: bool) -> str:
        if row is None:
            return self.tr("Select a row.")
        if row.records:
            return self.tr("Records contain their own values.")
        if not has_keys:
            return self.tr("Requests contain the image only.")
        return self.tr("Empty fields are taken from below or from the values file.")

    def _enable(self) -> None:
        row = self._row
        self.predict_button.setVisible(row is not None and not row.records)
        self.predict_button.setEnabled(row is not None and self._run.ready and not self._run.running)

    def _on_typed(self, key: str, values: dict[str, object]) -> None:
        row, given = self._row, self._run.given
        if row is None or row.records:
            return
        words = self.tr("Type {key} of {file}").format(key=key, file=row.name)
        before, put = given.own.get(row.path, {}), partial(self._put, row.path)
        self._session.history.note_values(before, values, words, f"own {row.path} {key}", put)
        given.set_own(row.path, values)

    def _put(self, path: str, values: dict[str, object]) -> bool:
        """Bring back an image's values; not where it has been taken away since."""
        if not self._run.model.has(path):
            return False
        self._run.given.set_own(path, values)
        self._show()
        self.brought_back.emit(path)
        return True

    def _on_predict(self) -> None:
        if self._row is not None:
            self.predict_wanted.emit(self._row)
