"""The inputs of a pipeline: patterns, lists and manifests, local or in a bucket, as paths with their values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.io.filesystems import FileSystems

from workbench.core.instances.image_instances import MAX_IMAGE
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FILE
from workbench.spec.foreign_json import NotJsonError, json_value
from workbench.spec.input_files import is_image_name


class InputElement(NamedTuple):
    """One file to be read, with the values that its manifest gives it."""

    path: str
    own: Mapping[str, object]


def elements(pipeline: Any, inputs: Sequence[str], lists: Sequence[str]) -> Any:
    """The `InputElement`s of patterns and lists, distributed over the workers.

    A folder stands for all images below it, a pattern for all its matches. A list has one path per line, or as a
    manifest (.jsonl) an object with `file` and values. A pattern without matches fails the pipeline.
    """
    named = []
    for title, wanted in (("Folders", True), ("Files", False)):
        patterns = [pattern_of(name) for name in inputs if is_folder(name) == wanted]
        if patterns:
            matched = (
                pipeline
                | title >> beam.Create(patterns)
                | f"Match {title}" >> fileio.MatchAll(fileio.EmptyMatchTreatment.DISALLOW)
            )
            named.append(matched | f"Names of {title}" >> beam.FlatMap(_matched, images=wanted))
    for number, name in enumerate(lists):
        lines = pipeline | f"List {number}" >> beam.io.ReadFromText(name)
        named.append(lines | f"Entries {number}" >> beam.FlatMap(_listed, manifest=is_manifest(name)))
    if not named:
        raise WorkbenchError("NO_INPUTS", "No images were given.", hint="Give images, folders, patterns or a --list.")
    together = named[0] if len(named) == 1 else tuple(named) | beam.Flatten()
    # Otherwise all files of a pattern would be read by the worker that listed them.
    return together | beam.Reshuffle()


def is_manifest(name: str) -> bool:
    """Whether a list's lines are objects."""
    return name.lower().endswith((".jsonl", ".ndjson"))


def pattern_of(name: str) -> str:
    """A file or pattern unchanged, a folder as a pattern. Raises `WorkbenchError` NO_FILE for a missing local path."""
    if is_folder(name):
        return f"{name.rstrip('/')}/**"
    if "://" not in name and not any(sign in name for sign in "*?[") and not os.path.exists(name):
        raise WorkbenchError("NO_FILE", "There is no such file or folder.", where=name)
    return name


def is_folder(name: str) -> bool:
    """Whether an address stands for all images below it: a bucket's folder ends in `/`."""
    return name.endswith("/") or ("://" not in name and os.path.isdir(name))


def _matched(found: Any, *, images: bool) -> Iterator[InputElement]:
    if not images or is_image_name(found.path):
        yield InputElement(found.path, {})


def _listed(line: str, *, manifest: bool) -> Iterator[InputElement]:
    if not line.strip():
        return
    if not manifest:
        yield InputElement(line, {})
        return
    try:
        entry = json_value(line)
    except NotJsonError as err:
        raise WorkbenchError("BAD_LIST", f"A line of a manifest is not JSON: {err}.") from err
    if not isinstance(entry, dict) or not isinstance(entry.get(FILE), str):
        raise WorkbenchError("BAD_LIST", f'Every line of a manifest is an object with "{FILE}" and values.')
    yield InputElement(entry.pop(FILE), entry)


def read(path: str) -> bytes:
    """A file's bytes. Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE, as for a local file."""
    try:
        # Not decompressed by its ending: the bytes are the image's own.
        with FileSystems.open(path, compression_type=beam.io.filesystem.CompressionTypes.UNCOMPRESSED) as file:
            data: bytes = file.read(MAX_IMAGE + 1)
    except Exception as err:
        # Each file system raises its own errors; all of them are about this file.
        reason = getattr(err, "strerror", None) or f"{type(err).__name__}: {err}"
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {str(reason)[:200]}.", where=path) from err
    if len(data) > MAX_IMAGE:
        raise WorkbenchError("TOO_LARGE", "The file is larger than 256 MB.", where=path)
    if not data:
        raise WorkbenchError("EMPTY_FILE", "The file is empty.", where=path)
    return data
