"""Parallel upload of files with byte progress; cancellable between blocks."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, Any, Final

from workbench.core.file_manifest import FileEntry
from workbench.core.progress import Report
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

WORKERS: Final = 8
"""Files sent in parallel: enough to hide the latency of the storage, few enough for its connection pool."""

_LOOK: Final = 0.05
"""Seconds between two progress reports during an upload."""


class UploadStopped(Exception):
    """The upload was stopped in the middle of a file."""


class ByteCounter:
    """Bytes read of each file so far; reading ends with `UploadStopped` once `stop` is set."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._read: dict[str, int] = {}

    @property
    def bytes(self) -> int:
        """The total of all files. A block that is sent again after a failure is not counted twice."""
        return sum(list(self._read.values()))

    def skip(self, entry: FileEntry) -> None:
        """Count a file that is already there."""
        self._read[entry.path] = entry.size

    def open(self, entry: FileEntry) -> CountedFile:
        """Open a file to be sent."""
        return CountedFile(self, entry, Path(entry.source).open("rb"))

    def at(self, path: str, position: int) -> None:
        """Record that a file has been read up to a position."""
        if self.stop.is_set():
            raise UploadStopped
        self._read[path] = max(position, self._read.get(path, 0))


class CountedFile:
    """A file object as the storage client reads one.

    Its last block is returned only if the whole file has the manifest's checksum: an object with other content is then
    never finished, and its name stays free.
    """

    def __init__(self, counter: ByteCounter, entry: FileEntry, file: IO[bytes]) -> None:
        import google_crc32c

        self._counter = counter
        self._entry = entry
        self._file = file
        self._crc: Any = google_crc32c.Checksum()
        self._summed = 0

    def __enter__(self) -> CountedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes and count them."""
        start = self._file.tell()
        block = self._file.read(size)
        self._counter.at(self._entry.path, start + len(block))
        if start == self._summed:  # Otherwise it is read again, for another attempt.
            self._crc.update(block)
            self._summed += len(block)
        if self._summed >= self._entry.size and b64encode(self._crc.digest()).decode() != self._entry.crc32c:
            raise changed(self._entry)
        return block

    def tell(self) -> int:
        """The current position."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to an earlier position, for a block that has to be sent again."""
        return self._file.seek(offset, whence)


def changed(entry: FileEntry) -> WorkbenchError:
    """The error for a file that no longer matches the manifest."""
    return WorkbenchError("EXPORT_CHANGED", "It changed during the upload.", where=entry.source, hint="Push again.")


def side_by_side(
    entries: Sequence[FileEntry], send: Callable[[FileEntry], None], counter: ByteCounter, total: int, report: Report
) -> None:
    """Send all entries but the last in parallel, then the last, the graph, alone: whoever sees it sees all of them.

    Raises the first error of `send` and what `report` raises; by then no file is being sent any more.
    """
    report(Progress("Uploading", counter.bytes, total, "bytes"))
    with ThreadPoolExecutor(WORKERS, "upload") as pool:
        # The largest first, so that a large one does not begin last.
        before = sorted(entries[:-1], key=lambda entry: -entry.size)
        for group in (before, entries[-1:]):
            _together([pool.submit(send, entry) for entry in group], counter, total, report)


def _together(futures: list[Future[None]], counter: ByteCounter, total: int, report: Report) -> None:
    pending: set[Future[None]] = set(futures)
    try:
        while True:
            done, pending = wait(pending, _LOOK, FIRST_EXCEPTION)
            report(Progress("Uploading", counter.bytes, total, "bytes"))
            for future in done:
                future.result()
            if not pending:
                return
    except BaseException as err:
        counter.stop.set()
        for future in pending:
            future.cancel()
        if isinstance(err, UploadStopped):
            raise WorkbenchError("STOPPED", "The upload was stopped.") from err
        raise
