"""A desktop that is dark gets a dark window from its first paint on. Skipped by name where there is no Xvfb."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COLOURS = "[Colors:{group}]\nBackgroundNormal={ground},{ground},{ground}\nForegroundNormal={ink},{ink},{ink}\n"
ASK = "from workbench.gui import app, theme; kept = app.make_application(); print(theme.wants_dark(), theme.is_dark())"


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
@pytest.mark.parametrize(("ground", "ink", "dark"), [(30, 240, "True"), (240, 20, "False")])
def test_the_window_is_dark_where_the_desktop_is(tmp_path: Path, ground: int, ink: int, dark: str) -> None:
    groups = ("Window", "View", "Button")
    words = [COLOURS.format(group=group, ground=ground, ink=ink) for group in groups]
    (tmp_path / "kdeglobals").write_text("".join(words), encoding="utf-8")
    desktop = {"XDG_CURRENT_DESKTOP": "KDE", "KDE_SESSION_VERSION": "5", "KDE_FULL_SESSION": "true"}
    own = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"}
    environment = os.environ | desktop | own | {"QT_QPA_PLATFORMTHEME": "kde"}
    environment.pop("WORKBENCH_THEME", None)
    command = ["xvfb-run", "-a", sys.executable, "-c", ASK]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.split() == [dark, dark], told.stderr
