"""Writers of instances: JSON lines, TFRecords of `tf.train.Example`, and numpy's files (in `arrays`)."""

from __future__ import annotations

import binascii
import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, Protocol

from workbench.core.data.arrays import ArrayWriter
from workbench.core.data.outputs import Layout
from workbench.core.predict.examples import parts_of
from workbench.core.predict.instances import as_json
from workbench.core.predict.tfrecords import record_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

Instance = Mapping[str, Any]

LEVEL: Final = 6
"""Of gzip: its own default. Image bytes hardly shrink, base64 of them does by a quarter."""


class Writer(Protocol):
    """One file of instances."""

    def put(self, packed: Any) -> None:
        """Add what `packer_for` made. Raises `WorkbenchError` for an instance it cannot hold, and OSError."""

    def finish(self) -> None:
        """Write the end: the file is whole then."""

    def close(self) -> None:
        """Let go of the file, whole or not; twice is once."""


def packer_for(layout: Layout, inputs: Mapping[str, TensorSpec]) -> Callable[[Instance], Any]:
    """What makes of an instance what `put` takes. Any thread may ask. Raises `WorkbenchError` for one instance."""
    if layout.format == "jsonl":
        return line_parts
    return partial(parts_of, inputs) if layout.format == "tfrecord" else dict


def writer_for(layout: Layout, path: Path, name: Path, inputs: Mapping[str, TensorSpec]) -> Writer:
    """A writer for the file at `path`, which is to be called `name` in the end."""
    if layout.format == "jsonl":
        return JsonLines(path, packed=layout.gzip)
    if layout.format == "tfrecord":
        return TfRecords(path, packed=layout.gzip)
    return ArrayWriter(path, inputs, single=name.suffix.lower() == ".npy")


class JsonLines:
    """One instance a line, as a request body's `instances` hold it and the google client writes it."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._out = _Out(path, packed=packed)

    def put(self, packed: Sequence[bytes]) -> None:
        self._out.writelines(packed)

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        self._out.close()


def line_parts(instance: Instance) -> list[bytes]:
    """A line in pieces that make it when joined: an image's base64 is copied no further. Raises as `json_line`."""
    fields = [_field(key, value) for key, value in instance.items()]
    between = [part for field in fields for part in (b", ", *field)]
    return [b"{", *between[1:], b"}\n"]


def json_line(instance: Instance) -> bytes:
    """An instance as one line of JSON, bytes as `{"b64": ...}`; as long as `json.dumps` makes it.

    Raises `WorkbenchError` NOT_FINITE for numbers that JSON has no words for.
    """
    return b"".join(line_parts(instance)[:-1]) + b"}"


def _field(key: str, value: object) -> list[bytes]:
    name = json.dumps(key).encode() + b": "
    if isinstance(value, bytes):
        return [name, b'{"b64": "', binascii.b2a_base64(value, newline=False), b'"}']
    try:
        return [name, json.dumps(as_json(value), allow_nan=False).encode()]
    except ValueError as err:
        text = f"The value of '{key}' is a number that JSON cannot carry (NaN or infinite)."
        raise WorkbenchError("NOT_FINITE", text, hint="Replace it, or prepare TFRecords.") from err


def request_bytes(instance: Instance) -> int:
    """Bytes of `json_line`, without writing it out; numbers that JSON has no words for are counted as well."""
    packed = [value for value in instance.values() if isinstance(value, bytes)]
    rest = {key: {"b64": ""} if isinstance(value, bytes) else as_json(value) for key, value in instance.items()}
    return len(json.dumps(rest)) + sum((len(value) + 2) // 3 * 4 for value in packed)


class TfRecords:
    """One Example a record, its features named by the signature's aliases."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._out = _Out(path, packed=packed)

    def put(self, packed: Sequence[bytes]) -> None:
        self._out.writelines(record_of(packed))

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        self._out.close()


class _Out:
    """A file, gzipped or not."""

    def __init__(self, path: Path, *, packed: bool) -> None:
        self._file: IO[bytes] = path.open("wb")
        # No time and no name within: the same instances are the same bytes.
        self._gzip = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0) if packed else None

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Write the parts one after the other."""
        (self._gzip or self._file).writelines(parts)

    def close(self) -> None:
        """Write the end; twice is once."""
        try:
            if self._gzip is not None:
                self._gzip.close()
        finally:
            self._file.close()
