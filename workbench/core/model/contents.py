"""Lists the datasets of an HDF5 file with their shapes, within bounds, and rejects links that lead outside the file.

Only headers are read. The limits are far above the largest known models and far below what would exhaust the machine.
"""

from __future__ import annotations

import math
from typing import Any, Final

import h5py
import msgspec

from workbench.spec.errors import WorkbenchError

MAX_OBJECTS: Final = 50_000
"""Maximum number of groups and datasets; NASNetLarge with its optimizer has about 8 000."""

MAX_DEPTH: Final = 64
"""Deepest nesting of groups; Keras' name scopes reach about ten levels."""

MAX_PATH: Final = 1024
"""Maximum number of characters in the path of a dataset."""

MAX_ATTRIBUTES: Final = 10_000
"""Maximum number of attributes of one object; Keras writes a handful and splits long lists of names over a few."""

MAX_OVERHEAD: Final = 64 * 1024 * 1024
"""Maximum number of bytes of a file that are not dataset values: the upper bound for all attributes and names
together."""

SMALL: Final = 64 * 1024 * 1024
"""Bytes of values that a file may claim regardless of what it stores: reading so many is harmless."""

MAX_EXPANSION: Final = 100
"""Maximum number of claimed bytes per stored byte. Trained weights hardly compress; pruned ones about tenfold."""


class WeightDataset(msgspec.Struct, frozen=True):
    """One dataset: its path, its shape, and the bytes that its values take in memory.

    `place` is its path in the file if an old Keras named the groups differently (`archive_layout`).
    """

    path: str
    shape: tuple[int, ...]
    bytes: int
    place: str = ""

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)


def contents(file: h5py.File, where: str) -> tuple[WeightDataset, ...]:
    """Every dataset of a file, each once, no matter how many links lead to it.

    Raises `WorkbenchError` UNSAFE_LINK, UNSAFE_DATASET (values in another file: CVE-2026-1669), SHAPE_BOMB (claims far
    more than is stored: CVE-2026-0897) or TOO_LARGE, naming the path.
    """
    return _Hdf5Walk(where).run(file)


class _Hdf5Walk:
    """Walks the file itself: HDF5's own visitor recurses in C, as deep as the file demands."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: list[WeightDataset] = []
        self._seen: set[int] = set()
        self._stored = 0
        self._links = 0

    def run(self, file: h5py.File) -> tuple[WeightDataset, ...]:
        stack: list[tuple[Any, str, int]] = [(file.id, "", 0)]
        self._seen.add(h5py.h5o.get_info(file.id).addr)
        while stack:
            group, path, depth = stack.pop()
            if depth > MAX_DEPTH:
                raise self._error("TOO_LARGE", path, f"Groups lie more than {MAX_DEPTH} deep in each other.")
            for name in self._names(group, path):
                inner = self._child(group, name, f"{path}/{_text(name)}")
                if inner is not None:
                    stack.append((inner, f"{path}/{_text(name)}", depth + 1))
        self._check_totals(file.id.get_filesize())
        return tuple(self._found)

    def _names(self, group: Any, path: str) -> list[bytes]:
        self._links += int(group.get_num_objs())
        if self._links > MAX_OBJECTS:
            raise self._error("TOO_LARGE", path, f"The file holds more than {MAX_OBJECTS} objects.")
        links: list[tuple[bytes, int]] = []
        # HDF5 calls this function: an exception raised here would be lost.
        group.links.iterate(lambda name, link: links.append((name, link.type)), info=True)
        for name, kind in links:
            self._check_link(f"{path}/{_text(name)}", kind)
        return [name for name, _ in links]

    def _check_link(self, place: str, kind: int) -> None:
        if kind != h5py.h5l.TYPE_HARD:
            raise self._error("UNSAFE_LINK", place, "The file links to data elsewhere; Keras writes none.")
        if len(place) > MAX_PATH:
            raise self._error("TOO_LARGE", place, f"A name in it is more than {MAX_PATH} characters long.")

    def _child(self, group: Any, name: bytes, path: str) -> Any | None:
        item = h5py.h5o.open(group, name)
        info = h5py.h5o.get_info(item)
        if info.num_attrs > MAX_ATTRIBUTES:
            raise self._error("TOO_LARGE", path, f"It has {info.num_attrs} attributes.")
        if info.addr in self._seen:
            return None
        self._seen.add(info.addr)
        if isinstance(item, h5py.h5d.DatasetID):
            self._found.append(self._dataset(item, path))
        return item if isinstance(item, h5py.h5g.GroupID) else None

    def _dataset(self, item: Any, path: str) -> WeightDataset:
        plan = item.get_create_plist()
        if plan.get_layout() == h5py.h5d.VIRTUAL or plan.get_external_count():
            raise self._error("UNSAFE_DATASET", path, "Its values lie in another file; Keras never does that.")
        shape = tuple(int(d) for d in item.shape or ())
        claimed = math.prod(shape) * int(item.get_type().get_size())
        stored = int(item.get_storage_size())
        self._stored += stored
        if claimed > SMALL and claimed > stored * MAX_EXPANSION:
            text = f"It claims {claimed:.1e} bytes where {stored} are stored."
            raise self._error("SHAPE_BOMB", path, text)
        return WeightDataset(path, shape, claimed)

    def _check_totals(self, file_bytes: int) -> None:
        claimed = sum(weight.bytes for weight in self._found)
        if self._stored > file_bytes or (claimed > SMALL and claimed > file_bytes * MAX_EXPANSION):
            raise self._error("SHAPE_BOMB", "", f"Its datasets claim {claimed:.1e} bytes in a file of {file_bytes}.")
        if file_bytes - self._stored > MAX_OVERHEAD:
            text = f"{file_bytes - self._stored} bytes of it are attributes and names; no model needs that."
            raise self._error("TOO_LARGE", "", text)

    def _error(self, code: str, path: str, text: str) -> WorkbenchError:
        return WorkbenchError(code, text, where=f"{self._where}:{path[:200]}" if path else self._where)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
