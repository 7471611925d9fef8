"""The five tabs of one session, made together once the frame stands."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from workbench.gui.deploy.local_server import LocalServer
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.inputs.tab import InputsTab
from workbench.gui.model.tab import ModelTab
from workbench.gui.notices import CallInputs
from workbench.gui.predict.tab import PredictTab
from workbench.gui.project.recent_files import RecentFiles
from workbench.gui.project.session import ProjectSession
from workbench.gui.signature.tab import SignatureTab
from workbench.gui.tab import Tab


class Tabs:
    """Each by its name, and all in their order, once they have been made; with them the list of recent files."""

    def __init__(self, session: ProjectSession, server: LocalServer, window: QWidget) -> None:
        self.session = session
        self._server, self._window = server, window
        self.recent = RecentFiles(session)

    def make(self) -> Iterator[None]:
        """Make them, one a `next`, as the window's children, which shows none of them yet."""
        session, window = self.session, self._window
        self.model = ModelTab(session, self.recent, window)
        yield
        self.inputs = InputsTab(session, window)
        yield
        self.signature = SignatureTab(session, window)
        yield
        self.test = PredictTab(session, window)
        yield
        self.deploy = DeployTab(session, self._server, window)
        yield
        self.deploy.gate.head.inputs.test_inputs = self._test_inputs
        self.test.run.changed.connect(self.deploy.gate.refresh)
        self.test.run.changed.connect(self._show_first_image)
        self.inputs.preview.enlarge_wanted.connect(self._enlarge)
        session.opened.connect(self._note_file)
        session.file_changed.connect(self._note_file)
        self.all: tuple[Tab, ...] = (self.model, self.inputs, self.signature, self.test, self.deploy)

    def _note_file(self) -> None:
        # Opened, or saved under a name: from now on it is among the recent files.
        self.recent.add(self.session.path or self.session.model_path)

    def _show_first_image(self) -> None:
        rows = self.test.run.model.rows
        self.inputs.preview.set_dropped(rows[0].path if rows and not rows[0].records else "")

    def _enlarge(self, name: str, sides: list[tuple[str, str]]) -> None:
        from workbench.gui.gate.evidence_images import ImageSides
        from workbench.gui.gate.image_comparison import ImageComparisonDialog  # Few enlarge.

        item = ImageSides(name, "", tuple(sides))
        ImageComparisonDialog([item], 0, self.inputs.preview.thumbnails, self._window).open()

    def close(self) -> None:
        """Let the tabs' threads end."""
        self.inputs.preview.close_files()
        self.test.run.close()
        self.session.files.close()
        self.deploy.gate.close_threads()

    def _test_inputs(self) -> CallInputs:
        """All images of the Test tab with their values, for the release gate."""
        run = self.test.run
        paths = tuple(dict.fromkeys(row.path for row in run.model.rows))
        return CallInputs(paths, run.given.values, run.matched(paths), run.given.files)
