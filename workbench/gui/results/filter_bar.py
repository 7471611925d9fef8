"""Filter bar above the table: search text, filter, and a chip for each of what is in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.row_query import LOW_MARGIN, RowFilter
from workbench.gui.texts import number_text
from workbench.gui.widgets.chip import Chip
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.tone_label import ToneLabel


class FilterBar(QWidget):
    """Tells the rows' model what is wanted; words are heard when typing pauses.

    The chips have a line of their own, whether there are any or not: rows do not move under the mouse.
    """

    def __init__(self, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._typing = QTimer(self, singleShot=True, interval=200)
        self._typing.timeout.connect(self._wish)
        self.search = QLineEdit(placeholderText=self.tr("Search path, top-1 label or error (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search the rows"))
        glass = QAction(self.search)
        icons.put(glass, "search", "muted")
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda: self._typing.start())
        self.kind = ChoiceEditor({kind.value: text for kind, text in self._kinds()})
        self.kind.setMinimumContentsLength(10)
        self.kind.set_name(self.tr("Filter of the rows"))
        self.kind.setToolTip(
            self.tr("Low margin: top-1 score minus top-2 score is below {margin}").format(margin=LOW_MARGIN)
        )
        self.kind.value_changed.connect(self._wish)
        self.compare = QCheckBox(self.tr("Co&mpare with the Keras model"))
        self.compare.setToolTip(
            self.tr(
                "Also predicts with the Keras model on the training path, and shows the difference of each row and "
                "where the top-1 class changed. Takes about twice as long; applies to the next run"
            )
        )
        self.compare.toggled.connect(run.set_compare)
        self.word = ToneLabel("", "muted")
        self.chips: list[Chip] = []
        self._line = QHBoxLayout()
        self._line.setSpacing(8)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)
        self._lay_out()
        run.model.modelReset.connect(self.refresh)
        run.model.rowsInserted.connect(self.refresh)
        run.model.wish_changed.connect(self.refresh)
        self.refresh()

    @property
    def in_force(self) -> list[str]:
        """The filters that rows have to pass now, in words."""
        return [text for text, _ in self._filters()]

    def refresh(self) -> None:
        """Say how many rows are shown, and by which filters."""
        shown, rows = len(self._run.model.shown), len(self._run.model.rows)
        some = self.tr("{n} of {rows} rows").format(n=number_text(shown), rows=number_text(rows))
        every = self.tr("{rows} rows").format(rows=number_text(rows))
        self.word.setText(some if shown != rows else every)
        filters = self._filters()
        if [text for text, _ in filters] != [chip.whole for chip in self.chips]:
            self._show_chips(filters)

    def reset(self) -> None:
        """Show everything again, in the order it is in."""
        self._drop_words()
        self.kind.set_value(RowFilter.ALL.value)
        model = self._run.model
        model.set_wish(replace(model.wish, kind=RowFilter.ALL, words="", pair=None))

    def _lay_out(self) -> None:
        upper = QHBoxLayout()
        upper.setSpacing(8)
        upper.addWidget(self.search, 1)
        for widget in (self.kind, self.compare):
            upper.addWidget(widget)
        self._line.addWidget(self.word)
        self._line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(upper)
        room = QWidget()
        room.setLayout(self._line)
        self._line.setContentsMargins(0, 0, 0, 0)
        room.setMinimumHeight(Chip("").sizeHint().height())
        layout.addWidget(room)

    def _show_chips(self, filters: list[tuple[str, Callable[[], None]]]) -> None:
        for old in self.chips:
            self._line.removeWidget(old)
            old.deleteLater()
        self.chips = []
        for text, end in filters:
            chip = Chip(text)
            # The chip goes with its filter: not while it still hears its own click.
            chip.clicked.connect(lambda _checked=False, end=end: QTimer.singleShot(0, self, end))
            self._line.insertWidget(self._line.count() - 1, chip)
            self.chips.append(chip)

    def _filters(self) -> list[tuple[str, Callable[[], None]]]:
        """What is in force: its words, and what ends it."""
        wish = self._run.model.wish
        found: list[tuple[str, Callable[[], None]]] = []
        if wish.kind is not RowFilter.ALL:
            found.append((dict(self._kinds())[wish.kind], self._end_kind))
        if wish.words.strip():
            found.append((self.tr("Search: {words}").format(words=wish.words.strip()), self._end_words))
        if wish.pair is not None:
            actual, predicted = (wish.classes.text(number) for number in wish.pair)
            text = self.tr("Actual {actual}, predicted {predicted}")
            found.append((text.format(actual=actual, predicted=predicted), self._end_pair))
        return found

    def _end_kind(self) -> None:
        self.kind.set_value(RowFilter.ALL.value)
        self._wish()

    def _end_words(self) -> None:
        self._drop_words()
        self._wish()

    def _end_pair(self) -> None:
        model = self._run.model
        model.set_wish(replace(model.wish, pair=None))

    def _drop_words(self) -> None:
        self.search.clear()
        self._typing.stop()

    def _kinds(self) -> tuple[tuple[RowFilter, str], ...]:
        return (
            (RowFilter.ALL, self.tr("All rows")),
            (RowFilter.ERRORS, self.tr("Errors")),
            (RowFilter.LOW_MARGIN, self.tr("Low margin")),
            (RowFilter.FLIPS, self.tr("Top-1 changed")),
            (RowFilter.WRONG, self.tr("Wrong class")),
            (RowFilter.WAITING, self.tr("Waiting")),
        )

    def _wish(self) -> None:
        model = self._run.model
        model.set_wish(replace(model.wish, kind=RowFilter(self.kind.value()), words=self.search.text()))
