"""The whole window in a process of its own, with a line to ask it where things are: hands need places to click at.

Reads one word a line: a name of `PLACES`, or `state`; answers one JSON document a line. It does nothing by itself.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QSocketNotifier
from PySide6.QtWidgets import QWidget

from workbench.gui.app import Application, make_application
from workbench.gui.widgets.pages import Pages

SIZE: Final = (1180, 720)


def page(pages: Pages, number: int) -> list[int]:
    """The text of one of some pages."""
    place = pages.bar.mapToGlobal(pages.bar.tabRect(number).center())
    return [place.x(), place.y()]


def middle(widget: QWidget) -> list[int]:
    place = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
    return [place.x(), place.y()]


PLACES: Final[dict[str, Callable[[Application], list[int]]]] = {
    "window": lambda bench: middle(bench.window),
    "deploy": lambda bench: middle(bench.window.tabs.test.next_button),
    "offer": lambda bench: middle(bench.window.banner.action),
    "run-gate": lambda bench: middle(bench.window.tabs.deploy.gate.head.run_button),
    "push-passed": lambda bench: middle(bench.window.tabs.deploy.gate.head.push_button),
    "push-page": lambda bench: page(bench.window.tabs.deploy.pages, 1),
    "call-page": lambda bench: page(bench.window.tabs.deploy.push_page.below, 1),
    "push": lambda bench: middle(bench.window.tabs.deploy.push_card.button),
    "call": lambda bench: middle(bench.window.tabs.deploy.call_card.selection_button),
}


def state(bench: Application) -> dict[str, object]:
    tabs = bench.window.tabs
    return {
        "title": bench.window.windowTitle(),
        "page": bench.window.pages.currentIndex(),
        "may-push": tabs.deploy.gate.head.push_button.isEnabled(),
        "verdict": tabs.deploy.gate.head.word.text(),
        "default": [version.name for version in tabs.deploy.versions_card.table.versions if version.default],
        "pushing": tabs.deploy.push_card.button.isVisible(),
        "calling": tabs.deploy.call_card.selection_button.isVisible(),
        "rows": tabs.test.run.model.counts(),
        "versions": [version.name for version in tabs.deploy.versions_card.table.versions],
        "reply": tabs.deploy.call_card.reply.text(),
        "banner": bench.window.banner.text,
    }


def main(root: str) -> None:
    app = make_application()
    bench = Application(server_root=Path(root))
    bench.window.setGeometry(0, 0, *SIZE)

    def begin() -> None:
        bench.begin()
        # Qt's stand-in for a window manager: without one a fresh window has no place of its own.
        bench.window.setGeometry(0, 0, *SIZE)
        ears = QSocketNotifier(0, QSocketNotifier.Type.Read, bench.window)
        ears.activated.connect(answer)

    def answer() -> None:
        words = os.read(0, 4096).decode().split()
        if not words:
            bench.window.close_without_asking()  # Its project may be unsaved: nobody is there to be asked.
            app.quit()
        for word in words:
            found = state(bench) if word == "state" else PLACES[word](bench)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()

    bench.window.painted.connect(begin)
    bench.window.show()
    app.exec()
    bench.window.close_without_asking()
    bench.shut_down()


if __name__ == "__main__":
    main(sys.argv[1])
