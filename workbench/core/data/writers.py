"""Writers of instances: JSON lines, TFRecords of `tf.train.Example`, and numpy's files (in `array_writer`)."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol

import pybase64

from workbench.core.data.array_writer import ArrayWriter
from workbench.core.instances.examples import parts_of
from workbench.core.instances.image_instances import as_json
from workbench.core.instances.output_files import OutputLayout
from workbench.core.instances.tfrecords import record_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

Instance = Mapping[str, Any]

LEVEL: Final = 6
"""Compression level of gzip: its own default. Image bytes hardly shrink, base64 of them does by a quarter."""

GATHERED: Final = 128 * 1024
"""Bytes that are written at once."""

PARTS: Final = 1024
"""Maximum number of buffers in one system call: IOV_MAX of Linux and of macOS."""


class InstanceWriter(Protocol):
    """One file of instances."""

    def put(self, packed: Any) -> None:
        """Add the result of `packer_for`. Raises `WorkbenchError` for an instance that the format cannot hold, and
        `OSError`."""

    def finish(self) -> None:
        """Write the end of the file, which is then complete."""

    def close(self) -> None:
        """Close the file, complete or not; may be called twice."""


def packer_for(layout: OutputLayout, inputs: Mapping[str, TensorSpec]) -> Callable[[Instance], Any]:
    """A function from an instance to what `put` takes. Any thread may call it. Raises `WorkbenchError` for one
    instance."""
    if layout.format == "jsonl":
        return line_of
    return partial(parts_of, inputs) if layout.format == "tfrecord" else dict


def writer_for(layout: OutputLayout, path: Path, name: Path, inputs: Mapping[str, TensorSpec]) -> InstanceWriter:
    """A writer for the file at `path`, whose final name will be `name`."""
    if layout.format == "jsonl":
        return JsonLines(path, packed=layout.gzip)
    if layout.format == "tfrecord":
        return TfRecords(path, packed=layout.gzip)
    return ArrayWriter(path, inputs, single=name.suffix.lower() == ".npy")


class JsonParts(NamedTuple):
    """An instance as JSON around its images, whose base64 is computed when it is written: `texts` has one more
    element."""

    texts: list[bytes]
    images: list[bytes]


class JsonLines:
    """One instance per line, as in a request body's `instances` and as Google's client writes it."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._out = _ByteSink(path, packed=packed)

    def put(self, packed: JsonParts) -> None:
        self._out.put(line_parts(packed))

    def finish(self) -> None:
        self._out.finish()

    def close(self) -> None:
        self._out.close()


def line_of(instance: Instance) -> JsonParts:
    """The line that `JsonLines` writes. Raises `WorkbenchError` NOT_FINITE for NaN and infinity."""
    texts, images, text = [], [], "{"
    for number, (key, value) in enumerate(instance.items()):
        text += f"{', ' if number else ''}{json.dumps(key)}: "
        if isinstance(value, bytes):
            texts.append(f'{text}{{"b64": '.encode())
            images.append(value)
            text = "}"
        else:
            text += _json(key, value)
    return JsonParts([*texts, f"{text}}}\n".encode()], images)


def line_parts(line: JsonParts) -> list[bytes]:
    """The line as pieces to be joined: an image's base64 is not copied again."""
    around = zip(line.texts, line.images, strict=False)
    # For 183 kB: 0.006 ms with pybase64's vector instructions, 0.15 with msgspec, 0.25 with the standard library.
    coded = ((text, b'"', pybase64.b64encode(image), b'"') for text, image in around)
    return [part for parts in coded for part in parts] + line.texts[-1:]


def json_line(instance: Instance) -> bytes:
    """An instance as one line of JSON without line end, bytes as `{"b64": ...}`; as long as that of `json.dumps`.

    Raises `WorkbenchError` NOT_FINITE for numbers that JSON cannot represent.
    """
    return b"".join(line_parts(line_of(instance))).removesuffix(b"\n")


def _json(key: str, value: object) -> str:
    try:
        return json.dumps(as_json(value), allow_nan=False)
    except ValueError as err:
        text = f"The value of '{key}' is NaN or infinity, which JSON cannot represent."
        raise WorkbenchError("NOT_FINITE", text, hint="Replace it, or prepare TFRecords.") from err


def request_bytes(instance: Instance) -> int:
    """Bytes of `json_line`, without creating it; numbers that JSON cannot represent are counted as well."""
    packed = [value for value in instance.values() if isinstance(value, bytes)]
    rest = {key: {"b64": ""} if isinstance(value, bytes) else as_json(value) for key, value in instance.items()}
    return len(json.dumps(rest)) + sum((len(value) + 2) // 3 * 4 for value in packed)


class TfRecords:
    """One Example per record, its features named by the signature's aliases."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        self._out = _ByteSink(path, packed=packed)

    def put(self, packed: Sequence[bytes]) -> None:
        self._out.put(record_of(packed))

    def finish(self) -> None:
        self._out.finish()

    def close(self) -> None:
        self._out.close()


class _ByteSink:
    """A file, gzipped or not. Small pieces are collected and written together once there are enough.

    In the calling thread: a separate thread took longer than it saved, because of Python's GIL.
    """

    def __init__(self, path: Path, *, packed: bool) -> None:
        self._file: IO[bytes] = path.open("wb")
        # No time and no name inside: the same instances give the same bytes.
        self._gzip = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0) if packed else None
        self._parts: list[bytes] = []
        self._held = 0

    def put(self, parts: Sequence[bytes]) -> None:
        """Append the parts. Raises `OSError`."""
        self._parts += parts
        self._held += sum(map(len, parts))
        if self._held >= GATHERED or len(self._parts) >= PARTS:
            self._flush()

    def _flush(self) -> None:
        if self._gzip is not None:
            self._gzip.writelines(self._parts)
        else:
            write_all(self._file.fileno(), self._parts)  # Nothing is left in the file object's own buffer.
        self._parts.clear()
        self._held = 0

    def finish(self) -> None:
        """Write what is left and the end of the file. Raises `OSError`."""
        self._flush()
        self.close()

    def close(self) -> None:
        """Close the file, complete or not; may be called twice."""
        try:
            if self._gzip is not None:
                self._gzip.close()
        finally:
            self._file.close()


def write_all(file: int, parts: Sequence[bytes]) -> None:
    """Write the pieces in order, without copying, in as few system calls as possible."""
    for first in range(0, len(parts), PARTS):
        some = parts[first : first + PARTS]
        written = os.writev(file, some)
        if written < sum(map(len, some)):  # The disk is full, or it is more than the system writes at once.
            rest = memoryview(b"".join(some))
            while written < len(rest):
                written += os.write(file, rest[written:])
