"""An instance made of typed values alone, as a file of JSON lines: for models that take no picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTemporaryDir

from workbench.gui.texts import tr
from workbench.gui.values import fills_itself
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_text
from workbench.spec.tensors import SignatureInput


class TypedInstances:
    """Writes one file an instance into a folder that goes with the program."""

    def __init__(self) -> None:
        self._folder = QTemporaryDir()
        self._count = 0

    def write(self, feeds: Sequence[SignatureInput], values: dict[str, object]) -> str:
        """The path of a file with one instance; passthrough texts nobody typed say which one it is.

        Raises `WorkbenchError` CANNOT_WRITE.
        """
        if not self._folder.isValid():
            raise WorkbenchError("CANNOT_WRITE", self._folder.errorString(), where=self._folder.path())
        self._count += 1
        name = tr("TypedInstances", "typed values {n}").format(n=self._count)
        filled = {feed.alias: name for feed in feeds if fills_itself(feed)}
        path = Path(self._folder.path()) / f"{name}.jsonl"
        write_text(path, json.dumps(filled | values) + "\n")
        return str(path)
