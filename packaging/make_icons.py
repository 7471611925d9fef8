"""Renders resources/icons/workbench.svg in the sizes that desktops ask for, as WIDTHxHEIGHT.png into a folder.

    python packaging/make_icons.py [FOLDER]      packaging/icons without one; run it when the drawing changed

Menus without SVG support, window lists and software centres take these; sizes after the Icon Theme Specification.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).parent.parent
DRAWING = ROOT / "resources" / "icons" / "workbench.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def rendered(size: int) -> QImage:
    """The drawing as a square of `size` pixels on nothing."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return image


def main(arguments: Sequence[str]) -> int:
    """0; 1 where a file could not be written."""
    folder = Path(arguments[0]) if arguments else ROOT / "packaging" / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        path = folder / f"{size}x{size}.png"
        if not rendered(size).save(str(path)):
            print(f"make_icons: {path} could not be written.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
