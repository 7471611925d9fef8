"""Reads all inputs of a command as one stream of instances: images, JSON lines, numpy files and TFRecords."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from workbench.core.instances.array_tables import ArrayTable, table_of
from workbench.core.instances.examples import example_of, values_of
from workbench.core.instances.image_instances import Features, Values, check_keys, check_values, make_instance
from workbench.core.instances.instance_form import ServedSignatures
from workbench.core.instances.jsonlines import check_lines, read_lines, value_of
from workbench.core.instances.online import PredictionError, decode_base64
from workbench.core.instances.sources import Source, Sources, name_of
from workbench.core.instances.tfrecords import check_records, read_records
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.input_files import InputKind


class InstanceRecord(msgspec.Struct, frozen=True):
    """One instance for a signature, or its error. `source` is an image's path, or `file:number`, from 1."""

    source: str
    signature: str
    instance: Any


Task = partial[InstanceRecord]
"""Creates one record: reads an image, or decodes a record that was read from a file. May run in any thread."""


class Inputs:
    """The instances in the files that a user named, in order. Files are read on demand, never as a whole.

    Images take their other keys from `values` and `features`, and arrays those that the file lacks; passthrough texts
    that are not set get the path, or `file:number`. JSON lines and Examples are whole instances: they are sent
    unchanged, with `values` for keys that they lack.

    The constructor raises `WorkbenchError`, before anything is predicted: for missing files, files of another type than
    named, arrays that match no signature, unknown keys, and images without a value for some input.
    """

    def __init__(
        self,
        served: ServedSignatures,
        inputs: Sequence[str | Path] | Iterable[Source],
        values: Values,
        features: Features,
    ) -> None:
        """`inputs` may be `Sources`, or any other iterable that yields the same sources each time."""
        self._served, self._values, self._features = served, values, features
        self._sources: Iterable[Source] = Sources(cast(Any, inputs)) if isinstance(inputs, Sequence) else inputs
        self._tables: dict[Source, ArrayTable] = {}
        self._images = 0
        self._records: list[Source] = []
        self._signatures: set[str] = set()
        self._check()
        self._readers: dict[InputKind, Callable[[Source], Iterator[Task]]] = {
            "image": self._image,
            "lines": self._lines,
            "npy": self._arrays,
            "npz": self._arrays,
            "tfrecord": self._examples,
        }

    def _check(self) -> None:
        for source in self._sources:
            if source.kind == "image":
                self._images += 1
            else:
                self._records.append(source)
        if self._images:
            check_values(self._served.form, self._values, self._features)
            self._signatures.add(self._image_signature)
        check_keys(self._served.form, self._values, self._features)
        for source in dict.fromkeys(self._records):
            self._signatures.add(self._checked(source))

    def _checked(self, source: Source) -> str:
        """Check a file of records once; returns the signature its records are for."""
        if source.kind == "lines":
            check_lines(source.path)
        elif source.kind in ("npy", "npz"):
            self._tables[source] = table_of(source, self._served, self._values)
            return self._tables[source].signature
        elif source.kind == "tfrecord":
            name = self._examples_signature(source.path)
            check_records(source.path)
            return name
        return self._served.chosen or self._served.form.signature

    @property
    def signatures(self) -> set[str]:
        """The signatures that will be called."""
        return self._signatures

    @property
    def total(self) -> int:
        """The number of instances; 0 if it is only known after reading everything."""
        if any(source.kind in ("lines", "tfrecord") for source in self._records):
            return 0
        return self._images + sum(self._tables[source].count for source in self._records)

    def records(self) -> Iterator[InstanceRecord]:
        """The instances in order; an error replaces each instance that cannot be read."""
        return (task() for task in self.tasks())

    def tasks(self) -> Iterator[Task]:
        """The tasks that create the records, in order: they may be run at once, in another thread, or not at all."""
        for source in self._sources:
            yield from self.tasks_of(source)

    def tasks_of(self, source: Source) -> Iterator[Task]:
        """The tasks of one source."""
        return self._readers[source.kind](source)

    @property
    def _image_signature(self) -> str:
        return self._served.chosen if self._served.as_examples else self._served.form.signature

    def _image(self, source: Source) -> Iterator[Task]:
        yield partial(self._image_record, source.path)

    def _image_record(self, path: str) -> InstanceRecord:
        served, name = self._served, self._image_signature
        try:
            instance = make_instance(served.form, path, self._values, self._features)
            made = self._example(name, example_of(served.form.inputs, instance)) if served.as_examples else instance
            return InstanceRecord(name_of(path), name, made)
        except WorkbenchError as err:
            return InstanceRecord(name_of(path), name, err.info())

    def _lines(self, source: Source) -> Iterator[Task]:
        for number, line in read_lines(source.path):
            yield partial(self._line_record, f"{name_of(source.path)}:{number}", line)

    def _line_record(self, place: str, line: bytes | ErrorInfo) -> InstanceRecord:
        name = self._served.chosen or self._served.form.signature
        value = line if isinstance(line, ErrorInfo) else value_of(line)
        try:
            return InstanceRecord(
                place, name, value if isinstance(value, ErrorInfo) else self._whole(decode_base64(value))
            )
        except PredictionError as err:
            return InstanceRecord(place, name, ErrorInfo("BAD_INSTANCE", err.detail))

    def _arrays(self, source: Source) -> Iterator[Task]:
        table = self._tables[source]
        for number, instance in enumerate(table.rows(), 1):
            yield partial(InstanceRecord, f"{name_of(source.path)}:{number}", table.signature, instance)

    def _examples(self, source: Source) -> Iterator[Task]:
        name = self._examples_signature(source.path)
        for number, data in read_records(source.path):
            yield partial(self._example_record, f"{name_of(source.path)}:{number}", name, data)

    def _example_record(self, place: str, name: str, data: bytes | ErrorInfo) -> InstanceRecord:
        try:
            return InstanceRecord(place, name, data if isinstance(data, ErrorInfo) else self._example(name, data))
        except WorkbenchError as err:
            return InstanceRecord(place, name, err.info())

    def _example(self, name: str, data: bytes) -> object:
        """A serialized Example as an instance of a signature: whole, or feature by feature."""
        if name in self._served.examples:
            return {next(iter(self._served.signatures[name].inputs)): data}
        return self._whole(values_of(self._served.signatures[name].inputs, data))

    def _whole(self, instance: Any) -> Any:
        return {**self._values, **instance} if isinstance(instance, Mapping) else instance

    def _examples_signature(self, path: str) -> str:
        """The signature for a TFRecord file. Raises `WorkbenchError` NO_EXAMPLE_SIGNATURE."""
        served = self._served
        if served.chosen:
            return served.chosen
        if served.examples:
            return served.examples[0]
        text = f"The export has no signature for serialized Examples. Signatures: {', '.join(served.signatures)}."
        hint = "Set tf_example in the project's [signature] and export again, or choose a signature with --signature."
        raise WorkbenchError("NO_EXAMPLE_SIGNATURE", text, where=name_of(path), hint=hint)
