"""What can be done with the chosen rows: predict them again, take them away, find them on the disk."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from workbench.gui import icons
from workbench.gui.rows.columns import RowColumn, text, title
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.rows_view import RowsView
from workbench.gui.widgets.row_table import table_text


class RowMenu(QMenu):
    """The table's context menu; its actions have shortcuts while the table has the keys."""

    def __init__(self, view: RowsView, run: PredictionRun) -> None:
        super().__init__(view)
        self._view, self._run = view, run
        self.again = self._action(self.tr("&Predict these again"), "run", "Ctrl+Return", self._on_again)
        self.copy = self._action(self.tr("&Copy rows"), "copy", "Ctrl+C", self._on_copy)
        self.copy_paths = self._action(self.tr("Copy p&aths"), "copy", "Ctrl+Shift+C", self._on_copy_paths)
        self.show_folder = self._action(self.tr("Open the &folder"), "folder", "", self._on_folder)
        self.addSeparator()
        self.remove = self._action(self.tr("&Remove from list"), "remove", "Delete", self._on_remove)
        view.menu_wanted.connect(self._on_wanted)

    def _action(self, name: str, icon: str, key: str, slot: object) -> QAction:
        action = self.addAction(name)
        action.triggered.connect(slot)
        icons.put(action, icon)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._view.addAction(action)
        return action

    def _on_wanted(self, place: QPoint) -> None:
        chosen = bool(self._view.selected_rows())
        self.again.setEnabled(chosen and self._run.ready and not self._run.running)
        for action in (self.copy, self.copy_paths, self.show_folder, self.remove):
            action.setEnabled(chosen)
        self.popup(self._view.viewport().mapToGlobal(place))

    def _on_again(self) -> None:
        if self._run.ready and not self._run.running:
            self._run.run_again(self._view.selected_rows())

    def _on_copy(self) -> None:
        """The columns in sight under their headings; the path takes the place of the picture."""
        view, labels = self._view, self._run.model.reading.labels
        columns = [c for c in RowColumn if c is not RowColumn.PICTURE and not view.isColumnHidden(c)]
        rows = ([row.source or row.path, *(text(row, c, labels) for c in columns)] for row in view.selected_rows())
        headings = [self.tr("Path"), *(title(column) for column in columns)]
        QGuiApplication.clipboard().setText(table_text(headings, rows))

    def _on_copy_paths(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._view.selected_paths()))

    def _on_folder(self) -> None:
        for path in self._view.selected_paths()[:1]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))

    def _on_remove(self) -> None:
        if not self._run.running:
            self._run.remove(set(self._view.selected_paths()))
