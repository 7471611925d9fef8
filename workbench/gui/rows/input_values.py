"""The values that go with the images, or alone: for all rows, from a file, per row. Per-row values take precedence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from workbench.gui.texts import tr
from workbench.gui.values import fills_itself
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import match, read_features
from workbench.spec.files import write_text
from workbench.spec.tensors import SignatureInput

Values = dict[str, object]


class InputValues(QObject):
    """Three layers of values; `changed` tells of any."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values: Values = {}
        self.features: dict[str, Values] = {}
        self.files: tuple[str, ...] = ()
        self.own: dict[str, Values] = {}

    def set_values(self, values: Values) -> None:
        """Values every image gets."""
        if values != self.values:
            self.values = values
            self.changed.emit()

    def load(self, path: str) -> None:
        """Read a file with each image's values. Raises `WorkbenchError`."""
        self.features = read_features(Path(path))
        self.files = (path,)
        self.changed.emit()

    def drop_file(self) -> None:
        """Forget that file."""
        self.features, self.files = {}, ()
        self.changed.emit()

    def set_own(self, path: str, values: Values) -> None:
        """The values typed for one image; none at all gives it back to the others."""
        if values == self.own.get(path, {}):
            return
        self.own.pop(path, None)
        if values:
            self.own[path] = values
        self.changed.emit()

    def forget(self) -> None:
        """The rows are gone, and what was typed for them with them."""
        self.own = {}

    def of(self, path: str) -> Values:
        """All that one image gets."""
        return {**self.values, **self.matched([path]).get(path, {})}

    def matched(self, paths: Iterable[str]) -> dict[str, Values]:
        """The values of single images among `paths`: the file's, and over them their own."""
        wanted = tuple(paths)
        found = match(self.features, wanted) if self.features else {}
        if self.own:
            found |= {path: {**found.get(path, {}), **self.own[path]} for path in wanted if path in self.own}
        return found

    def missing(self, feeds: Sequence[SignatureInput]) -> list[str]:
        """Request keys that images need a value for and have none yet."""
        somewhere = (*self.features.values(), *self.own.values())
        known = {key for values in somewhere for key in values} | set(self.values)
        return [feed.alias for feed in feeds if not fills_itself(feed) and feed.alias not in known]

    def state(self) -> object:
        """All of it, to be compared with another time's."""
        return self.values, self.features, dict(self.own)


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
