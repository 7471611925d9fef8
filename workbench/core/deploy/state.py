"""Local state of pushes: one journal per push in the user's state folder, with locks released when the process ends."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec
import platformdirs

from workbench.core.progress import Report
from workbench.spec.errors import DECODE_ERRORS, OutsideError
from workbench.spec.files import replacing
from workbench.spec.model import Progress
from workbench.spec.release import TargetIdentity

STATE_VARIABLE: Final = "WORKBENCH_STATE"
"""Environment variable that sets the folder of journals, receipts and the release log."""

Step = Literal["staging", "creating", "created", "tried"]
"""The last known step of a push. Each is recorded before the next one begins."""

_PAUSE: Final = 0.1


def state_root() -> Path:
    """The folder; created by the first writer."""
    named = os.environ.get(STATE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_state_dir("keras-export-workbench"))


class PushEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One push in progress. `asked` is the version's name as the user gave it, `name` the one that was chosen.

    `operation` is the target's long-running operation that creates the version.
    """

    place: TargetIdentity
    model: str
    asked: str
    digest: str
    origin: str
    step: Step
    started: str
    name: str = ""
    operation: str = ""
    made_model: bool = False


class PushJournal:
    """The entry of one push on disk, locked by this process. Obtained from `held` or `left_behind`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> PushEntry | None:
        """The entry that an unfinished push of the same files left; `None` if there is none or it cannot be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=PushEntry)
        except (OSError, *DECODE_ERRORS):
            return None  # A damaged entry is ignored: the target is queried instead.

    def write(self, entry: PushEntry) -> None:
        """Store an entry completely and durably. Raises `WorkbenchError` CANNOT_WRITE."""
        with replacing(self._path) as out:
            out.write(msgspec.json.encode(entry))

    def forget(self) -> None:
        """Delete the entry: the push has ended, successfully or not."""
        self._path.unlink(missing_ok=True)


class NullJournal(PushJournal):
    """Journal of a dry run: records nothing."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def read(self) -> PushEntry | None:
        return None

    def write(self, entry: PushEntry) -> None:
        """Does nothing."""

    def forget(self) -> None:
        """Does nothing."""


def journal_name(place: TargetIdentity, model: str, asked: str, digest: str) -> str:
    """The file name of a push's entry: the same push always has the same name."""
    return hashlib.sha256(msgspec.json.encode((place, model, asked, digest))).hexdigest()[:32]


@contextmanager
def held(name: str, report: Report) -> Iterator[PushJournal]:
    """The journal of a push, once no other process runs the same push. Raises what `report` raises while waiting."""
    with _lock_file(name) as handle:
        while not _take(handle):
            report(Progress("Waiting for another push of the same"))
            time.sleep(_PAUSE)
        yield PushJournal(_folder() / f"{name}.json")


def left_behind(place: TargetIdentity, model: str, own: str) -> Iterator[tuple[PushJournal, PushEntry]]:
    """Journals of other pushes to the same model whose process has ended, each locked while it is processed."""
    for path in sorted(_folder().glob("*.json")):
        if path.stem == own:
            continue
        with _lock_file(path.stem) as handle:
            journal = PushJournal(path)
            entry = journal.read() if _take(handle) else None
            if entry is not None and (entry.place, entry.model) == (place, model):
                yield journal, entry


def _folder() -> Path:
    return state_root() / "pushes"


@contextmanager
def _lock_file(name: str) -> Iterator[int]:
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        handle = os.open(_folder() / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as err:
        hint = f"Free space there, or set another folder with {STATE_VARIABLE}."
        text = f"The push cannot be recorded: {err.strerror}."
        raise OutsideError("NO_JOURNAL", text, where=str(_folder()), hint=hint) from err
    try:
        yield handle
    finally:
        os.close(handle)  # Releases the lock, as the kernel does if the process is killed.


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
