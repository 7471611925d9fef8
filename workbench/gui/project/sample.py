"""The sample project as a copy of the user's own: the installed files are nobody's to change."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths

from workbench.spec.errors import WorkbenchError
from workbench.spec.resources import resource

PROJECT: Final = "project.toml"


def sample_folder() -> Path:
    """Where the user's copy lies, whether it has been made or not."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "sample"


def own_copy(path: str) -> str:
    """The same file in the user's copy where it is one of the installed sample's, else the path as it is.

    The copy is made where there is none; one that is there stays, with all that was changed in it. Raises
    `WorkbenchError` CANNOT_WRITE.
    """
    installed = resource("sample").resolve()
    file = Path(path).resolve()
    if not file.is_relative_to(installed):
        return path
    return str(_copied(installed) / file.relative_to(installed))


def _copied(installed: Path) -> Path:
    folder = sample_folder()
    if (folder / PROJECT).is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside it first: a copy that breaks off must not be taken for the sample.
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            made = shutil.copytree(installed, Path(place) / "sample", copy_function=shutil.copyfile)
            if folder.exists():
                shutil.rmtree(folder)
            os.replace(made, folder)
    except OSError as err:
        text = f"The sample cannot be copied: {err.strerror or err}."
        hint = "Make room there, or open your own model."
        raise WorkbenchError("CANNOT_WRITE", text, where=str(folder), hint=hint) from err
    return folder
