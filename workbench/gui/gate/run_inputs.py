"""What the gate is run with: whose images, and the version to compare with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.dropped_files import holds_records
from workbench.gui.notices import CallInputs
from workbench.gui.widgets.card import keep_place
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel


class InputsRow(QWidget):
    """Images of the Test tab unless a folder was chosen or dropped; `test_inputs` is asked for them when needed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.test_inputs: Callable[[], CallInputs] = CallInputs
        self._own: tuple[str, ...] = ()
        self._word = ElidedLabel("")
        self.folder_button = QPushButton(self.tr("Othe&r images..."))
        self.folder_button.setToolTip(self.tr("A folder of images; class folders give the accuracy"))
        self.folder_button.clicked.connect(self._on_folder)
        icons.put(self.folder_button, "folder")
        self.test_button = QPushButton(self.tr("Images of &the Test tab"))
        keep_place(self.test_button)
        self.test_button.clicked.connect(lambda: self.set_images(()))
        icons.put(self.test_button, "test")
        self.versions = QComboBox(editable=True)
        self.versions.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.versions.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.versions.setAccessibleName(self.tr("Compare with"))
        self.versions.view().setAccessibleName(self.tr("Known versions"))
        self.against = QLineEdit(placeholderText=self.tr("TARGET/MODEL or TARGET/MODEL/VERSION; empty: none"))
        self.against.setAccessibleName(self.tr("Compare with"))
        self.versions.setLineEdit(self.against)
        self.against.textChanged.connect(self.changed)
        label = QLabel(self.tr("Compare &with"))
        label.setBuddy(self.versions)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel("test", 16, "muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._word, 3)
        row.addWidget(self.folder_button)
        row.addWidget(self.test_button)
        row.addSpacing(16)
        row.addWidget(label)
        row.addWidget(self.versions, 4)
        self.refresh()

    @property
    def word(self) -> str:
        """Whose images, as it is shown."""
        return self._word.toolTip()

    def inputs(self) -> CallInputs:
        """What a run would be given now. Files of records are no images and stay out."""
        test = self.test_inputs()
        if self._own:
            return CallInputs(self._own, test.values)
        paths = tuple(path for path in test.paths if not holds_records(path))
        return CallInputs(paths, test.values, test.features, test.files)

    def set_images(self, paths: Iterable[str]) -> None:
        """Take these files and folders instead of the Test tab's images; none: those of the Test tab again."""
        self._own = tuple(paths)
        self.refresh()
        self.changed.emit()

    def offer_versions(self, names: Sequence[str]) -> None:
        """The versions to choose from; what is chosen or typed stays."""
        text = self.against.text()
        blocker = QSignalBlocker(self.against)
        self.versions.clear()
        # The first entry compares with none.
        self.versions.addItems(["", *names])
        self.versions.setCurrentIndex(-1)
        self.against.setText(text)
        blocker.unblock()

    def refresh(self) -> None:
        """Say anew whose images would be taken."""
        count = len(self.inputs().paths)
        if self._own:
            names = ", ".join(Path(path).name + (os.sep if os.path.isdir(path) else "") for path in self._own[:3])
            rest = self.tr(" and {n} more").format(n=count - 3) if count > 3 else ""
            self._word.set_text(self.tr("Images: {names}{rest}").format(names=names, rest=rest))
        elif count:
            self._word.set_text(self.tr("Images: {n} of the Test tab").format(n=count))
        else:
            self._word.set_text(self.tr("Images: none; synthetic images are used"))
        self.test_button.setVisible(bool(self._own))

    def _on_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of images for the release gate"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.set_images)
        dialog.open()
