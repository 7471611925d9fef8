"""The button that finds how training read its images: from its code, from its arrays, or from labelled images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from workbench.gui.inputs.image_source import read_as, reading_of
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.messages import MatchKind
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_confirmation import with_confirmed
from workbench.spec.reading_found import ReadingFound, preprocess_of, trained_as_read

if TYPE_CHECKING:
    from workbench.gui.inputs.code_dialog import CodeDialog
    from workbench.gui.inputs.match_dialog import MatchDialog


class FindButton(QPushButton):
    """What is taken over becomes one step of the project's history; `looked_at` names the image input it is for."""

    def __init__(self, session: ProjectSession, looked_at: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("F&ind it for me..."))
        self._session, self._looked_at = session, looked_at
        menu = QMenu(self)
        self.by_code: QAction = menu.addAction(self.tr("From training &code..."))
        self.by_arrays: QAction = menu.addAction(self.tr("From &arrays of training (.npz)..."))
        self.by_labels: QAction = menu.addAction(self.tr("From images in class &folders..."))
        self.by_code.triggered.connect(self._on_code)
        self.by_arrays.triggered.connect(lambda: self._on_images("arrays"))
        self.by_labels.triggered.connect(lambda: self._on_images("labels"))
        self.setMenu(menu)

    def _reading(self) -> Preprocess | None:
        """How the picture is read now; None without a project."""
        project, facts = self._session.project, self._session.facts
        return None if project is None or facts is None else reading_of(facts, project, self._looked_at())

    def _on_code(self) -> None:
        from workbench.gui.inputs.code_dialog import CodeDialog  # Few look for it.

        dialog = CodeDialog(self._session.engines, self._session.base, self)
        dialog.chosen.connect(lambda found: self._on_found(found, dialog))
        dialog.open()

    def _on_found(self, found: ReadingFound, dialog: CodeDialog) -> None:
        """Read the picture as the training code does, where a project has words for that."""
        own = self._reading()
        if own is None:
            return
        try:
            made = preprocess_of(found, own)
        except WorkbenchError as err:
            dialog.say(str(err))
            return
        self._take_over(made, self.tr("Apply settings from training code"), self.tr("training code"))
        dialog.accept()

    def _on_images(self, kind: MatchKind) -> None:
        from workbench.gui.inputs.match_dialog import MatchDialog

        project, own = self._session.project, self._reading()
        if project is None or own is None:
            return
        dialog = MatchDialog(self._session, msgspec.structs.replace(project, preprocess=own), kind, self)
        dialog.chosen.connect(lambda made, evidence: self._on_matched(made, evidence, dialog))
        dialog.open()

    def _on_matched(self, made: Preprocess, evidence: str, dialog: MatchDialog) -> None:
        """Read the picture as the candidate does; which input it feeds and what is accepted stays the project's."""
        own = self._reading()
        if own is not None:
            kept = msgspec.structs.replace(made, input=own.input, formats=own.formats)
            self._take_over(kept, self.tr("Apply the settings found"), evidence)
        dialog.accept()

    def _take_over(self, made: Preprocess, words: str, evidence: str) -> None:
        """Read the picture in this way, which is then confirmed to be training's; the project notes the evidence."""
        project, facts = self._session.project, self._session.facts
        if project is not None and facts is not None:
            found = trained_as_read(read_as(facts, project, self._looked_at(), made))
            found = with_confirmed(found, made.reader)
            check = msgspec.structs.replace(found.check, matched=evidence)
            self._session.edit(msgspec.structs.replace(found, check=check), words)
