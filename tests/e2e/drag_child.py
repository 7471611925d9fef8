"""A small window of another program that gives files away: `drag_child.py X Y PATH...`; press and drag it."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """Begins a drag at the first movement with the button down, as file managers do."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("drag me")
        self._paths = paths

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
        drag = QDrag(self)
        drag.setMimeData(mime)
        action = drag.exec(Qt.DropAction.CopyAction)
        sys.stdout.write(f"{action.name}\n")
        sys.stdout.flush()
        # The files' names are fetched from here after the drop: a program that ends with the drag gives nothing away.
        QTimer.singleShot(3000, QApplication.quit)


if __name__ == "__main__":
    app = QApplication([])
    source = Source(sys.argv[3:])
    source.setGeometry(int(sys.argv[1]), int(sys.argv[2]), 120, 90)
    source.show()
    app.exec()
