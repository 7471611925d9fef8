"""The status bar's right end: the newest running job in words, how far it is, and Cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.progress_text import GAP, ProgressMeter

if TYPE_CHECKING:
    from workbench.gui.engine.job import EngineJob
    from workbench.spec.model import Progress


PARTS: Final = 10_000
"""Of the bar at most."""


class JobBar(QWidget):
    """Follows jobs; empty while none is under way."""

    running_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[EngineJob] = []
        self._progress: Progress | None = None
        self._meter = ProgressMeter()
        # Progress comes a thousand times a second; nobody reads it more often than this.
        self._soon = QTimer(self, singleShot=True, interval=60)
        self._soon.timeout.connect(self._show_progress)
        self._word = QLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(160, 10)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Cancel the running job (Escape)"))
        self.cancel_button.clicked.connect(self.cancel)
        icons.put(self.cancel_button, "stop")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(12)
        layout.addStretch(1)
        for widget in (self._word, self._bar, self.cancel_button):
            layout.addWidget(widget)
        self._show()

    def room(self) -> int:
        """The height it needs while a job runs, so that nothing above it moves when one begins."""
        return self.cancel_button.sizeHint().height() + 6

    @property
    def text(self) -> str:
        """What is said to be under way."""
        return self._word.text()

    @property
    def part(self) -> float:
        """How much of it is done, 0..1; 0 where that is not known."""
        return self._bar.value() / self._bar.maximum() if self._bar.maximum() else 0.0

    def follow(self, job: EngineJob) -> None:
        """Show a job until it ends; one without a title is nobody's business."""
        if not job.title:
            return
        self._jobs.append(job)
        job.progressed.connect(self._on_progress)
        job.ended.connect(lambda _event: self._on_ended(job))
        self._show()

    def cancel(self) -> None:
        """Cancel the job that is shown."""
        if self._jobs:
            self._jobs[-1].cancel()
            self._show()

    def _on_ended(self, job: EngineJob) -> None:
        self._jobs.remove(job)
        self._show()

    def _on_progress(self, progress: Progress) -> None:
        if self._jobs and self.sender() is self._jobs[-1]:
            self._progress = progress
            if not self._soon.isActive():
                self._soon.start()

    def _show_progress(self) -> None:
        progress = self._progress
        if self._jobs and progress is not None:
            self._bar.setRange(0, min(progress.total, PARTS))
            # Qt counts in 32 bits, and files are larger.
            self._bar.setValue(progress.done * min(progress.total, PARTS) // progress.total if progress.total else 0)
            title = self._jobs[-1].title
            said = title if title.startswith(progress.step) else f"{title}: {progress.step}"
            self._word.setText(GAP.join(filter(None, (said, self._meter.words(progress)))))

    def _show(self) -> None:
        self._progress, self._meter = None, ProgressMeter()
        running = bool(self._jobs)
        self.running_changed.emit(running)
        for widget in (self._word, self._bar, self.cancel_button):
            widget.setVisible(running)
        if running:
            job = self._jobs[-1]
            self._bar.setRange(0, 0)
            self._word.setText(self.tr("Cancelling...") if job.cancelling else job.title)
            self.cancel_button.setEnabled(not job.cancelling)
