"""What a model may need from the user before it can be loaded: consent, a Python file, an architecture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.gui.notices import ErrorRemedy
from workbench.gui.project.session import ProjectSession
from workbench.spec.access import CodeRole
from workbench.spec.errors import ErrorInfo


class ModelRemedies(QObject):
    """Asks in dialogs over `window` and tells the session the answer."""

    def __init__(self, session: ProjectSession, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window

    def apply(self, remedy: ErrorRemedy, error: ErrorInfo | None = None) -> None:
        """Ask for what a notice offered; `error` is what it was about."""
        match remedy:
            case ErrorRemedy.ARCHITECTURE:
                self.choose_architecture()
            case ErrorRemedy.ALLOW_CODE:
                self.allow_code()
            case ErrorRemedy.CUSTOM_OBJECTS:
                self.choose_custom()
            case ErrorRemedy.ALLOW_FILE if error is not None:
                self._allow_file(error.where, "program" if error.code == "PROGRAM" else "custom")
            case ErrorRemedy.ALLOW_HOST if error is not None:
                from workbench.gui.model.consent_dialog import ask_about_host

                ask_about_host(error.where, self._session, self._window)

    def allow_code(self) -> None:
        """Ask whether the open file's own code may run."""
        facts = self._session.facts
        if facts is not None and facts.runs_code:
            from workbench.gui.model.consent_dialog import ConsentDialog, about_model  # Few models bring code.

            dialog = ConsentDialog(about_model(facts), self._window)
            dialog.accepted.connect(lambda: self._session.consents.trust(allow=True))
            dialog.open()

    def allow_custom(self) -> None:
        """Ask whether the Python file that the project names may run."""
        if self._session.custom:
            self._allow_file(self._session.custom, "custom")

    def _allow_file(self, path: str, role: CodeRole) -> None:
        from workbench.gui.model.consent_dialog import ConsentDialog, about_file

        dialog = ConsentDialog(about_file(path, role, self._session.facts), self._window)
        dialog.accepted.connect(lambda: self._session.consents.allow_file(path, role))
        dialog.open()

    def forbid_code(self) -> None:
        """Take the consent back; that needs no question."""
        self._session.consents.trust(allow=False)

    def choose_custom(self) -> None:
        """Ask for the Python file that defines the model's own classes and functions."""
        title = self.tr("Python file with custom layers and functions")
        self._choose(title, self._session.base, self.tr("Python files (*.py)"), self._session.set_custom)

    def choose_architecture(self) -> None:
        """Ask for the architecture that belongs to a file of weights."""
        title = self.tr("Model architecture")
        kinds = self.tr("Architectures (*.json *.yaml *.yml);;All files (*)")
        self._choose(title, self._session.folder, kinds, self._session.open_with_architecture)

    def _choose(self, title: str, folder: str, kinds: str, then: Callable[[str], None]) -> None:
        dialog = QFileDialog(self._window, title, folder, kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(then)
        dialog.open()
