"""Facts of the model files that this process has scanned, for as long as nothing about the files has changed.

One command needs them several times (gate, export, push, smoke test), and each scan reads the whole file to hash it.
What is sent or judged is hashed anew nevertheless: see `core.check.verdict_files`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from workbench.core.model.parts import is_unzipped_model
from workbench.core.model.sniff import model_files
from workbench.spec.model import ModelFacts

KEPT: Final = 16
"""Scans kept; the least recently used is dropped first. A large model's layer table takes about a megabyte."""

_FINE, _COARSE = 100_000_000, 2_100_000_000
"""Nanoseconds within which a second change of a file may leave its times unchanged.

Linux stamps files by the tick of its clock, up to 10 ms; file systems with a resolution of one or two seconds (FAT) are
recognised by times without a fraction.
"""


class FileStamp(NamedTuple):
    """What changes with a file: its size, the times of its content and its inode in nanoseconds, its inode number."""

    path: str
    bytes: int = -1
    modified: int = 0
    changed: int = 0
    inode: int = 0

    @property
    def settled(self) -> bool:
        """Whether another change would be visible in the times."""
        last = max(self.modified, self.changed)
        return time.time_ns() - last > (_FINE if last % 1_000_000_000 else _COARSE)


def stamps_of(paths: Sequence[Path]) -> tuple[FileStamp, ...]:
    """The stamp of every file, and of every part of an unzipped model's folder; for a missing file only its path."""
    return tuple(_stamp(file) for path in paths for file in _files(path))


def _files(path: Path) -> list[Path]:
    return [path / name for name in model_files(path)] if is_unzipped_model(path) else [path]


def _stamp(path: Path) -> FileStamp:
    try:
        found = path.stat()
    except OSError:
        return FileStamp(str(path))
    return FileStamp(str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


class ScanMemo:
    """Facts, keyed by the files and options they depend on. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[object, ModelFacts] = OrderedDict()

    def facts(self, files: Sequence[Path], options: object, scan: Callable[[], ModelFacts]) -> ModelFacts:
        """The facts of the first of `files`, which depend on all of them and on `options`. Raises what `scan` does."""
        stamps = stamps_of(files)
        key = (stamps, options)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        settled = all(stamp.settled for stamp in stamps)
        found = scan()
        if settled and stamps_of(files) == stamps:
            self._keep(key, found)
        return found

    def _keep(self, key: object, facts: ModelFacts) -> None:
        with self._lock:
            self._known[key] = facts
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
