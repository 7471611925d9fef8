"""Writers of instances: JSON lines, TFRecords of `tf.train.Example`, and numpy's files (in `arrays`)."""

from __future__ import annotations

import binascii
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, Protocol

from workbench.core.data.arrays import ArrayWriter
from workbench.core.data.outputs import Layout
from workbench.core.lazy import tensorflow
from workbench.core.predict.examples import example_of
from workbench.core.predict.instances import as_json
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

Instance = Mapping[str, Any]

LEVEL: Final = 6
"""Of gzip: its own default. Image bytes hardly shrink, base64 of them does by a quarter."""


class Writer(Protocol):
    """One file of instances. Both steps raise `WorkbenchError` for an instance it cannot hold, `put` OSError too."""

    def pack(self, instance: Instance) -> Any:
        """An instance, its images as raw bytes, as it will be put down."""

    def put(self, packed: Any) -> None:
        """Add what was packed."""

    def finish(self) -> None:
        """Write the end: the file is whole then."""

    def close(self) -> None:
        """Let go of the file, whole or not; twice is once."""


def writer_for(layout: Layout, path: Path, name: Path, inputs: Mapping[str, TensorSpec]) -> Writer:
    """A writer for the file at `path`, which is to be called `name` in the end."""
    if layout.format == "jsonl":
        return JsonLines(path, packed=layout.gzip)
    if layout.format == "tfrecord":
        return TfRecords(path, inputs, packed=layout.gzip)
    return ArrayWriter(path, inputs, single=name.suffix.lower() == ".npy")


class JsonLines:
    """One instance a line, as a request body's `instances` hold it and the google client writes it."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._file: IO[bytes] = path.open("wb")
        # No time and no name within: the same instances are the same bytes.
        self._out: Any = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0) if packed else self._file

    def pack(self, instance: Instance) -> bytes:
        return json_line(instance)

    def put(self, packed: bytes) -> None:
        self._out.write(packed)
        self._out.write(b"\n")

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        try:
            if self._out is not self._file:
                self._out.close()
        finally:
            self._file.close()


def json_line(instance: Instance) -> bytes:
    """An instance as one line of JSON, bytes as `{"b64": ...}`; as long as `json.dumps` makes it.

    Raises `WorkbenchError` NOT_FINITE for numbers that JSON has no words for.
    """
    return b"{" + b", ".join(_field(key, value) for key, value in instance.items()) + b"}"


def _field(key: str, value: object) -> bytes:
    name = json.dumps(key).encode() + b": "
    if isinstance(value, bytes):
        return name + b'{"b64": "' + binascii.b2a_base64(value, newline=False) + b'"}'
    try:
        return name + json.dumps(as_json(value), allow_nan=False).encode()
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

    def __init__(self, path: Path, inputs: Mapping[str, TensorSpec], *, packed: bool = False) -> None:
        tf = tensorflow()
        self._inputs = inputs
        self._errors = tf.errors.OpError
        try:
            self._out = tf.io.TFRecordWriter(str(path), "GZIP" if packed else None)
        except self._errors as err:
            raise OSError(err.message) from err

    def pack(self, instance: Instance) -> bytes:
        return example_of(self._inputs, instance)

    def put(self, packed: bytes) -> None:
        try:
            self._out.write(packed)
        except self._errors as err:
            raise OSError(err.message) from err

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        try:
            self._out.close()
        except self._errors as err:
            raise OSError(err.message) from err
