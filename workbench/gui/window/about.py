"""The About dialog: what this is, and the versions a bug report needs, to be copied with one click."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench import __version__
from workbench.gui import icons
from workbench.gui.texts import tr
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ToneLabel

PACKAGES: Final = ("tensorflow", "keras", "tf-keras", "numpy", "h5py", "pillow", "google-api-python-client")
"""What a release stands on; read from the packages' own records: nothing is imported for it."""


def versions() -> list[tuple[str, str]]:
    """Names and versions, ours first."""
    found = [
        ("keras-export-workbench", __version__),
        ("Python", platform.python_version()),
        ("Qt", f"{qVersion()}, {QGuiApplication.platformName()}"),
        ("system", platform.platform(terse=True)),
    ]
    return found + [(name, _version(name)) for name in PACKAGES]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return tr("About", "not installed")


def show_about(parent: QWidget) -> QDialog:
    """Open the dialog; it blocks nothing."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("About", "About"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    picture = QLabel()
    picture.setPixmap(icons.application_icon().pixmap(72, 72))
    words = QVBoxLayout()
    words.addWidget(ToneLabel("Keras Export Workbench", bold=True, scale=1.4))
    words.addWidget(ToneLabel(tr("About", "From a trained Keras image model to a tested, versioned prediction API.")))
    words.addWidget(ToneLabel(tr("About", "TensorFlow runs in a separate process."), "muted"))
    head = QHBoxLayout()
    head.setSpacing(16)
    head.addWidget(picture)
    head.addLayout(words, 1)
    table = CopyText(tr("About", "Versions"), tr("About", "Versions"))
    width = max(len(name) for name, _ in versions()) + 2
    table.set_text("\n".join(f"{name:<{width}}{number}" for name, number in versions()))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setSpacing(12)
    layout.addLayout(head)
    layout.addWidget(table, 1)
    layout.addWidget(buttons)
    dialog.resize(560, 400)
    dialog.open()
    return dialog
