"""What the user allows: code in a model, a file of code beside it, a host that receives tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.gui.engine.engines import EnginePair
from workbench.gui.project.model_reader import ModelReader
from workbench.gui.project.open_project import OpenProject
from workbench.spec.access import CodeRole
from workbench.spec.messages import AllowCode, Allowed, AllowHost, AnyEvent


class Consents(QObject):
    """Notes consents by the engine, and has the open model read anew where they concern it."""

    def __init__(
        self, engines: EnginePair, reader: ModelReader, current: OpenProject, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engines, self._reader, self._current = engines, reader, current

    def trust(self, *, allow: bool = True) -> None:
        """Allow the code in this very model file, or take that back."""
        self._reader.renew(self._reader.opening.trust(allow), self.tr("Noting the consent to {name}"))

    def allow_file(self, path: str, role: CodeRole) -> None:
        """Allow a file that the project names to run; the model is then read anew."""
        title = self.tr("Noting the consent to {name}").format(name=Path(path).name)
        job = self._engines.ask(AllowCode(id=0, path=path, role=role), title)
        job.ended.connect(lambda event: self._on_file_allowed(event, role))

    def _on_file_allowed(self, event: AnyEvent, role: CodeRole) -> None:
        if isinstance(event, Allowed) and role == "custom" and self._current.facts is not None:
            self._reader.renew(self._reader.opening.inspect(), self.tr("Reading {name}"))
        elif isinstance(event, Allowed):
            self._engines.tell(self.tr("{file} may run from now on.").format(file=Path(event.what).name))

    def allow_host(self, address: str, then: Callable[[], None] | None = None) -> None:
        """Let the host of an address receive tokens; `then` is done once that is noted."""
        job = self._engines.ask(AllowHost(id=0, address=address), self.tr("Noting the consent"))

        def on_ended(event: AnyEvent) -> None:
            if isinstance(event, Allowed):
                (then or (lambda: self._engines.tell(self.tr("{host} may receive tokens.").format(host=event.what))))()

        job.ended.connect(on_ended)
