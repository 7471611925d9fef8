"""The window's few dialogs. All open with open(): nothing blocks the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QMessageBox, QVBoxLayout, QWidget

from workbench import __version__
from workbench.gui import icons
from workbench.gui.drops import MODELS, PROJECT
from workbench.gui.texts import tr
from workbench.gui.widgets.copy_text import CopyText

Then = Callable[[], None]


def ask_open(parent: QWidget, then: Callable[[str], None]) -> QFileDialog:
    """Ask which model or project to open."""
    patterns = " ".join(f"*{suffix}" for suffix in (*MODELS, PROJECT))
    dialog = QFileDialog(parent, tr("Dialogs", "Open a model or a project"))
    known = tr("Dialogs", "Models and projects ({list})").format(list=patterns)
    dialog.setNameFilters([known, tr("Dialogs", "All files (*)")])
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _open_file(dialog, then)


def ask_save(parent: QWidget, suggestion: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask where to save the project."""
    dialog = QFileDialog(parent, tr("Dialogs", "Save the project"), suggestion, tr("Dialogs", "Projects (*.toml)"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("toml")
    dialog.selectFile(suggestion)
    return _open_file(dialog, then)


def ask_folder(parent: QWidget, title: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask for a folder."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _open_file(dialog, then)


def ask_unsaved(parent: QWidget, save: Then, discard: Then) -> QMessageBox:
    """Ask what becomes of unsaved changes."""
    buttons = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setWindowTitle(tr("Dialogs", "Unsaved changes"))
    box.setText(tr("Dialogs", "The project has changes that are not saved."))
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    acts = {buttons.Save.value: save, buttons.Discard.value: discard}
    box.finished.connect(lambda answer: acts.get(answer, _nothing)())
    box.open()
    return box


def show_about(parent: QWidget) -> QMessageBox:
    """Name, version and what it stands on."""
    lines = (
        f"<h3>Keras Export Workbench {__version__}</h3>",
        tr("Dialogs", "From a trained Keras image model to a tested, versioned prediction API."),
        tr("Dialogs", "Qt {qt}. TensorFlow runs in a process of its own.").format(qt=qVersion()),
    )
    box = QMessageBox(parent)
    box.setWindowTitle(tr("Dialogs", "About"))
    box.setIconPixmap(icons.application_icon().pixmap(96, 96))
    box.setText("<p>".join(lines))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


def show_log(parent: QWidget, text: str) -> QDialog:
    """What the child processes wrote to stderr, to read and copy."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Dialogs", "Log"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    log = CopyText(tr("Dialogs", "What the engine said"), tr("Dialogs", "Log"))
    log.set_placeholder(tr("Dialogs", "Nothing yet."))
    log.set_text(text)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.addWidget(log, 1)
    layout.addWidget(buttons)
    dialog.resize(820, 460)
    dialog.open()
    return dialog


def _open_file(dialog: QFileDialog, then: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(then)
    dialog.open()
    return dialog


def _nothing() -> None:
    """What Cancel does."""
