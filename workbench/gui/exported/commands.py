"""Looking at a SavedModel: asks the engine for its signatures, shows them, and leads back to a project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.gui.exported.origin import model_beside, opening_of
from workbench.gui.project.recent_files import RecentFiles
from workbench.gui.project.session import ProjectSession
from workbench.spec.manifest import ExportManifest
from workbench.spec.messages import AnyEvent, ReadSignatures, SignaturesRead

if TYPE_CHECKING:
    from workbench.gui.exported.viewer import SavedModelViewer

Unless = Callable[[Callable[[], None]], None]
"""Does something unless unsaved changes would be lost by it; asks first where there are any."""


class SavedModels(QObject):
    """One viewer a SavedModel that was asked for; nothing is written until the project is saved."""

    def __init__(self, session: ProjectSession, recent: RecentFiles, unless_unsaved: Unless, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._recent, self._window = session, recent, window
        self._unless_unsaved = unless_unsaved
        self._expected = ("", "")
        session.opened.connect(self._on_opened)

    def view(self, directory: str) -> None:
        """Show the signatures of a SavedModel's folder."""
        place = Path(directory).absolute()
        job = self._session.ask(
            ReadSignatures(id=0, path=str(place)), self.tr("Reading {name}").format(name=place.name)
        )
        job.ended.connect(lambda event: self._on_shown(place, event))

    def choose(self) -> None:
        """Ask for a SavedModel's folder, and show it."""
        dialog = QFileDialog(self._window, self.tr("Folder with saved_model.pb"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.view)
        dialog.open()

    def _on_shown(self, place: Path, event: AnyEvent) -> None:
        if not isinstance(event, SignaturesRead):
            return  # Told as an error already, or cancelled.
        from workbench.gui.exported.viewer import SavedModelViewer  # Few starts of the window ask for one.

        viewer = SavedModelViewer(place, event, self._window)
        viewer.project_wanted.connect(lambda: self._on_project_wanted(viewer))
        viewer.show()

    def _on_project_wanted(self, viewer: SavedModelViewer) -> None:
        manifest = viewer.manifest
        if manifest is None:
            return
        known = (*((self._session.model_path,) if self._session.model_path else ()), *self._recent.paths())
        model = model_beside(viewer.directory, manifest.model.name, known)
        if model is not None:
            self._open(viewer, manifest, model)
            return
        dialog = QFileDialog(viewer, self.tr("Where is {name}?").format(name=manifest.model.name))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._open(viewer, manifest, Path(path)))
        dialog.open()

    def _open(self, viewer: SavedModelViewer, manifest: ExportManifest, model: Path) -> None:
        def go() -> None:
            self._expected = (str(model.absolute()), manifest.model.sha256)
            viewer.close()
            self._session.open_as(opening_of(manifest, model.absolute()))

        self._unless_unsaved(go)

    def _on_opened(self) -> None:
        facts, (path, sha256) = self._session.facts, self._expected
        self._expected = ("", "")
        if facts is not None and facts.path == path and facts.sha256 != sha256:
            text = self.tr("{name} is not the model of this export: its content differs.")
            self._session.tell(text.format(name=Path(path).name))
