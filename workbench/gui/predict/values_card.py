"""The values that go with the images: typed ones for all, and a file with each image's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.input_values import TypedInstances
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.values import fills_itself, value_feeds
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.gui.widgets.values_form import ValuesForm
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import match


class ValuesCard(Card):
    """Hidden where the image is all that a request carries, and as long as there are no images; without a picture in
    the signature the values alone can be predicted."""

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session, self._run = session, run
        self._name = ""
        self._keys = False
        self._counted: tuple[object, int] = ((), 0)
        self.body.setContentsMargins(14, 10, 14, 10)
        self.body.setSpacing(8)
        self.form = ValuesForm()
        self.file_button = QPushButton(self.tr("Values from f&ile..."))
        self.file_button.setToolTip(self.tr("CSV (first column 'file') or JSON lines with values per image"))
        self.file_button.clicked.connect(self._on_choose)
        icons.put(self.file_button, "open")
        self.file_word = ElidedLabel("", "muted")
        self.forget_button = QToolButton(autoRaise=True)
        self.forget_button.setToolTip(self.tr("Remove the values file"))
        self.forget_button.setAccessibleName(self.tr("Remove the values file"))
        self.forget_button.clicked.connect(run.given.drop_file)
        icons.put(self.forget_button, "close")
        self.predict_button = QPushButton(self.tr("Pred&ict these values"))
        self.predict_button.clicked.connect(self._on_predict)
        icons.put(self.predict_button, "run")
        self._typed = TypedInstances()
        self._lay_out()
        self.form.typed.connect(self._on_typed)
        self.form.edit_ended.connect(session.history.seal)
        self.form.value_changed.connect(run.given.set_values)
        session.project_changed.connect(self._on_project_changed)
        run.changed.connect(self._on_run_changed)
        self._on_project_changed()

    def load(self, path: str) -> None:
        """Take a values file."""
        try:
            self._run.given.load(path)
        except WorkbenchError as err:
            self._session.complain(err.info())
            return
        self._name = Path(path).name
        self._on_run_changed()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.predict_button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.file_button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.file_word, 1)
        line.addWidget(self.forget_button)
        both = QHBoxLayout()
        both.setSpacing(24)
        both.addWidget(self.form, 3)
        both.addLayout(line, 2)
        self.body.addLayout(both)

    def _on_project_changed(self) -> None:
        feeds = value_feeds(self._session.composition)
        self.form.set_feeds(feeds, pictured=self._run.takes_pictures)
        self._keys = bool(feeds)
        self._on_run_changed()

    def _on_run_changed(self) -> None:
        known = len(self._run.given.features)
        # Without a picture the values are all there is: then they are asked for from the beginning.
        alone = self._session.project is not None and not self._run.takes_pictures
        self.setVisible(self._keys and (alone or known > 0 or bool(self._run.model.rows)))
        self.predict_button.setVisible(alone)
        self.predict_button.setEnabled(alone and self._run.ready and self._complete())
        self.file_button.setVisible(not alone)
        self.forget_button.setVisible(known > 0)
        if not known:
            self.file_word.set_text("")
            return
        words = self.tr("{file}: values for {n} of {rows} images")
        rows = self._run.model.rowCount()
        self.file_word.set_text(words.format(file=self._name, n=self._matched(), rows=rows))

    def _on_typed(self, key: str, values: dict[str, object]) -> None:
        words = self.tr("Type {key} for all images").format(key=key)
        self._session.history.note_values(self._run.given.values, values, words, f"all {key}", self._put)

    def _put(self, values: dict[str, object]) -> bool:
        """Bring back values; not such as another signature has no line for."""
        if not self.form.takes(values):
            return False
        self.form.show_values(values)
        self._run.given.set_values(values)
        return True

    def _matched(self) -> int:
        """How many images the file knows; counted anew only when there are other rows or another file."""
        given, rows = self._run.given, self._run.model.rowCount()
        key = (id(given.features), rows)
        if key != self._counted[0]:
            self._counted = key, len(match(given.features, (row.path for row in self._run.model.rows)))
        return self._counted[1]

    def _complete(self) -> bool:
        """Whether every key has a value that can be read."""
        return all(f.alias in self._run.given.values or fills_itself(f) for f in value_feeds(self._session.composition))

    def _on_predict(self) -> None:
        try:
            path = self._typed.write(value_feeds(self._session.composition), self._run.given.values)
        except WorkbenchError as err:
            self._session.complain(err.info())
            return
        self._run.add([path])

    def _on_choose(self) -> None:
        kinds = self.tr("Values (*.csv *.jsonl *.json);;All files (*)")
        dialog = QFileDialog(self, self.tr("Values per image"), "", kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.load)
        dialog.open()
