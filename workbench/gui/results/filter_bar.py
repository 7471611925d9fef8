"""Filter bar above the table: search text, filter and number of rows shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.row_query import LOW_MARGIN, RowFilter
from workbench.gui.texts import number_text
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.tone_label import ToneLabel


class FilterBar(QWidget):
    """Tells the rows' model what is wanted; words are heard when typing pauses."""

    def __init__(self, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._typing = QTimer(self, singleShot=True, interval=200)
        self._typing.timeout.connect(self._wish)
        self.search = QLineEdit(placeholderText=self.tr("Search: words of a path, the best label or an error (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search the rows"))
        glass = QAction(self.search)
        icons.put(glass, "search", "muted")
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda: self._typing.start())
        self.kind = ChoiceEditor({kind.value: text for kind, text in self._kinds()})
        self.kind.setMinimumContentsLength(10)
        self.kind.set_name(self.tr("Which rows are shown"))
        self.kind.setToolTip(
            self.tr("Low margin: the best two scores are less than {margin} apart").format(margin=LOW_MARGIN)
        )
        self.kind.value_changed.connect(self._wish)
        self.compare = QCheckBox(self.tr("Co&mpare with the original"))
        self.compare.setToolTip(
            self.tr(
                "Asks the Keras model as well, on the picture that training saw: the difference of every row, and "
                "flips, where another class wins. Takes about twice the time; from the next run on"
            )
        )
        self.compare.toggled.connect(run.set_compare)
        self.word = ToneLabel("", "muted")
        self.all_button = QToolButton()
        self.all_button.setText(self.tr("Sho&w all"))
        self.all_button.setToolTip(self.tr("Undo filter and search"))
        self.all_button.clicked.connect(self.reset)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.search, 1)
        for widget in (self.kind, self.word, self.all_button, self.compare):
            layout.addWidget(widget)
        run.model.modelReset.connect(self.refresh)
        run.model.rowsInserted.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how many rows are shown, where that is not all of them."""
        shown, rows = len(self._run.model.shown), len(self._run.model.rows)
        text = self.tr("{n} of {rows}").format(n=number_text(shown), rows=number_text(rows))
        part = shown != rows
        self.word.setText(text if part else "")
        self.all_button.setVisible(part)

    def reset(self) -> None:
        """Show everything again, in the order it is in."""
        self.search.clear()
        self.kind.set_value(RowFilter.ALL.value)
        self._wish()

    def _kinds(self) -> tuple[tuple[RowFilter, str], ...]:
        return (
            (RowFilter.ALL, self.tr("All rows")),
            (RowFilter.ERRORS, self.tr("Errors")),
            (RowFilter.LOW_MARGIN, self.tr("Low margin")),
            (RowFilter.FLIPS, self.tr("Flips")),
            (RowFilter.WRONG, self.tr("Wrong class")),
            (RowFilter.WAITING, self.tr("Waiting")),
        )

    def _wish(self) -> None:
        model = self._run.model
        model.set_wish(replace(model.wish, kind=RowFilter(self.kind.value()), words=self.search.text(), pair=None))
        self.refresh()
