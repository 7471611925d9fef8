"""The parts of a model in Keras' own format: zipped, or the folder of files that `save(zipped=False)` writes."""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError

CONFIG: Final = "config.json"
METADATA: Final = "metadata.json"
WEIGHTS: Final = "model.weights.h5"
ASSETS: Final = "assets"
NAMES: Final = (CONFIG, METADATA, WEIGHTS)
"""Files that every such model has (`keras.src.saving.saving_lib`)."""

MAX_ASSET: Final = 256 * 1024 * 1024
"""Largest size of one file beside the weights, in bytes; a vocabulary has a few megabytes."""

MAX_ASSETS: Final = 10_000
"""Maximum number of files beside the weights."""


class Parts(ABC):
    """The parts of one model; `where` names the model in messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = str(path)

    @abstractmethod
    def read(self, name: str, most: int) -> bytes:
        """One part of at most `most` bytes. Raises `WorkbenchError` TOO_LARGE."""

    @abstractmethod
    def weights(self, report: Report = silent) -> AbstractContextManager[IO[bytes]]:
        """The weights as a seekable binary file."""

    @abstractmethod
    def weights_at(self, folder: Path, report: Report = silent) -> None:
        """Write the weights under their own name into a temporary folder."""

    @abstractmethod
    def assets(self) -> list[str]:
        """Names of the files that layers store beside the weights, starting with `assets/`."""

    def assets_at(self, folder: Path) -> None:
        """Write those files into a temporary folder."""
        for name in self.assets():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.read(name, MAX_ASSET))


class FolderParts(Parts):
    """The files of a folder; only regular ones, so that none leads to another file or blocks until there is a
    writer."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        for name in NAMES:
            self._regular(name)

    def read(self, name: str, most: int) -> bytes:
        """One part of at most `most` bytes. Raises `WorkbenchError` TOO_LARGE, UNSAFE_ARCHIVE or CANNOT_READ."""
        refuse_size(name, self._regular(name), most, self.where)
        with (self.path / name).open("rb") as part:
            return part.read(most)

    @contextmanager
    def weights(self, report: Report = silent) -> Iterator[IO[bytes]]:
        """The weights file itself."""
        with (self.path / WEIGHTS).open("rb") as file:
            yield file

    def weights_at(self, folder: Path, report: Report = silent) -> None:
        """A link to the weights file, which may have gigabytes."""
        (folder / WEIGHTS).symlink_to((self.path / WEIGHTS).resolve())

    def assets(self) -> list[str]:
        """Names of the files below `assets/`, sorted. Raises `WorkbenchError` TOO_LARGE."""
        found = []
        for place in (self.path / ASSETS).rglob("*"):
            if not place.is_dir() or place.is_symlink():
                found.append(place.relative_to(self.path).as_posix())
            if len(found) > MAX_ASSETS:
                raise WorkbenchError("TOO_LARGE", "It has more files than a model can have.", where=self.where)
        return sorted(found)

    def _regular(self, name: str) -> int:
        """A file's size in bytes. Raises `WorkbenchError` UNSAFE_ARCHIVE for a link or anything else that is not a
        file."""
        try:
            told = (self.path / name).lstat()
        except OSError as err:
            text = f"Its {name} cannot be read: {err.strerror}."
            raise WorkbenchError("CANNOT_READ", text, where=self.where) from err
        if not stat.S_ISREG(told.st_mode):
            text, hint = f"Its {name} is not a regular file; Keras writes no links.", "Copy the files themselves."
            raise WorkbenchError("UNSAFE_ARCHIVE", text, where=self.where, hint=hint)
        return told.st_size


def refuse_size(name: str, size: int, most: int, where: str) -> None:
    """Raise `WorkbenchError` TOO_LARGE for a part that is larger than in any model."""
    if size > most:
        raise WorkbenchError("TOO_LARGE", f"Its {name} is {size} bytes long.", where=where)


def model_path(path: Path) -> Path:
    """The model that a path denotes: the folder of an unzipped model if `path` is its weights file, else `path`."""
    return path.parent if path.name == WEIGHTS and is_unzipped_model(path.parent) else path


def is_unzipped_model(path: Path) -> bool:
    """Whether a folder is a model saved with `zipped=False`, or an unpacked `.keras` archive."""
    return path.is_dir() and all((path / name).is_file() for name in NAMES)
