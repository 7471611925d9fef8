"""The Test tab's buttons: add, run, cancel, save, clear, and which of the two views is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabBar, QWidget

from workbench.gui import icons
from workbench.gui.widgets.tone_label import ElidedLabel


class Toolbar(QWidget):
    """Buttons with names; the tab connects them. `view_wanted` is 0 for the rows and 1 for the charts."""

    view_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add = self._button(self.tr("&Add files..."), "add", self.tr("Images, JSON lines, .npz, .tfrecord"))
        self.folder = self._button(self.tr("Add f&older..."), "folder", self.tr("All images in a folder and below it"))
        again = self.tr("Predict all rows with the current settings (F5)")
        self.run = self._button(self.tr("&Run again"), "refresh", again)
        self.cancel = self._button(self.tr("&Cancel"), "stop", self.tr("Stop; finished rows are kept (Escape)"))
        saves = self.tr("Save the shown rows as CSV, JSON lines, .npy, TFRecord or a web page (Ctrl+Shift+E)")
        self.save = self._button(self.tr("Sa&ve rows..."), "save", saves)
        # Not the buttons' own shortcuts: those would take the place of the mnemonics.
        for button, key in ((self.run, QKeySequence.StandardKey.Refresh), (self.save, "Ctrl+Shift+E")):
            QShortcut(QKeySequence(key), self).activated.connect(button.click)
        self.clear = self._button(self.tr("C&lear"), "clear", self.tr("Remove all rows; the files are kept"))
        self.word = ElidedLabel("", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for button in (self.add, self.folder, self.run, self.cancel, self.save, self.clear):
            layout.addWidget(button)
        layout.addSpacing(4)
        layout.addWidget(self.word, 1)
        self._add_views(layout)

    def show_view(self, view: int) -> None:
        """Change the view."""
        self.views.setCurrentIndex(view)

    def _add_views(self, layout: QHBoxLayout) -> None:
        self.views = QTabBar()
        self.views.setDrawBase(False)
        self.views.setAccessibleName(self.tr("Views of the test"))
        for place, text in enumerate((self.tr("Rows"), self.tr("Charts"))):
            self.views.addTab(text)
            key = QKeySequence(f"Alt+{place + 1}")
            self.views.setTabToolTip(place, key.toString(QKeySequence.SequenceFormat.NativeText))
            QShortcut(key, self).activated.connect(lambda place=place: self.views.setCurrentIndex(place))
        self.views.currentChanged.connect(self.view_wanted)
        layout.addWidget(self.views)

    def _button(self, text: str, icon: str, hint: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        icons.put(button, icon)
        return button
