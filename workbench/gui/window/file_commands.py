"""What the menus do with files, history, engine and log: open, save, export, undo, restart, about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from workbench.gui.project.history import History
from workbench.gui.project.session import ProjectSession
from workbench.gui.texts import seconds_text, size_text
from workbench.gui.window import dialogs
from workbench.gui.window.menus import MenuActions
from workbench.spec.messages import AnyEvent, Export, Exported
from workbench.spec.resources import resource

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.window.menus import MenuActions


class FileCommands(QObject):
    """Asks where it must and tells the session; keeps nothing itself."""

    def __init__(self, window: MainWindow, session: ProjectSession) -> None:
        super().__init__(window)
        self._window, self._session = window, session

    def connect_actions(self, actions: MenuActions) -> None:
        """Give the menu's actions their work."""
        actions.new.triggered.connect(self._on_new)
        actions.close.triggered.connect(self._on_close)
        actions.open.triggered.connect(self._on_open)
        actions.sample.triggered.connect(self._on_sample)
        actions.save.triggered.connect(self._on_save)
        actions.save_as.triggered.connect(self._on_save_as)
        actions.export.triggered.connect(self._on_export)
        actions.restart.triggered.connect(self._on_restart)
        actions.about.triggered.connect(self._on_about)

    def ask_unsaved(self, then: Callable[[], None]) -> None:
        """Offer to save; `then` follows a save or a discard."""

        def discard() -> None:
            self._session.forget_changes()
            then()

        dialogs.ask_unsaved(self._window, lambda: self._save_then(then), discard)

    def save_then(self, path: str, then: Callable[[], None]) -> None:
        """Save at `path`, and go on if that went well."""
        if self._session.save(Path(path)):
            self._session.tell(self.tr("Saved: {path}.").format(path=path))
            then()

    def _save_then(self, then: Callable[[], None]) -> None:
        if self._session.path is not None:
            self.save_then(str(self._session.path), then)
        else:
            self._ask_where(then)

    def _ask_where(self, then: Callable[[], None]) -> None:
        suggestion = str(Path(self._session.model_path).with_suffix(".toml"))
        dialogs.ask_save(self._window, suggestion, lambda path: self.save_then(path, then))

    def _on_new(self) -> None:
        self._window.unless_unsaved(self._session.begin_anew)

    def _on_close(self) -> None:
        self._window.unless_unsaved(self._session.close)

    def _on_open(self) -> None:
        dialogs.ask_open(self._window, self._window.open)

    def _on_sample(self) -> None:
        self._window.open(str(resource("sample", "project.toml")))

    def _on_save(self) -> None:
        self._save_then(_nothing)

    def _on_save_as(self) -> None:
        self._ask_where(_nothing)

    def _on_export(self) -> None:
        title = self.tr("Folder for the SavedModel")
        dialogs.ask_folder(self._window, title, self.export_to)

    def export_to(self, folder: str) -> None:
        """Write the export below `folder`, under the model's name."""
        project = self._session.project
        if project is None:
            return
        output = str(Path(folder) / Path(self._session.model_path).stem)
        request = Export(id=0, project=project, base=self._session.base, output=output)
        self._session.ask(request, self.tr("Exporting")).ended.connect(self._on_exported)

    def _on_exported(self, event: AnyEvent) -> None:
        if isinstance(event, Exported):
            result = event.result
            text = self.tr("Exported to {path}: {size}, {files} file(s), {seconds}.")
            size, seconds = size_text(result.bytes), seconds_text(result.seconds)
            self._session.tell(text.format(path=result.path, size=size, files=result.files, seconds=seconds))

    def _on_restart(self) -> None:
        self._session.engines.restart_engine()

    def _on_about(self) -> None:
        from workbench.gui.window.about import show_about

        show_about(self._window)


def _nothing() -> None:
    """Nothing follows a plain save."""


class UndoCommands(QObject):
    """Ties two actions to the history of the project's settings."""

    def __init__(self, actions: MenuActions, history: History, show: Callable[[str], None]) -> None:
        # A child of the actions: a stack that is deleted after them still says that it is empty.
        super().__init__(actions)
        self._actions = actions
        stack = history.stack
        actions.undo.triggered.connect(stack.undo)
        actions.redo.triggered.connect(stack.redo)
        stack.canUndoChanged.connect(actions.undo.setEnabled)
        stack.canRedoChanged.connect(actions.redo.setEnabled)
        stack.undoTextChanged.connect(self._on_undo_text)
        stack.redoTextChanged.connect(self._on_redo_text)
        history.travelled.connect(show)

    def _on_undo_text(self, what: str) -> None:
        _name(self._actions.undo, self.tr("&Undo"), what)

    def _on_redo_text(self, what: str) -> None:
        _name(self._actions.redo, self.tr("&Redo"), what)


def _name(action: QAction, verb: str, what: str) -> None:
    """`Undo: Change the pixel scaling`; the verb alone where there is nothing to take back."""
    action.setText(f"{verb}: {what}" if what else verb)
