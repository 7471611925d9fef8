"""Opens the window on the sample project with whatever workbench its Python has installed, predicts the sample's
pictures in the engine and prints what came of it as one JSON document. For an environment without the test tools.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer

import workbench
from workbench.gui.app import Application, make_application
from workbench.spec.resources import resource

PATIENCE_MS: Final = 240_000


def wait(reached: Callable[[], bool]) -> bool:
    """Whether it came to that in time."""
    loop = QEventLoop()
    look, patience = QTimer(interval=50), QTimer(singleShot=True, interval=PATIENCE_MS)
    look.timeout.connect(lambda: loop.quit() if reached() else None)
    patience.timeout.connect(lambda: loop.exit(1))
    look.start()
    patience.start()
    return loop.exec() == 0


def main(project: str, server_root: str) -> int:
    """0; 1 where the project or the predictions did not come."""
    app = make_application()
    bench = Application(server_root=Path(server_root))
    bench.window.show()
    bench.begin(project)
    opened = wait(lambda: bench.session.project is not None)
    run = bench.window.tabs.test.run
    bench.window.tabs.test.add([str(resource("sample", "images"))])
    predicted = wait(lambda: bool(run.model.rows) and not run.running and not run.model.waiting())
    print(json.dumps({"from": workbench.__file__, "title": bench.window.windowTitle(), "counts": run.model.counts()}))
    bench.window.close_without_asking()
    app.quit()
    bench.shut_down()
    return 0 if opened and predicted else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
