"""The question about images in formats that the export refuses: asked once a model, before they are predicted."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtCore import QObject

from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.formats import FormatQuestion, question_about
from workbench.gui.rows.rows_model import RowsModel
from workbench.spec.preprocess import Formats

ASKS_FORMATS: Final = True
"""Whether images in formats that the export refuses are asked about before they are predicted."""


class FormatInquiry(QObject):
    """`question` stands until it is answered; meanwhile no image is predicted."""

    def __init__(self, session: ProjectSession, model: RowsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.question: FormatQuestion | None = None
        self._asked = not ASKS_FORMATS

    def begin_anew(self) -> None:
        """Another model: what was asked of the last one does not count."""
        self.question, self._asked = None, not ASKS_FORMATS

    def withdraw(self) -> None:
        """The rows that were asked about are gone."""
        self.question = None

    def waits(self) -> bool:
        """Whether images wait for an answer about their formats: asked once a model, not failed one by one."""
        project, composition = self._session.project, self._session.composition
        takes_pictures = bool(composition and composition.image_alias)
        if not self._asked and project is not None and project.preprocess is not None and takes_pictures:
            self.question = question_about(self._model.waiting(records=False), project.preprocess.formats)
            self._asked = self.question is not None
        return self.question is not None

    def answer(self, formats: Formats | None) -> None:
        """`formats` are the project's from now on, `None`: as they are."""
        self.question = None
        project = self._session.project
        if formats is not None and project is not None and project.preprocess is not None:
            words = self.tr("Change the accepted image formats")
            self._session.set_preprocess(msgspec.structs.replace(project.preprocess, formats=formats), words)
