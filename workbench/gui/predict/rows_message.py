"""What stands in the place of the Test tab's rows: a question before they are predicted, or why none is shown."""

from __future__ import annotations

from workbench.gui.detail.error_card import accept_text
from workbench.gui.project.session import ProjectSession
from workbench.gui.results.filter_bar import FilterBar
from workbench.gui.rows.formats import listed
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.rows_view import RowsView
from workbench.gui.texts import number_text
from workbench.gui.widgets.view_message import ViewMessage
from workbench.spec.preprocess import FORMAT_NAMES


class RowsMessage(ViewMessage):
    """Follows by `refresh`; hidden while there is nothing to say."""

    def __init__(self, session: ProjectSession, run: PredictionRun, view: RowsView, filters: FilterBar) -> None:
        super().__init__(view)
        self._session, self._run, self._filter = session, run, filters

    def refresh(self) -> None:
        """What is asked before rows are predicted; else which filters hide all rows, where none is shown."""
        asked = self._run.formats.question
        if asked is None:
            self._say_empty()
            return
        kinds, read = listed(asked.refused, self.tr("and")), self._read_now()
        text = self.tr("{n} of {total} images are {kinds}; the project accepts {read} only.")
        text = text.format(n=number_text(asked.affected), total=number_text(asked.total), kinds=kinds, read=read)
        accept = (accept_text(list(asked.refused)), lambda: self._run.answer(asked.formats))
        keep = (self.tr("&Keep {read} only").format(read=read), lambda: self._run.answer(None))
        self.show_text(text, accept, keep)
        self.buttons[0].setShortcut("Ctrl+Shift+Return")
        self.buttons[0].setToolTip(self.tr("Change the project (Ctrl+Shift+Return)"))

    def _read_now(self) -> str:
        project = self._session.project
        preprocess = project.preprocess if project is not None else None
        return FORMAT_NAMES[preprocess.formats] if preprocess is not None else ""

    def _say_empty(self) -> None:
        model, filters = self._run.model, self._filter.in_force
        if not model.rows or model.shown or not filters:
            self.hide()
            return
        text = self.tr("No row passes all filters ({filters}). {n} rows are hidden.")
        text = text.format(filters="; ".join(filters), n=number_text(len(model.rows)))
        self.show_text(text, (self.tr("Sho&w all rows"), self._filter.reset))
