"""Everything a user names, as one stream of instances: images, JSON lines, numpy's files and TFRecords."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.core.predict.examples import example_of, values_of
from workbench.core.predict.forms import Served
from workbench.core.predict.instances import Features, Values, check_keys, check_values, make_instance
from workbench.core.predict.jsonlines import check_lines, read_lines
from workbench.core.predict.online import PredictionError, decode_base64
from workbench.core.predict.sources import Kind, Source, name_of, sources_of
from workbench.core.predict.tables import Table, table_of
from workbench.core.predict.tfrecords import check_records, read_records
from workbench.spec.errors import ErrorInfo, WorkbenchError


class Record(msgspec.Struct, frozen=True):
    """One instance for a signature, or why there is none. `source` is an image's path, or `file:number` from 1."""

    source: str
    signature: str
    instance: Any


class Inputs:
    """The instances behind what a user named, in order. Files are read as they are asked for, never whole.

    Images take their other keys from `values` and `features`, and arrays those that the file lacks; text keys
    that are passed through and that nobody sets carry the path, or `file:number`. JSON lines and Examples are
    whole instances: they are sent as they are, with `values` for keys they lack.

    Raises `WorkbenchError` when made, before anything is predicted: for files that are not there or not what
    they are called, arrays that fit no signature, unknown keys, images without a value for some input.
    """

    def __init__(self, served: Served, inputs: Sequence[str | Path], values: Values, features: Features) -> None:
        self._served, self._values, self._features = served, values, features
        self._sources = sources_of(inputs)
        self._tables: dict[Source, Table] = {}
        self._check()
        self._readers: dict[Kind, Callable[[Source], Iterator[Record]]] = {
            "image": self._image,
            "lines": self._lines,
            "npy": self._arrays,
            "npz": self._arrays,
            "tfrecord": self._examples,
        }

    def _check(self) -> None:
        kinds = {source.kind for source in self._sources}
        if "image" in kinds:
            check_values(self._served.form, self._values, self._features)
        check_keys(self._served.form, self._values, self._features)
        for source in dict.fromkeys(self._sources):
            if source.kind == "lines":
                check_lines(source.path)
            elif source.kind in ("npy", "npz"):
                self._tables[source] = table_of(source, self._served, self._values)
            elif source.kind == "tfrecord":
                self._examples_signature(source.path)
                check_records(source.path)

    @property
    def total(self) -> int:
        """How many instances there are; 0 where only reading on would tell."""
        if any(source.kind in ("lines", "tfrecord") for source in self._sources):
            return 0
        return sum(self._tables[s].count if s in self._tables else 1 for s in self._sources)

    def records(self) -> Iterator[Record]:
        """The instances, and an error in the place of each that cannot be had."""
        for source in self._sources:
            yield from self._readers[source.kind](source)

    def _image(self, source: Source) -> Iterator[Record]:
        served = self._served
        name = served.chosen if served.as_examples else served.form.signature
        try:
            instance = make_instance(served.form, source.path, self._values, self._features)
            made = self._example(name, example_of(served.form.inputs, instance)) if served.as_examples else instance
            yield Record(name_of(source.path), name, made)
        except WorkbenchError as err:
            yield Record(name_of(source.path), name, err.info())

    def _lines(self, source: Source) -> Iterator[Record]:
        name = self._served.chosen or self._served.form.signature
        for number, value in read_lines(source.path):
            place = f"{name_of(source.path)}:{number}"
            try:
                yield Record(place, name, value if isinstance(value, ErrorInfo) else self._whole(decode_base64(value)))
            except PredictionError as err:
                yield Record(place, name, ErrorInfo("BAD_INSTANCE", err.detail))

    def _arrays(self, source: Source) -> Iterator[Record]:
        table = self._tables[source]
        for number, instance in enumerate(table.rows(), 1):
            yield Record(f"{name_of(source.path)}:{number}", table.signature, instance)

    def _examples(self, source: Source) -> Iterator[Record]:
        name = self._examples_signature(source.path)
        for number, data in read_records(source.path):
            place = f"{name_of(source.path)}:{number}"
            try:
                yield Record(place, name, data if isinstance(data, ErrorInfo) else self._example(name, data))
            except WorkbenchError as err:
                yield Record(place, name, err.info())

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
        text = f"The export has no signature for serialized Examples; it has: {', '.join(served.signatures)}."
        hint = "Set tf_example in the project's [signature] and export again, or name a signature with --signature."
        raise WorkbenchError("NO_EXAMPLE_SIGNATURE", text, where=name_of(path), hint=hint)
