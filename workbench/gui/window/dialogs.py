"""The window's few dialogs. All open with open(): nothing blocks the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from workbench.gui.dropped_files import MODELS, PROJECT
from workbench.gui.texts import tr

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


def ask_replace(parent: QWidget, model: str, project: str, replace: Then, fresh: Then) -> QMessageBox:
    """Ask whether a model goes into the open project or begins a new one."""
    box = QMessageBox(parent)
    box.setWindowTitle(tr("Dialogs", "Another model"))
    text = tr("Dialogs", "Use '{model}' in the open project {project}?")
    box.setText(text.format(model=model, project=project))
    box.setInformativeText(
        tr("Dialogs", "Its settings, labels and targets stay; the test and the release gate have to be run again.")
    )
    into = box.addButton(tr("Dialogs", "&Replace the model in this project"), QMessageBox.ButtonRole.AcceptRole)
    anew = box.addButton(tr("Dialogs", "&New project"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(into)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    into.clicked.connect(replace)
    anew.clicked.connect(fresh)
    box.open()
    return box


def _open_file(dialog: QFileDialog, then: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(then)
    dialog.open()
    return dialog


def _nothing() -> None:
    """What Cancel does."""
