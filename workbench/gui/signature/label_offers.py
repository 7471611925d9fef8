"""Labels that lie beside the model, and the top-1 label in the reply: offered once, never set by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QObject, QTimer

from workbench.gui.notices import Notice, Offer, Severity
from workbench.gui.project.session import ProjectSession
from workbench.gui.signature.labels_card import read_labels
from workbench.gui.texts import number_text
from workbench.spec.reply_outputs import scores_answer

NAMES: Final = ("{stem}_labels.txt", "{stem}.labels.txt", "labels.txt", "class_names.txt", "classes.txt")
"""How files of labels are called beside a model, most particular first; `{stem}` is the model's name."""

LARGEST: Final = 1_000_000
"""Bytes that are read of such a file at most: ImageNet's 21,841 labels take less than half."""

BEST_KEY: Final = "label"


def labels_beside(model: Path, count: int) -> Path | None:
    """The first file beside a model that holds as many labels as there are scores."""
    for name in NAMES:
        path = model.with_name(name.format(stem=model.stem))
        try:
            fits = path.stat().st_size <= LARGEST and len(read_labels(path.read_text(encoding="utf-8-sig"))) == count
        except (OSError, UnicodeDecodeError):
            continue  # Not there, or none of labels: nothing is offered.
        if fits:
            return path
    return None


class LabelOffers(QObject):
    """Looks beside a model that is opened without a project; `load` reads a file of labels into the project."""

    def __init__(self, session: ProjectSession, load: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._load = session, load
        session.opened.connect(lambda: QTimer.singleShot(0, self, self._look))

    def wants_top(self) -> bool:
        """Whether the labels are known and fit, and no reply names one yet."""
        session = self._session
        if session.facts is None or session.project is None:
            return False
        keys, scores = session.project.signature, scores_answer(session.facts, session.project)
        fits = scores is not None and len(keys.labels) == scores.width
        return fits and not keys.best_key and keys.top_k <= 0

    def add_top(self) -> None:
        """Put the top-1 label into the reply."""
        project = self._session.project
        if project is not None:
            keys = msgspec.structs.replace(project.signature, best_key=BEST_KEY)
            self._session.set_signature(keys, self.tr("Add the top-1 label to the reply"))

    def propose_top(self) -> None:
        """Offer the top-1 label, now that labels have been read."""
        if self.wants_top():
            text = self.tr("The labels are known. Shall the reply name the top-1 label, too?")
            self._offer(text, self.tr("Add the top-1 label"), self.add_top)

    def _look(self) -> None:
        session = self._session
        if session.facts is None or session.project is None or session.path is not None:
            return
        scores = scores_answer(session.facts, session.project)
        if session.project.signature.labels or scores is None:
            return
        found = labels_beside(Path(session.model_path), scores.width)
        if found is not None:
            text = self.tr("{name} beside the model has {n} labels, as many as there are scores.")
            text = text.format(name=found.name, n=number_text(scores.width))
            self._offer(text, self.tr("Use these labels"), lambda: self._load(str(found)))

    def _offer(self, text: str, button: str, act: Callable[[], None]) -> None:
        self._session.noticed.emit(Notice(text, Severity.INFO, offer=Offer(button, act)))
